import { readStanzas, type Stanza, textOfBytes } from "./control-file.ts";

/** A package of dpkg's database that is more than a name: installed in some degree, or removed with its conffiles left. */
export interface DpkgPackage {
  readonly name: string;
  readonly arch: string;
  readonly version: string;
  /** The source package, and its version; the package's own where the stanza names none. */
  readonly source: string;
  readonly sourceVersion: string;
  /** The third word of `Status`, as dpkg(1) names it: `installed`, `config-files`, `half-configured` … */
  readonly state: string;
  /** The first word of `Status` is `hold`. */
  readonly held: boolean;
  /** The second word of `Status` is not `ok`: `reinstreq`. */
  readonly needsReinstall: boolean;
  /** `Multi-Arch`, which says whether packages of other architectures may use it: `same`, `foreign`, `allowed` or `no`. */
  readonly multiArch: string;
  /** `Essential: yes`, `Protected: yes` or apt's own spelling `Important: yes`. */
  readonly essential: boolean;
  readonly priority: string;
  readonly depends: string;
  readonly preDepends: string;
  readonly recommends: string;
  readonly suggests: string;
  readonly provides: string;
  /** Paths as written in the `Conffiles` field, byte strings. */
  readonly conffiles: readonly string[];
}

export interface StatusReading {
  readonly packages: readonly DpkgPackage[];
  readonly malformedLines: number;
  /** Stanzas without a package name or, in `status`, without a state. */
  readonly nameless: number;
}

const FIELDS: ReadonlySet<string> = new Set([
  "package",
  "status",
  "version",
  "architecture",
  "multi-arch",
  "essential",
  "protected",
  "important",
  "priority",
  "source",
  "depends",
  "pre-depends",
  "recommends",
  "suggests",
  "provides",
  "conffiles",
]);

/**
 * Reads `/var/lib/dpkg/status` (dpkg 1.21), or with `assumeInstalled` a file of `status.d`, whose stanzas are control
 * files without a `Status` (distroless PACKAGE_METADATA.md). Packages that are not installed at all are left out.
 */
export function readStatus(text: string, assumeInstalled = false): StatusReading {
  const { stanzas, malformedLines } = readStanzas(text, FIELDS);
  const packages: DpkgPackage[] = [];
  let nameless = 0;
  for (const stanza of stanzas) {
    const status = stanza.get("status") ?? (assumeInstalled ? "install ok installed" : undefined);
    if (status === undefined || !stanza.get("package")) nameless += 1;
    else {
      const found = packageOf(stanza, status);
      if (found.state !== "not-installed") packages.push(found);
    }
  }
  return { packages, malformedLines, nameless };
}

const SOURCE = /^([^\s(]+)\s*(?:\(([^\s()]*)\))?/;

function packageOf(stanza: Stanza, status: string): DpkgPackage {
  const field = (name: string): string => textOfBytes(stanza.get(name) ?? "");
  const [want, flag, state] = status.split(/\s+/, 3);
  const name = field("package");
  const version = field("version");
  const source = SOURCE.exec(field("source"));
  return {
    name,
    arch: field("architecture"),
    version,
    source: source?.[1] ?? name,
    sourceVersion: source?.[2] ?? version,
    state: state ?? "",
    held: want === "hold",
    needsReinstall: flag !== "ok",
    multiArch: field("multi-arch") || "no",
    essential: ["essential", "protected", "important"].some((key) => field(key) === "yes"),
    priority: field("priority"),
    depends: field("depends"),
    preDepends: field("pre-depends"),
    recommends: field("recommends"),
    suggests: field("suggests"),
    provides: field("provides"),
    conffiles: conffilesOf(stanza.get("conffiles") ?? ""),
  };
}

/** Lines of `path hash [obsolete] [remove-on-upgrade]`; the path may hold spaces, the hash never does. */
/** What follows the path; a blank may be part of that. */
const CONFFILE_HASH = / (?:[0-9a-f]{32}|newconffile)(?= |$)/;

function conffilesOf(field: string): readonly string[] {
  const paths: string[] = [];
  for (const line of field.split("\n")) {
    const hash = CONFFILE_HASH.exec(line);
    if (hash !== null && line.startsWith("/")) paths.push(line.slice(0, hash.index));
  }
  return paths;
}

/** Whether dpkg has files of it on disk, apart from conffiles of a removed package: apt's "current version". */
export function isPresent({ state }: DpkgPackage): boolean {
  return state !== "config-files";
}
