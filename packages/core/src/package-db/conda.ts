import { baseName, type ImagePath, normalizePath, parentPath, pathFromText } from "../image-path.ts";
import type { JsonObject } from "../oci/json.ts";
import { label, readJsonObject } from "./manifest-text.ts";
import { mergeByName } from "./merge-packages.ts";
import { type FoundPackage, type PackageDb, type PackageReading, packageKey, type ViewedFile } from "./package-db.ts";
import { TroubleList } from "./trouble-list.ts";

interface CondaRecord {
  /** The environment: the directory that holds `conda-meta`. */
  readonly prefix: ImagePath;
  readonly record: JsonObject;
  readonly name: string;
  readonly asked: boolean;
}

const META = /(?:^|\/)conda-meta\/[^/]+$/;

/** `requested_spec` is empty, or says `None`, for what came as a dependency; newer records have a list besides. */
function wasAsked(record: JsonObject): boolean {
  const spec = record["requested_spec"];
  if (typeof spec === "string" && spec !== "" && spec !== "None") return true;
  const specs = record["requested_specs"];
  return Array.isArray(specs) && specs.some((one) => typeof one === "string" && one !== "");
}

function readRecord(file: ViewedFile, troubles: TroubleList): CondaRecord | null {
  const record = readJsonObject(file, troubles);
  if (record === null) return null;
  const name = label(record["name"]);
  if (name === null) {
    troubles.add(file.path, "the record names no package");
    return null;
  }
  return { prefix: parentPath(parentPath(file.path)), record, name, asked: wasAsked(record) };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string" && one !== "") : [];
}

/** `files` are relative to the environment. */
function ownFiles({ prefix, record }: CondaRecord, path: ImagePath, troubles: TroubleList): ImagePath[] {
  const files: ImagePath[] = [];
  for (const text of texts(record["files"])) {
    const { path: normal, escapes } = normalizePath(`${prefix}/${Buffer.from(text, "utf8").toString("latin1")}`);
    if (escapes || normal === "") troubles.add(path, "a file of the record leaves the root");
    else files.push(normal);
  }
  return files;
}

/** Where the package was unpacked before it was hard-linked into the environment, and the archive: the cache of packages. */
function cachePaths({ record }: CondaRecord): { readonly files: ImagePath[]; readonly roots: ImagePath[] } {
  const unpacked = record["extracted_package_dir"];
  const archive = record["package_tarball_full_path"];
  const inCache = (value: unknown): ImagePath[] => {
    const path = typeof value === "string" ? pathFromText(value) : "";
    return baseName(parentPath(path)) === "pkgs" ? [path] : [];
  };
  return { files: inCache(archive), roots: inCache(unpacked) };
}

function needs(record: JsonObject): string[] {
  return texts(record["depends"]).map((spec) => spec.trim().split(/[\s=<>!~[]/, 1)[0] as string);
}

/**
 * Packages of conda, mamba and micromamba: one `conda-meta/NAME-VERSION-BUILD.json` each (conda's documentation, "conda
 * package metadata"; `PrefixRecord` of conda/models/records.py). No conda was at hand to show it with.
 */
export const condaDatabase: PackageDb = {
  id: "conda",
  level: "language",
  captures: [
    {
      id: "conda-record",
      version: 1,
      names: [],
      prefixes: [],
      suffixes: [],
      parents: ["conda-meta"],
      magic: [],
      maxBytes: 2 ** 24,
    },
  ],
  binaries: false,
  archives: false,
  // Asked of every file: most are told by a word that they lack.
  isState: (path) => path.includes("conda-meta/") && META.test(path),
  mayHoldState: (directory) => directory.endsWith("conda-meta"),
  read(view): PackageReading {
    const troubles = new TroubleList();
    const records: (CondaRecord & { readonly path: ImagePath })[] = [];
    for (const file of view.files) {
      if (!META.test(file.path) || !file.path.endsWith(".json")) continue;
      const record = readRecord(file, troubles);
      if (record !== null) records.push({ ...record, path: file.path });
    }
    const installed = new Set(records.map(({ prefix, name }) => `${prefix}\0${name}`));
    const telling = new Set(records.filter(({ asked }) => asked).map(({ prefix }) => prefix));
    const copies = records.map((one): FoundPackage => {
      const { prefix, name, record, path } = one;
      const cache = cachePaths(one);
      return {
        ecosystem: "conda",
        name,
        version: label(record["version"]),
        files: [...ownFiles(one, path, troubles), ...cache.files],
        roots: cache.roots,
        explicit: telling.has(prefix) ? one.asked : null,
        requires: needs(record)
          .filter((needed) => installed.has(`${prefix}\0${needed}`))
          .map((needed) => packageKey({ ecosystem: "conda", name: needed })),
      };
    });
    return { packages: mergeByName(copies), troubles: troubles.list() };
  },
};
