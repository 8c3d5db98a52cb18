import type { Host } from "./host.ts";

/** What a command handler is given beside its arguments. */
export interface Context {
  readonly host: Host;
  readonly signal: AbortSignal;
}
