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
  /** Names of all symbol versions that it needs of its libraries, each once: sorted by name, then version, so that the
   * last `GLIBC_…` is the oldest glibc that will do. */
  readonly neededVersions: readonly string[];
  /**
   * Bytes of the file that `strip` would free: sections of debugging information (`.debug_*`, `.zdebug_*`, `.stab*`,
   * `.gdb_index`, `.gnu_debugdata`, and their relocations), and `.symtab` with `.strtab`, which only relocatable files
   * (kernel modules) cannot do without. Sections that are loaded into memory are none of them, whatever their name.
   */
  readonly debugBytes: number;
  /** What Go says of how it was built; null where it was not built by Go. */
  readonly goBuildInfo: GoBuildInfo | null;
  /** The `.dep-v0` section of cargo-auditable, inflated: JSON, as text; null where there is none. */
  readonly rustDependencies: string | null;
}

/** The contents of `.go.buildinfo`, decoded as UTF-8. */
export interface GoBuildInfo {
  /** `go1.24.3` */
  readonly version: string;
  /** Lines as `go version -m` prints them: `path`, `mod`, `dep`, `=>`, `build`; empty where modules were not used. */
  readonly modules: string;
}
