import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { finished, measureAnalysis, mebibytes, megabytes, printTable, seconds, timed } from "./measure.mjs";

const GENERATE = fileURLToPath(new URL("generate.mjs", import.meta.url));
const REPEATS = 5;

const has = (command) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
const run = (command, args) => finished(spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] }));

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Debian's docker-registry on this machine, and how to stop it. */
async function startRegistry(folder) {
  const port = await freePort();
  const config = join(folder, "registry.yml");
  const storage = join(folder, "registry");
  const lines = [`storage: { filesystem: { rootdirectory: ${storage} } }`, `http: { addr: "127.0.0.1:${port}" }`];
  await writeFile(config, `version: 0.1\n${lines.join("\n")}\n`);
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  for (let tries = 0; tries < 100; tries++) {
    const answered = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => null);
    if (answered?.ok) break;
    await sleep(100);
  }
  const stop = async () => {
    child.kill();
    await once(child, "exit");
    await rm(storage, { recursive: true, force: true });
  };
  return { host: `127.0.0.1:${port}`, stop };
}

/** Once with an empty cache, and then the quickest of several with the cache that this left. */
async function measureTwice(name, target, folder) {
  const cache = join(folder, "cache");
  await rm(cache, { recursive: true, force: true });
  const first = await measureAnalysis(target, { cache, folder });
  const again = [];
  for (let i = 0; i < REPEATS; i++) again.push(await measureAnalysis(target, { cache, folder }));
  again.sort((a, b) => a.wallSeconds - b.wallSeconds);
  return [
    { name: `imgweigh, ${name}, empty cache`, ...first },
    { name: `imgweigh, ${name}, again`, ...again[0] },
  ];
}

async function measureRegistry(archive, folder) {
  const registry = await startRegistry(folder);
  const copy = join(folder, "copy");
  try {
    const reference = `${registry.host}/bench/app:1`;
    const plain = ["--dest-tls-verify=false", "--src-tls-verify=false"];
    await run("skopeo", ["copy", ...plain, `oci-archive:${archive}`, `docker://${reference}`]);
    const copied = await timed(null, () =>
      spawn("skopeo", ["copy", ...plain, `docker://${reference}`, `dir:${copy}`], {
        stdio: ["ignore", "ignore", "pipe"],
      }),
    );
    const rows = await measureTwice("registry", `registry:${reference}`, folder);
    return [{ name: "skopeo copy to a directory", ...copied, cpuSeconds: null, peakBytes: null }, ...rows];
  } finally {
    await registry.stop();
    await rm(copy, { recursive: true, force: true });
  }
}

/** What the cache is worth, and what a registry costs beside a tool that only copies. */
export async function measureCached({ name, layers, files, bytes }, folder) {
  const work = join(folder, "cached");
  await mkdir(work);
  const archive = join(work, "image.tar");
  const sizes = ["--layers", layers, "--files", files, "--bytes", bytes].map(String);
  await run(process.execPath, [GENERATE, "--out", archive, "--compression", "gzip", ...sizes]);
  const { size } = await stat(archive);
  const results = await measureTwice("file", `oci-archive:${archive}`, work);
  if (has("docker-registry") && has("skopeo")) results.push(...(await measureRegistry(archive, work)));
  await rm(work, { recursive: true, force: true });
  const rows = results.map(({ name: row, wallSeconds, cpuSeconds, peakBytes }) => [
    row,
    seconds(wallSeconds),
    cpuSeconds === null ? "-" : seconds(cpuSeconds),
    mebibytes(peakBytes),
  ]);
  const entries = `${(layers * files).toLocaleString("en")} files in ${layers} layers`;
  const content = `${megabytes(layers * files * bytes)} MB, ${megabytes(size)} MB compressed`;
  const title = `### ${name}: ${entries}, ${content}\n`;
  return `${title}\n${printTable(["", "wall s", "cpu s", "peak MiB"], rows)}`;
}
