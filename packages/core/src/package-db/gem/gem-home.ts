import { baseName, type ImagePath, parentPath } from "../../image-path.ts";
import type { FileView } from "../package-db.ts";

/** Where a gemspec says that its gem lies. */
export interface GemPlace {
  /** GEM_HOME, or one directory of GEM_PATH. */
  readonly home: ImagePath;
  /** `name-version`, with the platform where it has one. */
  readonly full: string;
  readonly kind: "installed" | "default" | "git";
}

const SPECIFICATION = /^(.+?)\/specifications\/(default\/)?([^/]+)\.gemspec$/;
/** bundler checks gems from git out into `bundler/gems/NAME-REVISION`. */
const CHECKOUT = /^(.+)\/bundler\/gems\/([^/]+)\/[^/]+\.gemspec$/;
const BUILT = /^(.+)\/extensions\/[^/]+\/[^/]+\/([^/]+)\/gem\.build_complete$/;

/** Null for gemspecs that are only a file of a gem. */
export function gemPlace(path: ImagePath): GemPlace | null {
  const [, home, isDefault, full] = SPECIFICATION.exec(path) ?? [];
  if (home !== undefined && full !== undefined) return { home, full, kind: isDefault ? "default" : "installed" };
  const [, bundle, checkout] = CHECKOUT.exec(path) ?? [];
  if (bundle === undefined || checkout === undefined) return null;
  return { home: `${bundle}/bundler`, full: checkout, kind: "git" };
}

/** Directories of compiled extensions, by home and full name. RubyGems marks each that is complete. */
export class Extensions {
  readonly #directories = new Map<string, ImagePath[]>();

  /** Whether a path is such a mark. */
  add(path: ImagePath): boolean {
    const [, home, full] = BUILT.exec(path) ?? [];
    if (home === undefined || full === undefined) return false;
    // bundler keeps those of its checkouts in `bundler/gems/extensions`.
    const key = `${home.replace(/\/bundler\/gems$/, "/bundler")}\0${full}`;
    const known = this.#directories.get(key) ?? [];
    known.push(parentPath(path));
    this.#directories.set(key, known);
    return true;
  }

  of({ home, full }: GemPlace): readonly ImagePath[] {
    return this.#directories.get(`${home}\0${full}`) ?? [];
  }
}

/** Directories in which RubyGems makes the programs of gems of a home callable (`Gem.bindir`, Debian's operating_system.rb). */
export function programDirectories(home: ImagePath): ImagePath[] {
  const directories = [`${home}/bin`];
  const prefix = /^(.*?)\/?lib\/ruby\/gems\/[^/]+$/.exec(home)?.[1];
  if (prefix !== undefined) directories.push(prefix === "" ? "bin" : `${prefix}/bin`);
  if (/^var\/lib\/gems\/[^/]+$/.test(home)) directories.push("usr/local/bin");
  return directories;
}

const MACHINES = ["x86_64", "aarch64", "i686", "i386", "arm", "armv7l", "riscv64", "powerpc64le", "ppc64le", "s390x"];
const SYSTEMS = ["linux", "linux-musl", "linux-gnu", "linux-eabihf", "linux-gnueabihf", "linux-musleabihf"];
const ARCHITECTURES = MACHINES.flatMap((machine) => SYSTEMS.map((system) => `${machine}-${system}`));

/**
 * The standard library that belongs to the home `lib/ruby/gems/ABI`: `lib/ruby/ABI`, and its compiled part in
 * `lib/ruby/ABI/ARCH`, with Debian `lib/ARCH/ruby/ABI`. Default gems lie in them.
 */
export function libraryDirectories(view: FileView, home: ImagePath): ImagePath[] {
  const abi = baseName(home);
  const ruby = parentPath(parentPath(home));
  const lib = parentPath(ruby);
  const compiled = ARCHITECTURES.flatMap((arch) => [`${ruby}/${abi}/${arch}`, `${lib}/${arch}/ruby/${abi}`]);
  return [`${ruby}/${abi}`, ...compiled.filter((directory) => view.exists(directory))];
}
