import type { PositionalOptions } from "yargs";

// yargs makes an empty string of a positional `-`, and an empty argument (an unset variable) must not mean standard
// input. No argument of a process can hold a NUL, so this cannot be anything else.
const DASH = "\u0000-";

/** An argument as yargs may see it. */
export function protectDash(argument: string): string {
  return argument === "-" ? DASH : argument;
}

/** An argument as the user wrote it. */
export function undashed(argument: string): string {
  return argument === DASH ? "-" : argument;
}

/** The positional of every command that takes an image. */
export const TARGET = {
  type: "string",
  demandOption: true,
  describe:
    "an image of an engine or a registry, a file or directory (with a leading / or ./), - for stdin; or with a prefix: docker: podman: registry: docker-archive: oci-archive: oci-layout: dir: tar:",
  coerce: undashed,
} as const satisfies PositionalOptions;
