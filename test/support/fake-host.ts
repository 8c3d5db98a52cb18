import type { Host, Output } from "../../packages/cli/src/host.ts";

/** What a run of the program printed and returned. */
export interface Transcript {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface FakeHostOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  readonly columns?: number;
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly terminal?: boolean;
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

function output(chunks: string[], { columns, terminal }: FakeHostOptions): Output {
  return {
    isTTY: terminal,
    columns,
    write(text, done) {
      chunks.push(text);
      done();
      return true;
    },
    on: () => undefined,
  };
}

/** A process that is none: arguments in, transcript out, signals by hand. */
export class FakeHost implements Host {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly #out: string[] = [];
  readonly #err: string[] = [];
  readonly #cwd: string;
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(args: readonly string[], options: FakeHostOptions) {
    this.argv = ["node", "imgweigh", ...args];
    this.env = options.env ?? {};
    this.stdin = options.stdin ?? nothing();
    this.stdout = output(this.#out, options);
    this.stderr = output(this.#err, options);
    this.#cwd = options.cwd;
  }

  cwd(): string {
    return this.#cwd;
  }

  /** Time stands still, so that no progress is due. */
  uptime(): number {
    return 0;
  }

  on(event: NodeJS.Signals, listener: () => void): void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
  }

  off(event: NodeJS.Signals, listener: () => void): void {
    this.#listeners.get(event)?.delete(listener);
  }

  /** Sends a signal; returns how many listened. */
  signal(event: NodeJS.Signals): number {
    const listeners = [...(this.#listeners.get(event) ?? [])];
    for (const listener of listeners) listener();
    return listeners.length;
  }

  transcript(code: number): Transcript {
    return { stdout: this.#out.join(""), stderr: this.#err.join(""), code };
  }
}
