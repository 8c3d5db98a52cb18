import { type ChildProcess, spawn } from "node:child_process";
import { messageOf } from "../../errors.ts";
import { asText, isObject } from "../../oci/json.ts";
import type { RegistryCredentials } from "./registry-options.ts";

/** A helper may ask a keychain or the network, but nobody is there to unlock anything. */
export const HELPER_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 2 ** 20;

// What docker's own programs look their registry up by.
const HUB_ADDRESS = "https://index.docker.io/v1/";

export interface HelperCall {
  /** Suffix of the program's name: `docker-credential-NAME`. */
  readonly helper: string;
  readonly registry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

interface HelperAnswer {
  readonly code: number | null;
  readonly stdout: string;
}

/** With its children: one of them may hold the pipe open. */
function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // It is gone already.
  }
}

function runHelper({ helper, registry, env, signal, timeoutMs }: HelperCall): Promise<HelperAnswer> {
  const program = `docker-credential-${helper}`;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(program, ["get"], {
      env: { ...env },
      stdio: ["pipe", "pipe", "ignore"],
      // A process group of its own, to be ended as a whole.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      kill(child);
      child.stdout.destroy();
      finish();
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    const timer = setTimeout(
      () => settle(() => reject(new Error(`${program} did not answer within ${timeoutMs / 1000} s`))),
      timeoutMs,
    );
    signal.addEventListener("abort", onAbort, { once: true });
    child.on("error", (cause) => settle(() => reject(new Error(`${program} cannot be run: ${messageOf(cause)}`))));
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES) settle(() => reject(new Error(`the answer of ${program} is too long`)));
      else chunks.push(chunk);
    });
    child.on("close", (code) => settle(() => resolve({ code, stdout: Buffer.concat(chunks).toString("utf8") })));
    // A helper that does not read what it is asked closes the pipe; its answer tells whether that matters.
    child.stdin.on("error", () => {});
    child.stdin.end(registry === "docker.io" ? HUB_ADDRESS : registry);
  });
}

/**
 * Asks a helper program for credentials (docker-credential-helpers, `get`). Its output is never part of a message.
 *
 * @returns null where it has none for the registry
 * @throws {Error} where it fails; on an abort the signal's reason
 */
export async function askHelper(call: HelperCall): Promise<RegistryCredentials | null> {
  const program = `docker-credential-${call.helper}`;
  // The name becomes that of a program to run; a file of credentials must not lead elsewhere.
  if (!/^[\w.-]+$/.test(call.helper))
    throw new Error(`not the name of a credential helper: ${JSON.stringify(call.helper.slice(0, 100))}`);
  const { code, stdout } = await runHelper(call);
  if (code !== 0) {
    if (/credentials not found/i.test(stdout)) return null;
    throw new Error(`${program} failed (${code === null ? "killed" : `exit code ${code}`})`);
  }
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    // Said below, without what it printed.
  }
  const username = isObject(answer) ? asText(answer["Username"]) : null;
  const secret = isObject(answer) ? asText(answer["Secret"]) : null;
  if (secret === null) throw new Error(`${program} gave no credentials`);
  return username === "<token>" ? { identityToken: secret } : { username: username ?? "", password: secret };
}
