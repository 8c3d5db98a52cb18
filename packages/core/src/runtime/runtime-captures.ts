import type { CaptureRequest } from "../layer/capture.ts";

/** Files that say where libraries are searched: ld.so(8), ldconfig(8); musl `ldso/dynlink.c` (its `.path` files). */
export const LIBRARY_PATHS_ID = "library-paths";
/** Scripts, or their beginnings. */
export const SCRIPTS_ID = "script-heads";

/** Most scripts that containers start are shorter: what they run and name can be read. */
const SCRIPT_BYTES = 8192;

/** What run-time needs are read from, besides ELF facts. */
export const RUNTIME_CAPTURES: readonly CaptureRequest[] = [
  {
    id: LIBRARY_PATHS_ID,
    version: 1,
    names: ["etc/ld.so.conf"],
    prefixes: ["etc/ld.so.conf.d/", "etc/ld-musl-"],
    suffixes: [],
    magic: [],
    maxBytes: 65_536,
  },
  {
    id: SCRIPTS_ID,
    version: 2,
    names: [],
    prefixes: [],
    suffixes: [],
    magic: ["2321"],
    maxBytes: SCRIPT_BYTES,
  },
];
