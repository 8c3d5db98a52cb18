import { EXIT } from "./exit-code.ts";
import { type Host, writeAll } from "./host.ts";
import { version } from "./version.ts";

/** Runs the program with a process's arguments and streams; returns the exit code and never ends the process itself. */
export async function run(host: Host): Promise<number> {
  // A reader that goes away closes the pipe; that is its right, and every write tells its own caller.
  for (const output of [host.stdout, host.stderr]) output.on("error", () => {});
  // Answered before anything heavy is loaded: scripts ask for it all the time.
  if (host.argv.length === 3 && (host.argv[2] === "--version" || host.argv[2] === "-v")) {
    await writeAll(host.stdout, `${version()}\n`);
    return EXIT.pass;
  }
  const { runCommand } = await import("./command-line.ts");
  return runCommand(host);
}
