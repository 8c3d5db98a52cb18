import type { ImagePath } from "../image-path.ts";
import type { CaptureRequest } from "../layer/capture.ts";
import type { ElfFacts } from "../layer/elf-facts.ts";
import type { JarFacts } from "../layer/jar-facts.ts";

/**
 * Package managers whose packages are told apart, as they stand in keys: `apk/musl`, `npm/@scope/name`. A database of your
 * own may add one.
 */
export type Ecosystem =
  | (string & Record<never, never>)
  | "apk"
  | "deb"
  | "rpm"
  | "pacman"
  | "npm"
  | "python"
  | "go"
  | "rust"
  | "java"
  | "gem"
  | "composer"
  | "dotnet"
  | "conda";

/** A package that a database or manifest describes, as it stands after one layer. */
export interface FoundPackage {
  readonly ecosystem: Ecosystem;
  /** Without version; dpkg's multi-arch packages as `name:arch` where one name is installed for several. */
  readonly name: string;
  readonly version: string | null;
  /** Files that its database lists, as written there but normalised; they may lie behind symlinked directories. */
  readonly files: readonly ImagePath[];
  /** Directories that are its own as a whole, whatever lies in them; the deepest root wins. */
  readonly roots: readonly ImagePath[];
  /** Asked for by name (apk world, apt-mark manual); null where the ecosystem does not say. */
  readonly explicit: boolean | null;
  /** Keys (`apk/musl`) of the packages that it needs, resolved among what is installed. */
  readonly requires: readonly string[];
  /** Keys of what it only recommends: that, too, keeps a package from being removed. None where absent. */
  readonly recommends?: readonly string[];
  /** The package manager keeps it whoever needs it (dpkg's `Essential: yes`, `Priority: required`). */
  readonly essential?: boolean;
  /** It has no contents of its own and stands for what it depends on (`apk add --virtual`). */
  readonly virtual?: boolean;
}

/** Something wrong with a database; becomes a warning of the image. */
export interface PackageTrouble {
  readonly path: ImagePath;
  readonly message: string;
}

/** What one database says after one layer. */
export interface PackageReading {
  readonly packages: readonly FoundPackage[];
  readonly troubles: readonly PackageTrouble[];
}

/** A captured file as it stands after a layer. */
export interface ViewedFile {
  /** Where it lies, symlinked directories resolved. */
  readonly path: ImagePath;
  readonly content: Uint8Array;
  readonly truncated: boolean;
}

/** The captured files of one database, and what ELF binaries say, as they stand after a layer. */
export interface FileView {
  /** In order of path. */
  readonly files: readonly ViewedFile[];
  /** The file at a path, symlinks followed. */
  get(path: ImagePath): ViewedFile | undefined;
  /** ELF binaries and what they say of themselves, in order of path. */
  readonly binaries: readonly { readonly path: ImagePath; readonly facts: ElfFacts }[];
  /** Java archives and what they say of themselves, in order of path. */
  readonly archives: readonly { readonly path: ImagePath; readonly facts: JarFacts }[];
  /** Whether anything stands at a path, symlinks followed. */
  exists(path: ImagePath): boolean;
}

/** What the package manager would do if packages were removed by name, with no network. */
export interface Removal {
  /** Keys of the packages that would go: those named, and what only they had brought. */
  readonly freed: readonly string[];
  /** The package manager's own refusal; null where it would go on. `freed` is then empty. */
  readonly refusal: string | null;
  /** What else there is to know: a dependency stays because something needs it, another provider takes over … */
  readonly notes: readonly string[];
}

/** Packages that go and come, as a package manager would do it in one run. */
export interface PackageChange {
  /** Plain names of packages that go. */
  readonly remove: readonly string[];
  /** Names that are no longer asked for, whether or not their packages stay. What goes is asked for no longer anyway. */
  readonly unask?: readonly string[];
  /** Names of installed packages that are asked for from now on. */
  readonly ask?: readonly string[];
  /** Virtual packages that come, with what each depends on; one of the same name is replaced. */
  readonly add: readonly { readonly name: string; readonly depends: readonly string[] }[];
}

/** One of a package manager's own files, as it would be after a change. */
export interface RewrittenFile {
  readonly path: ImagePath;
  readonly bytes: number;
}

/** What is to be kept when packages are removed. */
export interface RemovalOptions {
  /** Dependencies that something else asks for from now on, as the package manager writes them: `so:libstdc++.so.6`. */
  readonly keep?: readonly string[];
}

/** A kind of package database. `package-db/databases.ts` has the list of all. */
export interface PackageDb {
  readonly id: string;
  /** OS packages own a file before any language package does. */
  readonly level: "os" | "language";
  /** What to keep of the layers; ids begin with the database's own. */
  readonly captures: readonly CaptureRequest[];
  /** ELF facts are wanted too. */
  readonly binaries: boolean;
  /** Facts of Java archives are wanted too. */
  readonly archives: boolean;
  /** Whether a path is the package manager's own state: `[package-state]`, unless a package lists it. */
  isState(path: ImagePath): boolean;
  /** Whether that can be so of anything that lies in a directory, to be asked once for all of it. Absent: of whatever lies in any. */
  mayHoldState?(directory: ImagePath): boolean;
  /** Pure, bounded in time and memory by the size of what was captured, and never throws on hostile input. */
  read(view: FileView): PackageReading;
  /** What removing packages (plain names, as given to the package manager) would free; absent where it has no such command. */
  remove?(view: FileView, names: readonly string[], options?: RemovalOptions): Removal;
  /**
   * The sizes that its own files get by a change: all that the package manager would write, whether or not they differ.
   * Absent where that is not known to the byte, null where it is not for these files: cut short, or not what it writes.
   */
  rewrite?(view: FileView, change: PackageChange): readonly RewrittenFile[] | null;
}

/** Of databases that are nothing but manifests among a package's own files. */
export const hasNoState: PackageDb["isState"] = () => false;

/** The key of a package in groupings. */
export function packageKey({ ecosystem, name }: Pick<FoundPackage, "ecosystem" | "name">): string {
  return `${ecosystem}/${name}`;
}
