import type { Host } from "./host.ts";

/** What a command handler is given beside its arguments. */
export interface Context {
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Ends the program with another code than 0 when the command is through: what it found is no error of its own. */
  readonly exitWith: (code: number) => void;
}
