import type { CaptureRequest } from "../layer/capture.ts";

/** Files that say where libraries are searched: ld.so(8), ldconfig(8); musl `ldso/dynlink.c` (its `.path` files). */
export const LIBRARY_PATHS_ID = "library-paths";
/** Beginnings of scripts. */
export const SCRIPTS_ID = "script-heads";

/** What the kernel reads of a script (`BINPRM_BUF_SIZE` of include/uapi/linux/binfmts.h). */
const SCRIPT_HEAD_BYTES = 256;

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
    version: 1,
    names: [],
    prefixes: [],
    suffixes: [],
    magic: ["2321"],
    maxBytes: SCRIPT_HEAD_BYTES,
  },
];
