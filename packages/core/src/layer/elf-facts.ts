/** What an ELF binary says of itself, as far as weighing needs it. Text is as stored, one character per byte. */
export interface ElfFacts {
  readonly type: "executable" | "shared" | "relocatable" | "core" | "other";
  /** `x86_64`, `aarch64` … as the kernel names it; `machine-NNN` where unknown. */
  readonly machine: string;
  readonly bits: 32 | 64;
  /** PT_INTERP, such as `/lib/ld-musl-x86_64.so.1`; null for static binaries and libraries. */
  readonly interpreter: string | null;
  /** DT_NEEDED, in order. */
  readonly needed: readonly string[];
  readonly soname: string | null;
  /** DT_RUNPATH, else DT_RPATH. */
  readonly runpath: string | null;
  /** DF_1_PIE: a static or dynamic position-independent executable, not a library. */
  readonly pie: boolean;
  /** Names of the versions of libc that it needs (`GLIBC_2.34`), highest last. */
  readonly neededVersions: readonly string[];
  /** Bytes of the file that debugging sections and symbol tables take (`.debug_*`, `.zdebug_*`, `.symtab`, `.strtab`, `.gnu_debugdata` …). */
  readonly debugBytes: number;
  /** The `.go.buildinfo` module list (Go ≥ 1.18), as text; null where there is none. */
  readonly goBuildInfo: string | null;
  /** The `.dep-v0` section of cargo-auditable, inflated, as text; null where there is none. */
  readonly rustDependencies: string | null;
}
