import { baseName, type ImagePath } from "../image-path.ts";
import { ContentStores } from "./content-store.ts";
import type { ElfFacts } from "./elf-facts.ts";
import { readElf } from "./elf-reader.ts";
import { FileKeeper, type FileParts } from "./file-parts.ts";
import type { JarFacts } from "./jar-facts.ts";
import { readJar } from "./jar-reader.ts";

/**
 * What can be read from whole files while a layer streams past, facts kept and bytes not: ELF binaries by their first
 * bytes, Java archives by name and first bytes. Ids, not functions: they cross threads and are part of a cache key.
 */
export const EXTRACTORS = ["elf", "zip-jar"] as const;
/** One of {@link EXTRACTORS}. */
export type ExtractorId = (typeof EXTRACTORS)[number];

export interface ExtractedBinary {
  readonly entry: number;
  readonly facts: ElfFacts;
}

export interface ExtractedArchive {
  readonly entry: number;
  readonly facts: JarFacts;
}

const JAR_NAME = /\.(?:jar|war|ear)$/;

/** Whether a file is looked into as a Java archive, by its path. */
export function isArchiveName(path: ImagePath): boolean {
  return JAR_NAME.test(path);
}

/** ELF files that need not be executable: libraries, modules, objects, debugging information. */
const BINARY_NAME = /\.so\.|\.(?:so|ko|o|debug|node)$/;
const ANY_EXECUTE = 0o111;
const MAGIC_BYTES = 4;
const ELF_MAGIC = 0x7f454c46;
const ZIP_MAGIC = 0x504b0304;
/** `#!`: a script that runs the archive behind it. */
const SCRIPT_MAGIC = 0x2321;

/**
 * Facts of one layer together, as text: far beyond any real layer. Beyond it the facts of a crafted one (small files
 * that inflate) are dropped, as if the files were of another kind.
 */
const MAX_FACT_CHARS = 2 ** 26;

/** Follows one layer's files. One file is in memory at a time, at most `maxFileBytes` of it. */
export class Extractors {
  readonly binaries: ExtractedBinary[] = [];
  readonly archives: ExtractedArchive[] = [];
  readonly #elf: boolean;
  readonly #jar: boolean;
  readonly #keeper: FileKeeper;
  readonly #magic = Buffer.alloc(MAGIC_BYTES);
  #magicBytes = 0;
  #mayBeJar = false;
  /** It lies where only a hard link has a name that tells. */
  #mayBeLinked = false;
  #path: ImagePath = "";
  readonly #stores = new ContentStores();
  /** Facts of files without a name of their own, by path and by those of links that were seen. */
  readonly #linked = new Map<ImagePath, ExtractedArchive>();
  /** Those of them that a link has named. */
  readonly #named = new Set<ExtractedArchive>();
  #size = 0;
  #entry = -1;
  #kind: ExtractorId | null = null;
  /** The current file may still be of a kind that is asked for. */
  #running = false;
  #charsLeft = MAX_FACT_CHARS;

  constructor(ids: readonly ExtractorId[], maxFileBytes: number) {
    const unknown = ids.find((id) => !EXTRACTORS.includes(id));
    if (unknown !== undefined) throw new TypeError(`no extractor is called ${unknown}`);
    this.#elf = ids.includes("elf");
    this.#jar = ids.includes("zip-jar");
    this.#keeper = new FileKeeper(maxFileBytes);
  }

  /** A regular file begins. Returns whether its contents are wanted. */
  begin(entry: number, path: ImagePath, size: number): boolean {
    this.#mayBeJar = this.#jar && path.endsWith("r") && JAR_NAME.test(path);
    this.#mayBeLinked = this.#jar && !this.#mayBeJar && this.#stores.holds(path);
    this.#path = path;
    if (this.#linked.size > 0) this.#linked.delete(path);
    this.#running = size >= MAGIC_BYTES && (this.#elf || this.#mayBeJar || this.#mayBeLinked);
    this.#kind = null;
    this.#magicBytes = 0;
    this.#size = size;
    this.#entry = entry;
    return this.#running;
  }

  /** Nothing more of the current file is wanted. */
  get satisfied(): boolean {
    return !this.#running;
  }

  data(bytes: Uint8Array): void {
    if (!this.#running) return;
    if (this.#kind !== null) this.#keeper.data(bytes);
    else this.#begun(bytes);
  }

  end(): void {
    if (!this.#running || this.#kind === null) return;
    this.#running = false;
    if (this.#kind === "zip-jar" && this.#mayBeLinked) this.#keepForLinks(this.#keeper.parts());
    else this.extract(this.#entry, this.#kind, this.#keeper.parts());
  }

  /** A hard link: it may have the name of an archive, where the file has none. */
  link(path: ImagePath, target: ImagePath): void {
    const archive = this.#linked.get(target);
    if (archive === undefined) return;
    this.#linked.set(path, archive);
    if (!JAR_NAME.test(path) || this.#named.has(archive)) return;
    this.#named.add(archive);
    this.archives.push(archive);
  }

  /** Whether a file whose contents are still to be got may be of a kind that is asked for, by its name and mode. */
  mayWant(path: ImagePath, mode: number, size: number): boolean {
    if (size < MAGIC_BYTES) return false;
    return (
      (this.#elf && ((mode & ANY_EXECUTE) !== 0 || BINARY_NAME.test(baseName(path)))) ||
      (this.#jar && JAR_NAME.test(path))
    );
  }

  /** What a file that begins with `head` is, if that is asked for. */
  kindOf(path: ImagePath, head: Uint8Array): ExtractorId | null {
    if (head.length < MAGIC_BYTES) return null;
    this.#mayBeJar = this.#jar && JAR_NAME.test(path);
    this.#mayBeLinked = false;
    return this.#kindOf(Buffer.from(head.subarray(0, MAGIC_BYTES)).readUInt32BE(0));
  }

  /** Keeps the facts of a file of a kind. */
  extract(entry: number, kind: ExtractorId, parts: FileParts): void {
    const facts = kind === "elf" ? readElf(parts) : readJar(parts);
    if (facts === null || !this.#affords(facts)) return;
    if (kind === "elf") this.binaries.push({ entry, facts: facts as ElfFacts });
    else this.archives.push({ entry, facts: facts as JarFacts });
  }

  #keepForLinks(parts: FileParts): void {
    const facts = readJar(parts);
    if (facts !== null && this.#affords(facts)) this.#linked.set(this.#path, { entry: this.#entry, facts });
  }

  #affords(facts: ElfFacts | JarFacts): boolean {
    this.#charsLeft -= JSON.stringify(facts).length;
    return this.#charsLeft >= 0;
  }

  /** The first bytes say what it is; most files are nothing, and cost no more than this. */
  #begun(bytes: Uint8Array): void {
    const part = bytes.subarray(0, MAGIC_BYTES - this.#magicBytes);
    this.#magic.set(part, this.#magicBytes);
    this.#magicBytes += part.length;
    if (this.#magicBytes < MAGIC_BYTES) return;
    this.#kind = this.#kindOf(this.#magic.readUInt32BE(0));
    this.#running = this.#kind !== null;
    if (this.#kind === null) return;
    this.#keeper.begin(this.#size);
    this.#keeper.data(this.#magic);
    this.#keeper.data(bytes.subarray(part.length));
  }

  #kindOf(magic: number): ExtractorId | null {
    if (magic === ELF_MAGIC) return this.#elf ? "elf" : null;
    return (this.#mayBeJar || this.#mayBeLinked) && (magic === ZIP_MAGIC || magic >>> 16 === SCRIPT_MAGIC)
      ? "zip-jar"
      : null;
  }
}
