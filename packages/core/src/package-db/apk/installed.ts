import { type ImagePath, normalizePath } from "../../image-path.ts";
import { Allowance, MAX_PATH_CHARS, MAX_TOKENS } from "../allowance.ts";
import type { TroubleList } from "../trouble-list.ts";
import { type Dependency, type Provided, parseDependency, parseProvided } from "./dependency.ts";
import { VIRTUAL_DESCRIPTION } from "./virtual-package.ts";

/** A record of `installed`. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** `C:`, the package's identity: `Q1` and a SHA-1, `Q2` and a SHA-256, in base64. */
  readonly checksum: string;
  readonly depends: readonly Dependency[];
  readonly provides: readonly Provided[];
  /** Came by itself because all of these are there. */
  readonly installIf: readonly Dependency[];
  /** `k:`, which of several providers of a virtual name is taken; 0 where not said. */
  readonly providerPriority: number;
  readonly files: readonly ImagePath[];
  /** `f:`: its files, scripts or extended attributes were not all written. */
  readonly broken: boolean;
  /** Made by `apk add --virtual`: nothing but a name for what it depends on. */
  readonly virtual: boolean;
}

type Draft = { -readonly [Key in keyof InstalledPackage]: InstalledPackage[Key] } & {
  depends: Dependency[];
  provides: Provided[];
  installIf: Dependency[];
  files: ImagePath[];
};

/** A hostile line is not repeated in full. */
const MAX_QUOTED = 80;

/** Reads one database. */
class Reader {
  readonly packages = new Map<string, Draft>();
  readonly #path: ImagePath;
  readonly #log: TroubleList;
  #draft = emptyDraft();
  #directory = "";
  #any = false;
  readonly #pathChars: Allowance;
  readonly #tokensLeft: Allowance;

  constructor(path: ImagePath, log: TroubleList) {
    this.#path = path;
    this.#log = log;
    this.#pathChars = new Allowance(MAX_PATH_CHARS, () =>
      log.add(path, "longer paths than any database has: the rest of its files is not read"),
    );
    this.#tokensLeft = new Allowance(MAX_TOKENS, () =>
      log.add(path, "more dependencies than any database has: the rest of them is not read"),
    );
  }

  /** A line without its end. An empty one ends a record. */
  line(line: string): void {
    if (line === "") {
      this.end();
      return;
    }
    this.#any = true;
    if (line[1] === ":") this.#field(line[0] as string, line.slice(2));
    else this.#trouble("line is no field of the form X:value", line);
  }

  /** A record ends. The same name again adds its files to the first record, which keeps its word in all else. */
  end(): void {
    const draft = this.#draft;
    if (!this.#any) return;
    this.#draft = emptyDraft();
    this.#directory = "";
    this.#any = false;
    if (draft.name === "") {
      this.#trouble("record has no name (P:)", draft.checksum);
      return;
    }
    const known = this.packages.get(draft.name);
    if (known === undefined) {
      this.packages.set(draft.name, draft);
      return;
    }
    this.#trouble("package has a second record", `P:${draft.name}`);
    for (const file of draft.files) known.files.push(file);
  }

  #field(key: string, value: string): void {
    const draft = this.#draft;
    switch (key) {
      case "C":
        draft.checksum = value;
        break;
      case "P":
        draft.name = textOf(value);
        break;
      case "V":
        draft.version = textOf(value);
        break;
      case "T":
        draft.virtual = value === VIRTUAL_DESCRIPTION;
        break;
      case "k":
        draft.providerPriority = this.#number(key, value);
        break;
      case "D":
        this.#tokens(value, parseDependency, draft.depends);
        break;
      case "i":
        this.#tokens(value, parseDependency, draft.installIf);
        break;
      case "p":
        this.#tokens(value, parseProvided, draft.provides);
        break;
      case "f":
        // Version 3 writes `S` for the kind of its checksums, which says nothing bad.
        draft.broken = /[fsx]/.test(value);
        break;
      case "F":
        this.#directory = value;
        break;
      case "R":
        this.#file(value);
        break;
      default:
      // What else there is does not matter here (S U L o m t c r q s g M a Z …), or is of a version to come.
    }
  }

  #file(name: string): void {
    if (!this.#pathChars.take(this.#directory.length + name.length + 1)) return;
    const { path, escapes } = normalizePath(this.#directory === "" ? name : `${this.#directory}/${name}`);
    if (escapes) this.#trouble("file leaves the root", `R:${name}`);
    if (path === "") this.#trouble("file has no name", `R:${name}`);
    else this.#draft.files.push(path);
  }

  #number(key: string, value: string): number {
    if (/^\d{1,15}$/.test(value)) return Number(value);
    this.#trouble("value is no number", `${key}:${value}`);
    return 0;
  }

  #tokens<Token>(value: string, parse: (text: string) => Token | null, into: Token[]): void {
    for (let start = 0, end = 0; start < value.length; start = end + 1) {
      const space = value.indexOf(" ", start);
      end = space < 0 ? value.length : space;
      if (end === start) continue;
      if (!this.#tokensLeft.take(1)) return;
      const text = value.slice(start, end);
      const token = parse(textOf(text));
      if (token === null) this.#trouble("token is no dependency", text);
      else into.push(token);
    }
  }

  #trouble(kind: string, line: string): void {
    this.#log.add(this.#path, kind, `: ${textOf(line.slice(0, MAX_QUOTED))}`);
  }
}

/**
 * Reads `lib/apk/db/installed`, as apk-tools 2 and 3 write it: records of lines `X:value`, an empty line behind each.
 * What it owns stands at the end of a record: `F:` opens a directory, `R:` is a file in it. One package of a name is
 * returned, in the order of the database.
 */
export function parseInstalled(content: Uint8Array, path: ImagePath, log: TroubleList): readonly InstalledPackage[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1");
  const reader = new Reader(path, log);
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    reader.line(text.slice(start, end));
    start = end + 1;
  }
  reader.end();
  return [...reader.packages.values()];
}

function emptyDraft(): Draft {
  return {
    name: "",
    version: "",
    checksum: "",
    depends: [],
    provides: [],
    installIf: [],
    providerPriority: 0,
    files: [],
    broken: false,
    virtual: false,
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole ASCII range is what is meant
const ASCII = /^[\u0000-\u007f]*$/;

/** Names are UTF-8; nearly all are ASCII. */
function textOf(bytes: string): string {
  return ASCII.test(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}
