import { createReadStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import process from "node:process";
import { CORPUS, docker, hasCorpus, PREFIX, ran, works } from "../e2e/tools.ts";
import { type ApkRepository, makeApkKey, writeApkRepository } from "../support/apk-repository.ts";
import { mainRepository, stripRepository } from "./packages.ts";
import type { Pair } from "./pair.ts";
import { hasBinutils } from "./programs.ts";

/** Images that the pairs start from, made anew for each run. */
export interface Bases {
  readonly names: ReadonlyMap<Pair["base"], string>;
  remove(): Promise<void>;
}

const ARCHIVE = "http://deb.debian.org/debian";
const isRoot = process.getuid?.() === 0;

/** The official root file system is not to be had from npm or Debian. */
export const hasAlpine = hasCorpus && hasBinutils;
export const hasDebian =
  isRoot &&
  works("debootstrap", ["--version"]) &&
  (await fetch(`${ARCHIVE}/dists/bookworm/Release`, { method: "HEAD", signal: AbortSignal.timeout(10_000) }).then(
    ({ ok }) => ok,
    () => false,
  ));

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
  const root = join(folder, "root");
  await ran("debootstrap", ["--variant=minbase", "bookworm", root, ARCHIVE]);
  for (const [name, lines] of Object.entries(APT_SETTINGS)) {
    await writeFile(join(root, "etc/apt/apt.conf.d", name), `${lines.join("\n")}\n`);
  }
  const leftOut = ["dev/*", "proc/*", "sys/*", "var/cache/apt/*", "var/lib/apt/lists/*", "var/log/*.log"];
  const context = join(folder, "debian");
  await mkdir(context);
  const excludes = leftOut.map((path) => `--exclude=./${path}`);
  await ran("tar", ["-C", root, ...excludes, "-cf", join(context, "rootfs.tar"), "."]);
  await rm(root, { recursive: true });
  return buildBase("debian", context, ["FROM scratch", "ADD rootfs.tar /", 'CMD ["bash"]']);
}

/** Builds what can be built here, of what is asked for. */
export async function makeBases(wanted: ReadonlySet<Pair["base"]>): Promise<Bases> {
  const folder = await mkdtemp(join(tmpdir(), "imgweigh-bases-"));
  const key = makeApkKey("tests.rsa.pub");
  const repositories = { alpine: mainRepository, "alpine-strip": stripRepository } satisfies Partial<
    Record<Pair["base"], () => Promise<ApkRepository>>
  >;
  const server = await serve(join(folder, "served"));
  const names = new Map<Pair["base"], string>();
  const finish = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    if (names.size > 0) await docker("rmi", ...names.values());
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const name of ["alpine", "alpine-strip"] as const) {
      if (!hasAlpine || !wanted.has(name)) continue;
      writeApkRepository(join(folder, "served", name), await repositories[name](), key);
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
      names.set(name, await alpine(name, folder, key.publicKey, address));
    }
    if (hasDebian && wanted.has("debian")) names.set("debian", await debian(folder));
  } catch (error) {
    await finish();
    throw error;
  }
  return { names, remove: finish };
}
