import { fstatSync } from "node:fs";

/** The part of a process that the program touches; tests give it another. */
export interface Host {
  /** Interpreter and script first, as in `process.argv`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** undefined: the process's own, which the core reads with less ado than through a stream. */
  readonly stdin: (AsyncIterable<Uint8Array> & { destroy?(): unknown }) | undefined;
  /** Whether standard input is a pipe, without opening it. */
  isPiped?(): boolean;
  readonly stdout: Output;
  readonly stderr: Output;
  cwd(): string;
  /** Seconds since some beginning: the clock of progress. */
  uptime(): number;
  on(event: NodeJS.Signals, listener: () => void): unknown;
  off(event: NodeJS.Signals, listener: () => void): unknown;
}

/** The process that runs. Merely looking at its `stdin` would open it. */
export function processHost(process: NodeJS.Process): Host {
  return {
    argv: process.argv,
    env: process.env,
    stdin: undefined,
    isPiped: () => {
      try {
        return fstatSync(0).isFIFO();
      } catch {
        return false;
      }
    },
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: () => process.cwd(),
    uptime: () => process.uptime(),
    on: (event, listener) => process.on(event, listener),
    off: (event, listener) => process.off(event, listener),
  };
}

export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string, done: (error?: Error | null) => void): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
}

// A log has no width of its own; this one is read without scrolling nearly everywhere.
const WIDTH_OF_A_LOG = 100;

export function widthOf(host: Host): number {
  const columns = host.stdout.columns ?? Number(host.env["COLUMNS"]);
  return Number.isInteger(columns) && columns >= 40 ? columns : WIDTH_OF_A_LOG;
}

/** Whether the locale is none of UTF-8 (POSIX, "8.2 Internationalization Variables"); where none is set there is no telling. */
export function wantsAscii(env: Host["env"]): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  return locale !== undefined && locale !== "" && !/utf-?8/i.test(locale);
}

/** Whether to colour: NO_COLOR and FORCE_COLOR (no-color.org, force-color.org), else whether a terminal is there. */
export function wantsColor(output: Output, env: Host["env"]): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"] && env["FORCE_COLOR"] !== "0") return true;
  return output.isTTY === true && env["TERM"] !== "dumb";
}

/** Writes all of it, however slow the reader; false where the reader went away (`| head`), which is no error. */
export function writeAll(output: Output, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => {
      if (error && (error as NodeJS.ErrnoException).code !== "EPIPE") reject(error);
      else resolve(!error);
    });
  });
}
