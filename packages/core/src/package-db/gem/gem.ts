import { type ImagePath, normalizePath } from "../../image-path.ts";
import type { CaptureRequest } from "../../layer/capture.ts";
import { nameFromPath, textOf } from "../manifest-text.ts";
import { mergeByName } from "../merge-packages.ts";
import {
  type FileView,
  type FoundPackage,
  hasNoState,
  type PackageDb,
  type PackageReading,
  packageKey,
  type ViewedFile,
} from "../package-db.ts";
import { TroubleList } from "../trouble-list.ts";
import { Extensions, type GemPlace, gemPlace, libraryDirectories, programDirectories } from "./gem-home.ts";
import { type Gemspec, parseGemspec } from "./gemspec.ts";

interface Gem {
  readonly path: ImagePath;
  readonly place: GemPlace;
  readonly spec: Gemspec;
  readonly name: string;
  readonly version: string | null;
}

function request(id: string, suffix: string, maxBytes: number): CaptureRequest {
  return { id, version: 1, names: [], prefixes: [], suffixes: [suffix], magic: [], maxBytes };
}

/** `nokogiri-1.15.0-x86_64-linux`: the version begins at the first dash that a digit follows. */
function nameAndVersion(full: string): { readonly name: string; readonly version: string | null } {
  const [, name, version] = /^(.+?)-(\d[^-]*)/.exec(nameFromPath(full)) ?? [];
  return name === undefined ? { name: nameFromPath(full), version: null } : { name, version: version ?? null };
}

function readGem(file: ViewedFile, place: GemPlace, troubles: TroubleList): Gem {
  const spec = parseGemspec(textOf(file));
  const byPath = nameAndVersion(place.full);
  if (file.truncated) troubles.add(file.path, "the gemspec is longer than what is read of one");
  else if (spec.name === null && place.kind !== "git") troubles.add(file.path, "the gemspec names no gem");
  const version = place.kind === "git" ? spec.version : (spec.version ?? byPath.version);
  return { path: file.path, place, spec, name: spec.name ?? byPath.name, version };
}

/** Finds the files of gems; what it looked up for one home serves the next gem. */
class GemFiles {
  readonly #view: FileView;
  readonly #extensions: Extensions;
  readonly #libraries = new Map<ImagePath, readonly ImagePath[]>();

  constructor(view: FileView, extensions: Extensions) {
    this.#view = view;
    this.#extensions = extensions;
  }

  roots({ place }: Gem): ImagePath[] {
    const { home, full } = place;
    return [`${home}/gems/${full}`, `${home}/doc/${full}`, ...this.#extensions.of(place)];
  }

  files({ path, place, spec }: Gem): ImagePath[] {
    const { home, full, kind } = place;
    if (kind === "git") return [];
    const candidates = [`${home}/build_info/${full}.info`, `${home}/cache/${full}.gem`];
    for (const program of spec.executables)
      if (!program.includes("/")) for (const bin of programDirectories(home)) candidates.push(`${bin}/${program}`);
    if (kind === "default") candidates.push(...this.#libraryFiles(home, spec));
    return [path, ...candidates.filter((file) => this.#view.exists(file))];
  }

  /** Files of default gems are relative to the library, in some versions with the gem's own `lib/` before them. */
  *#libraryFiles(home: ImagePath, { files }: Gemspec): Generator<ImagePath, void, undefined> {
    let directories = this.#libraries.get(home);
    if (directories === undefined) {
      directories = libraryDirectories(this.#view, home);
      this.#libraries.set(home, directories);
    }
    for (const file of files) {
      const bytes = Buffer.from(file.replace(/^lib\//, ""), "utf8").toString("latin1");
      // A README or the sources of an extension were never installed, and must not be taken for something else.
      const { path, escapes } = normalizePath(bytes);
      if (escapes || !/\.(?:rb|so)$/.test(path)) continue;
      for (const directory of directories) yield `${directory}/${path}`;
    }
  }
}

/**
 * Ruby gems by their specifications: installed ones, those that come with ruby (`specifications/default`), and bundler's
 * checkouts. RubyGems does not record which ones were asked for. Shown with RubyGems 3.3.15.
 */
export const gemDatabase: PackageDb = {
  id: "gem",
  level: "language",
  captures: [request("gem-specification", ".gemspec", 2 ** 18), request("gem-extension", "/gem.build_complete", 0)],
  binaries: false,
  archives: false,
  isState: hasNoState,
  read(view): PackageReading {
    const troubles = new TroubleList();
    const extensions = new Extensions();
    const gems: Gem[] = [];
    for (const file of view.files) {
      if (extensions.add(file.path)) continue;
      const place = gemPlace(file.path);
      if (place !== null) gems.push(readGem(file, place, troubles));
    }
    const names = new Set(gems.map(({ name }) => name));
    const owned = new GemFiles(view, extensions);
    const copies = gems.map(
      (gem): FoundPackage => ({
        ecosystem: "gem",
        name: gem.name,
        version: gem.version,
        files: owned.files(gem),
        roots: owned.roots(gem),
        explicit: null,
        requires: gem.spec.needs
          .filter((needed) => names.has(needed))
          .map((needed) => packageKey({ ecosystem: "gem", name: needed })),
      }),
    );
    return { packages: mergeByName(copies), troubles: troubles.list() };
  },
};
