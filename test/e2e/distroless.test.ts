import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadImage } from "../../packages/core/src/analyze.ts";
import { readBuild } from "../../packages/core/src/build/read-build.ts";
import { findWaste, type Waste } from "../../packages/core/src/finding/find-waste.ts";
import { type Ledger, weigh } from "../../packages/core/src/ledger/ledger.ts";
import { resolveSource } from "../../packages/core/src/source/resolve-source.ts";
import { temporaryDirectory } from "../support/analyze-files.ts";
import { emptyHistory, NONROOT_CONFIG, statusFiles, systemLayers } from "../support/distroless.ts";
import { buildImage, dockerArchiveFiles, type LayerSpec, packFiles } from "../support/image-builder.ts";
import { tarBytes } from "../support/tar-bytes.ts";
import { docker, hasEngine, PREFIX, ran, run, works } from "./tools.ts";

/* Images laid out as distroless is, of Debian's own packages, with a program on top by a real engine. */

const PACKAGES = {
  static: ["base-files", "netbase", "tzdata", "media-types"],
  base: ["base-files", "netbase", "tzdata", "media-types", "libc6", "libssl3"],
} as const;

type Kind = keyof typeof PACKAGES;

const SOURCE = '#include <stdio.h>\nint main(void) { puts("well"); return 0; }\n';

/** Downloads Debian's packages; null where apt cannot. */
async function download(): Promise<string | null> {
  if (!hasEngine || !works("dpkg-deb", ["--version"]) || !works("cc", ["--version"])) return null;
  const folder = temporaryDirectory();
  const names = [...PACKAGES.base, "ca-certificates"];
  const { code } = await run("apt-get", ["download", "-q", ...names], { cwd: folder });
  return code === 0 ? folder : null;
}

const debs = await download();
const made: string[] = [];
afterAll(async () => {
  if (made.length > 0) await docker("rmi", "-f", ...made.reverse());
});

/** A package as distroless has it: its files, its control file and its checksums. */
async function layerOf(folder: string, name: string): Promise<LayerSpec> {
  const deb = join(folder, readdirSync(folder).find((file) => file.startsWith(`${name}_`)) as string);
  const data = await ran("dpkg-deb", ["--fsys-tarfile", deb]);
  const [control, md5sums] = (await Promise.all(
    ["control", "md5sums"].map((file) => ran("dpkg-deb", ["--info", deb, file])),
  )) as [Buffer, Buffer];
  const status = tarBytes(statusFiles(name, control.toString(), md5sums.toString()));
  return { tar: Buffer.concat([withoutEnd(data), status]) };
}

/** An archive's entries, to be followed by others: its end is blocks of zeros. */
function withoutEnd(tar: Buffer): Buffer {
  let end = tar.length;
  while (end >= 512 && tar.subarray(end - 512, end).every((byte) => byte === 0)) end -= 512;
  return tar.subarray(0, end);
}

async function certificatesOf(folder: string): Promise<Buffer> {
  const root = join(temporaryDirectory(), "certificates");
  mkdirSync(root);
  const deb = readdirSync(folder).find((file) => file.startsWith("ca-certificates_")) as string;
  await ran("dpkg-deb", ["-x", join(folder, deb), root]);
  const mozilla = join(root, "usr/share/ca-certificates/mozilla");
  return Buffer.concat(
    readdirSync(mozilla)
      .sort()
      .map((name) => readFileSync(join(mozilla, name))),
  );
}

/** Loads the image into the engine. */
async function makeBase(folder: string, kind: Kind): Promise<string> {
  const name = `${PREFIX}/distroless-${kind}:nonroot`;
  const [first, ...others] = await Promise.all(PACKAGES.static.map((one) => layerOf(folder, one)));
  const more = await Promise.all(PACKAGES[kind].slice(PACKAGES.static.length).map((one) => layerOf(folder, one)));
  const layers = [first as LayerSpec, ...others, ...systemLayers(await certificatesOf(folder)), ...more];
  const image = buildImage({
    names: [name],
    layers,
    history: emptyHistory(layers),
    config: { config: NONROOT_CONFIG },
  });
  const archive = join(temporaryDirectory(), "base.tar");
  writeFileSync(archive, packFiles(dockerArchiveFiles([image])));
  await docker("load", "-q", "-i", archive);
  made.push(name);
  return name;
}

async function build(base: string, kind: Kind): Promise<string> {
  const context = temporaryDirectory();
  writeFileSync(join(context, "app.c"), SOURCE);
  const linked = kind === "static" ? ["-static"] : [];
  await ran("cc", ["-O2", "-s", ...linked, "-o", join(context, "app"), join(context, "app.c")]);
  writeFileSync(join(context, "Dockerfile"), `FROM ${base}\nCOPY app /app\nENTRYPOINT ["/app"]\n`);
  const image = `${PREFIX}/distroless-${kind}-app`;
  await ran("docker", ["build", "-q", "--no-cache", "-t", image, context], { env: { DOCKER_BUILDKIT: "0" } });
  made.push(image);
  return image;
}

interface Looked {
  readonly ledger: Ledger;
  readonly waste: Waste;
}

async function look(image: string): Promise<Looked> {
  const ledger = weigh(await loadImage(resolveSource(`docker:${image}`)));
  return { ledger, waste: findWaste(ledger, await readBuild(ledger)) };
}

describe.skipIf(debs === null).each(["static", "base"] as const)("an image like distroless/%s", (kind) => {
  let base: Looked;
  let app: Looked;
  beforeAll(async () => {
    const name = await makeBase(debs as string, kind);
    const image = await build(name, kind);
    expect((await docker("run", "--rm", "--network", "none", image)).toString()).toBe("well\n");
    base = await look(name);
    app = await look(image);
  });

  test("is told from the program on top of it", () => {
    const layers = PACKAGES[kind].length + systemLayers("").length;
    for (const { ledger } of [base, app])
      expect(ledger.attribution.base).toMatchObject({ layers, name: "distroless on debian:12" });
    expect(app.ledger.image.layers).toHaveLength(layers + 1);
  });

  test("has nothing to be found, with a program and without", () => {
    expect(base.waste.findings).toEqual([]);
    expect(app.waste.findings).toEqual([]);
  });

  test("has its packages, and their files", () => {
    const { records } = app.ledger.attribution.packages;
    expect([...records.keys()].sort()).toEqual(PACKAGES[kind].map((name) => `deb/${name}`).sort());
    const owned = (key: string) => app.ledger.attribution.ownerKeys.includes(key);
    expect(PACKAGES[kind].filter((name) => !owned(`deb/${name}`))).toEqual([]);
    expect(app.ledger.attribution.packages.troubles).toEqual([]);
  });
});
