import { type ImagePath, normalizePath, parentPath } from "../image-path.ts";
import { isObject, type JsonObject } from "../oci/json.ts";
import { label, readJson, readJsonObject } from "./manifest-text.ts";
import { mergeByName } from "./merge-packages.ts";
import {
  type FileView,
  type FoundPackage,
  type PackageDb,
  type PackageReading,
  packageKey,
  type ViewedFile,
} from "./package-db.ts";
import { TroubleList } from "./trouble-list.ts";

const INSTALLED = "composer/installed.json";

// What composer generates for all packages together. Packages of the vendor `composer` lie a level deeper.
const STATE = /(?:^|\/)vendor\/(?:autoload\.php|composer\/(?:[^/]+\.(?:php|json)|LICENSE))$/;

/** Composer 1 wrote a list, composer 2 an object with the list in `packages`. */
function recordsOf(value: unknown): readonly JsonObject[] {
  const list = isObject(value) ? value["packages"] : value;
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function keysOf(value: unknown): string[] {
  return isObject(value) ? Object.keys(value).map((name) => name.toLowerCase()) : [];
}

/** A `vendor` directory and the packages that it has. */
class Vendor {
  readonly #directory: ImagePath;
  readonly #view: FileView;
  readonly #file: ViewedFile;
  readonly #troubles: TroubleList;
  /** By the names that they have, provide or replace. */
  readonly #names = new Map<string, string>();

  constructor(view: FileView, file: ViewedFile, troubles: TroubleList) {
    this.#view = view;
    this.#file = file;
    this.#troubles = troubles;
    this.#directory = parentPath(parentPath(file.path));
  }

  packages(): FoundPackage[] {
    const named: { readonly name: string; readonly record: JsonObject }[] = [];
    for (const record of recordsOf(readJson(this.#file, this.#troubles))) {
      const name = label(record["name"])?.toLowerCase();
      if (name === undefined) this.#troubles.add(this.#file.path, "a record names no package");
      else named.push({ name, record });
    }
    for (const { name, record } of named)
      for (const other of [...keysOf(record["provide"]), ...keysOf(record["replace"])]) this.#names.set(other, name);
    // A package is itself before others stand in for it.
    for (const { name } of named) this.#names.set(name, name);
    const asked = this.#asked();
    return named.map(({ name, record }) => ({
      ecosystem: "composer",
      name,
      version: label(record["version"]),
      files: this.#binaries(record),
      roots: this.#roots(name, record),
      explicit: asked === null ? null : asked.has(name),
      requires: this.#requires(record),
    }));
  }

  /** Beside the vendor directory stands the project, which says what it asked for. */
  #asked(): ReadonlySet<string> | null {
    const project = parentPath(this.#directory);
    const file = this.#view.get(project === "" ? "composer.json" : `${project}/composer.json`);
    const manifest = file === undefined ? null : readJsonObject(file, this.#troubles);
    return manifest === null ? null : new Set([...keysOf(manifest["require"]), ...keysOf(manifest["require-dev"])]);
  }

  #requires(record: JsonObject): string[] {
    const keys: string[] = [];
    for (const needed of keysOf(record["require"])) {
      const name = this.#names.get(needed);
      if (name !== undefined) keys.push(packageKey({ ecosystem: "composer", name }));
    }
    return keys;
  }

  /** `install-path` is relative to `vendor/composer`, and null for packages without files; composer 1 did not write it. */
  #roots(name: string, record: JsonObject): ImagePath[] {
    const written = record["install-path"];
    if (written === null || record["type"] === "metapackage") return [];
    const text = typeof written === "string" ? written : `../${name}`;
    const bytes = Buffer.from(text, "utf8").toString("latin1");
    const from = text.startsWith("/") ? bytes : `${parentPath(this.#file.path)}/${bytes}`;
    const { path, escapes } = normalizePath(from);
    if (escapes || path === "" || `${this.#file.path}/`.startsWith(`${path}/`)) {
      this.#troubles.add(this.#file.path, "the directory of a package is not one of its own");
      return [];
    }
    return [path];
  }

  /** Since 2.2 the programs of packages are called by small generated files in `vendor/bin`. */
  #binaries(record: JsonObject): ImagePath[] {
    const written = record["bin"];
    const programs = typeof written === "string" ? [written] : Array.isArray(written) ? written : [];
    const files: ImagePath[] = [];
    for (const program of programs) {
      if (typeof program !== "string") continue;
      const name = program.slice(program.lastIndexOf("/") + 1);
      const path = `${this.#directory}/bin/${Buffer.from(name, "utf8").toString("latin1")}`;
      if (name !== "" && name !== "." && name !== ".." && this.#view.exists(path)) files.push(normalizePath(path).path);
    }
    return files;
  }
}

/** Packages of PHP's composer, by `vendor/composer/installed.json`. Shown with composer 2.5.5. */
export const composerDatabase: PackageDb = {
  id: "composer",
  level: "language",
  captures: [
    {
      id: "composer-installed",
      version: 1,
      names: [],
      prefixes: [],
      suffixes: [`/${INSTALLED}`],
      magic: [],
      maxBytes: 2 ** 24,
    },
    {
      id: "composer-project",
      version: 1,
      names: ["composer.json"],
      prefixes: [],
      suffixes: ["/composer.json"],
      magic: [],
      maxBytes: 2 ** 18,
    },
  ],
  binaries: false,
  archives: false,
  isState: (path) => path.includes("vendor/") && STATE.test(path),
  mayHoldState: (directory) => directory.includes("vendor"),
  read(view): PackageReading {
    const troubles = new TroubleList();
    const copies: FoundPackage[] = [];
    for (const file of view.files)
      if (file.path.endsWith(`/${INSTALLED}`)) copies.push(...new Vendor(view, file, troubles).packages());
    return { packages: mergeByName(copies), troubles: troubles.list() };
  },
};
