import { createReadStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { debianRoot } from "../e2e/debian.ts";
import { CORPUS, docker, hasCorpus, PREFIX, ran } from "../e2e/tools.ts";
import { type ApkRepository, makeApkKey, writeApkRepository } from "../support/apk-repository.ts";
import { mainRepository, stripRepository } from "./packages.ts";
import type { Pair } from "./pair.ts";
import { hasBinutils } from "./programs.ts";

/** Images that the pairs start from, made anew for each run. */
export interface Bases {
  /** The name of a base image. */
  name(base: Pair["base"]): Promise<string>;
  remove(): Promise<void>;
}

/** The official root file system is not to be had from npm or Debian. */
export const hasAlpine = hasCorpus && hasBinutils;

/** Everything below a folder, on loopback. */
async function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = join(folder, normalize(decodeURIComponent(request.url ?? "/")));
    const stream = createReadStream(path);
    stream.on("error", () => {
      response.statusCode = 404;
      response.end();
    });
    stream.pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

async function buildBase(name: string, folder: string, lines: readonly string[]): Promise<string> {
  const image = `${PREFIX}/rebuild-base-${name}`;
  await writeFile(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
  await ran("docker", ["build", "-q", "-t", image, folder], { env: { DOCKER_BUILDKIT: "0" } });
  return image;
}

/** Alpine as shipped, that trusts a key of ours and installs from `address`. */
async function alpine(name: string, folder: string, publicKey: string, address: string): Promise<string> {
  const context = join(folder, name);
  await mkdir(context);
  await copyFile(join(CORPUS, "rootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz"), join(context, "rootfs.tar.gz"));
  await writeFile(join(context, "tests.rsa.pub"), publicKey);
  await writeFile(join(context, "repositories"), `${address}\n`);
  return buildBase(name, context, [
    "FROM scratch",
    "ADD rootfs.tar.gz /",
    "COPY tests.rsa.pub /etc/apk/keys/",
    "COPY repositories /etc/apk/repositories",
    'CMD ["/bin/sh"]',
  ]);
}

/** How the official image keeps apt's caches out of it. */
const APT_SETTINGS = {
  "docker-clean": [
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };',
    'APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };',
    'Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";',
  ],
  "docker-no-languages": ['Acquire::Languages "none";'],
  "docker-gzip-indexes": ['Acquire::GzipIndexes "true";'],
  "docker-autoremove-suggests": ['Apt::AutoRemove::SuggestsImportant "false";'],
};

async function debian(folder: string): Promise<string> {
  const leftOut = ["dev/*", "proc/*", "sys/*", "var/cache/apt/*", "var/lib/apt/lists/*", "var/log/*.log"];
  const context = join(folder, "debian");
  await mkdir(context);
  const excludes = leftOut.map((path) => `--exclude=./${path}`);
  const tar = join(context, "rootfs.tar");
  await ran("tar", ["-C", await debianRoot(), ...excludes, "-cf", tar, "."]);
  const settings = join(folder, "apt-settings");
  await mkdir(join(settings, "etc/apt/apt.conf.d"), { recursive: true });
  for (const [name, lines] of Object.entries(APT_SETTINGS)) {
    const path = `./etc/apt/apt.conf.d/${name}`;
    await writeFile(join(settings, path), `${lines.join("\n")}\n`);
    await ran("tar", ["-C", settings, "-rf", tar, path]);
  }
  return buildBase("debian", context, ["FROM scratch", "ADD rootfs.tar /", 'CMD ["bash"]']);
}

/** Makes each base when it is first asked for: a Debian takes half a minute, in which Alpine pairs can run. */
export async function makeBases(): Promise<Bases> {
  const folder = await mkdtemp(join(tmpdir(), "imgweigh-bases-"));
  const key = makeApkKey("tests.rsa.pub");
  const server = await serve(join(folder, "served"));
  const alpineOf = async (name: string, repository: ApkRepository): Promise<string> => {
    writeApkRepository(join(folder, "served", name), repository, key);
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
    return alpine(name, folder, key.publicKey, address);
  };
  const makers: Readonly<Record<Pair["base"], () => Promise<string>>> = {
    alpine: async () => alpineOf("alpine", await mainRepository()),
    "alpine-strip": async () => alpineOf("alpine-strip", await stripRepository()),
    debian: () => debian(folder),
  };
  const made = new Map<Pair["base"], Promise<string>>();
  return {
    name(base) {
      const known = made.get(base) ?? makers[base]();
      made.set(base, known);
      return known;
    },
    async remove() {
      server.close();
      server.closeAllConnections();
      const built = (await Promise.allSettled(made.values())).flatMap((one) =>
        one.status === "fulfilled" ? one.value : [],
      );
      if (built.length > 0) await docker("rmi", ...built);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
