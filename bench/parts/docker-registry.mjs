import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Debian's docker-registry on this machine, and how to stop it. */
export async function startRegistry(folder) {
  const port = await freePort();
  const storage = join(folder, "registry");
  await mkdir(storage, { recursive: true });
  const config = join(storage, "registry.yml");
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
    if (child.exitCode === null) await once(child, "exit");
    await rm(storage, { recursive: true, force: true });
  };
  return { host: `127.0.0.1:${port}`, stop };
}
