import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { hasEngine, PREFIX, PROGRAM, ROOT, ran, temporaryDirectory } from "./tools.ts";

const IMAGE = `${PREFIX}/interrupted:latest`;
const MEBIBYTE = 2 ** 20;
/** What a person takes for "at once", on a machine that has other things to do. */
const SOON_MS = 5000;

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(() => folder.remove());

const running = new Set<ChildProcess>();
afterEach(() => {
  // What a failed test leaves behind would hold up the run.
  for (const child of running) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  running.clear();
});

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts a program in a process group of its own, as a terminal does. */
function start(args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, detached: true });
  running.add(child);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, stdout, stderr }) as Ended);
  return { child, ended };
}

/** Ctrl-C: the terminal sends it to everything in the group. */
async function interrupt({ child, ended }: Running): Promise<Ended & { readonly milliseconds: number }> {
  const began = Date.now();
  process.kill(-(child.pid as number), "SIGINT");
  const result = await ended;
  return { ...result, milliseconds: Date.now() - began };
}

/** Processes of a group that still run. */
function left(group: number): string {
  const lines = execFileSync("ps", ["-A", "-o", "pgid=,pid=,args="]).toString().split("\n");
  return lines.filter((line) => line.trim().startsWith(`${group} `)).join("\n");
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Stands between the program and the engine, and stops passing the engine's bytes on after so many. */
async function startGate(path: string, engine: string, stopAfter: number) {
  const sockets = new Set<Socket>();
  const gate = { passed: 0, open: () => [...sockets].filter((socket) => !socket.destroyed).length };
  const server: Server = createServer((client) => {
    const upstream = createConnection(engine);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
    client.pipe(upstream);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    upstream.on("data", (chunk: Buffer) => {
      gate.passed += chunk.length;
      client.write(chunk);
      if (gate.passed > stopAfter) upstream.pause();
    });
  });
  server.listen(path);
  await once(server, "listening");
  return { ...gate, passedBytes: () => gate.passed, close: () => server.close() };
}

const engineSocket = (): string => {
  const format = "{{.Endpoints.docker.Host}}";
  const host =
    process.env["DOCKER_HOST"] ?? execFileSync("docker", ["context", "inspect", "-f", format]).toString().trim();
  return host.slice("unix://".length);
};

describe.skipIf(!hasEngine)("Ctrl-C while the engine saves", () => {
  beforeAll(async () => {
    const tar = join(folder.path, "big.tar");
    const size = ["--files", "3", "--bytes", String(100 * MEBIBYTE)];
    await ran(process.execPath, [join(ROOT, "bench/generate.mjs"), "--out", tar, "--name", IMAGE, ...size]);
    await ran("docker", ["load", "--quiet", "-i", tar]);
  });
  afterAll(() => ran("docker", ["rmi", IMAGE]));

  test.each([
    ["the program", [PROGRAM]],
    ["the command of a clone", [join(ROOT, "scripts/imgweigh.mjs")]],
  ])("%s ends with 130, and nothing is left running", async (name, command) => {
    const socket = join(folder.path, `${name.replace(/\W/g, "")}.sock`);
    const gate = await startGate(socket, engineSocket(), 50 * MEBIBYTE);
    try {
      const program = start([...command, "analyze", `docker:${IMAGE}`], { DOCKER_HOST: `unix://${socket}` });
      await until(() => gate.passedBytes() > 50 * MEBIBYTE, "the save to be under way");
      const { code, signal, stdout, milliseconds } = await interrupt(program);
      expect({ code, signal, stdout }).toEqual({ code: 130, signal: null, stdout: "" });
      expect(milliseconds).toBeLessThan(SOON_MS);
      expect(left(program.child.pid as number)).toBe("");
      // The engine's end is closed as well: it does not go on saving for nobody.
      await until(() => gate.open() === 0, "the connections to be closed");
    } finally {
      gate.close();
    }
  });
});

describe("Ctrl-C while there is nothing to read", { timeout: 60_000 }, () => {
  test.each(["-", "docker-archive:-", "tar:-"])("%s ends with 130", async (argument) => {
    const program = start([PROGRAM, "analyze", argument]);
    // Long enough to be waiting for input.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { code, signal, milliseconds } = await interrupt(program);
    expect({ code, signal }).toEqual({ code: 130, signal: null });
    expect(milliseconds).toBeLessThan(SOON_MS);
  });

  test("an archive that stops coming half way", async () => {
    const tar = join(folder.path, "small.tar");
    await ran(process.execPath, [join(ROOT, "bench/generate.mjs"), "--out", tar, "--files", "100"]);
    const program = start([PROGRAM, "analyze", "docker-archive:-"]);
    const head = execFileSync("head", ["-c", "100000", tar]);
    program.child.stdin?.write(head);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { code, signal, milliseconds } = await interrupt(program);
    expect({ code, signal }).toEqual({ code: 130, signal: null });
    expect(milliseconds).toBeLessThan(SOON_MS);
  });

  test("an archive that stops coming half way, compressed", async () => {
    const tar = join(folder.path, "small-2.tar");
    await ran(process.execPath, [join(ROOT, "bench/generate.mjs"), "--out", tar, "--files", "5000"]);
    await ran("gzip", ["-f", tar]);
    const program = start([PROGRAM, "analyze", "docker-archive:-"]);
    program.child.stdin?.write(execFileSync("head", ["-c", "700000", `${tar}.gz`], { maxBuffer: 2 ** 24 }));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { code, signal, milliseconds } = await interrupt(program);
    expect({ code, signal }).toEqual({ code: 130, signal: null });
    expect(milliseconds).toBeLessThan(SOON_MS);
  });
});
