import type { ImagePath } from "../../image-path.ts";
import type { FileView, ViewedFile } from "../package-db.ts";
import type { TroubleList } from "../trouble-list.ts";
import { type DescribedPackage, DIVERSIONS, INFO_DIRECTORY, readText, STATUS_DIRECTORY } from "./database.ts";
import { type Diversions, divert, readDiversions } from "./diversions.ts";
import { type PathReading, readMd5sums, readPathList, withoutDirectories } from "./file-lists.ts";
import { isPresent } from "./status.ts";

/** A list is written once, and read again after each layer that changes some other part of the database. */
const readings = new WeakMap<Uint8Array, PathReading>();

/** Finds what each package owns: its `.list`, else its `.md5sums`; of a removed package the conffiles it left. */
export class OwnedFiles {
  readonly #view: FileView;
  readonly #log: TroubleList;
  readonly #diversions: Diversions;
  /** A list is read for one package only, however many claim it: a bound on what duplicate records can cost. */
  readonly #claimed = new Set<string>();

  constructor(view: FileView, log: TroubleList) {
    this.#view = view;
    this.#log = log;
    const diversions = view.get(DIVERSIONS);
    this.#diversions = diversions === undefined ? new Map() : readDiversions(readText(diversions, log));
  }

  of(one: DescribedPackage): readonly ImagePath[] {
    const paths = isPresent(one.found) ? this.#listed(one) : this.#conffiles(one);
    // Few packages have a path that is diverted.
    if (!paths.some((path) => this.#diversions.has(path))) return paths;
    return paths.map((path) => divert(this.#diversions, path, one.found.name));
  }

  #listed(one: DescribedPackage): readonly ImagePath[] {
    const list = this.#claim(one, ".list");
    if (list !== undefined) return this.#read(list, readPathList);
    const digests = this.#claim(one, ".md5sums");
    if (!one.described.startsWith(STATUS_DIRECTORY)) this.#missing(one, digests !== undefined);
    const paths = digests === undefined ? [] : this.#read(digests, readMd5sums);
    return withoutDirectories([...paths, ...this.#conffiles(one)]);
  }

  /** The `Conffiles` field; `.conffiles` where there is none (dpkg keeps the field for what is left of a package). */
  #conffiles(one: DescribedPackage): readonly ImagePath[] {
    const { conffiles } = one.found;
    if (conffiles.length > 0) return withoutDirectories(readPathList(conffiles.join("\n")).paths);
    const file = this.#claim(one, ".conffiles");
    return file === undefined ? [] : this.#read(file, readPathList);
  }

  #read(file: ViewedFile, read: (text: string) => PathReading): readonly ImagePath[] {
    const { paths, malformedLines } = readings.get(file.content) ?? this.#readAnew(file, read);
    if (malformedLines > 0) this.#log.add(file.path, "malformed file list", `: ${malformedLines} lines`);
    return paths;
  }

  #readAnew(file: ViewedFile, read: (text: string) => PathReading): PathReading {
    const { paths, malformedLines } = read(readText(file, this.#log));
    const reading = { paths: withoutDirectories(paths), malformedLines };
    // That a list was cut is told of after each layer.
    if (!file.truncated) readings.set(file.content, reading);
    return reading;
  }

  /** dpkg names these files `package:arch` where several architectures may be installed, else `package`. */
  #claim({ found, described }: DescribedPackage, suffix: string): ViewedFile | undefined {
    const stems = [`${INFO_DIRECTORY}${found.name}:${found.arch}`, INFO_DIRECTORY + found.name];
    if (described.startsWith(STATUS_DIRECTORY)) stems.unshift(described, STATUS_DIRECTORY + found.name);
    for (const stem of stems) {
      const file = this.#view.get(stem + suffix);
      if (file === undefined) continue;
      if (this.#claimed.has(file.path)) continue;
      this.#claimed.add(file.path);
      return file;
    }
    return undefined;
  }

  #missing({ found, described }: DescribedPackage, digests: boolean): void {
    const instead = digests ? "its md5sums stand in for it" : "its files are unowned";
    this.#log.add(described, "package without a file list", `: ${found.name}; ${instead}`);
  }
}
