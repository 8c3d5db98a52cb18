import { FileParts } from "./file-parts.ts";
import { type JarContents, type JarFacts, MANIFEST_NAMES, type MavenCoordinates, type NestedJar } from "./jar-facts.ts";
import { contentsOf, METHOD, readZipDirectory, storedContents, type ZipEntry } from "./zip-directory.ts";

const POM_PROPERTIES = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const MANIFEST = "META-INF/MANIFEST.MF";

const MAX_POM_BYTES = 2 ** 16;
// Signed archives list every file in it.
const MAX_MANIFEST_BYTES = 2 ** 22;
const MAX_NESTED_BYTES = 2 ** 25;
const MAX_POMS = 1000;
const MAX_NESTED = 5000;
const MAX_NAME_CHARS = 512;
/** What may be inflated on behalf of one archive. */
const MAX_INFLATED_BYTES = 2 ** 27;

/** Inflates until a budget is spent, so that an archive full of bombs costs no more than one. */
class Inflater {
  #left = MAX_INFLATED_BYTES;

  /** What holds more than its entry says counts as damaged, so that the entry's size is what an attempt costs at most. */
  contents(parts: FileParts, entry: ZipEntry, maxBytes: number): Buffer | null {
    if (entry.bytes > Math.min(maxBytes, this.#left)) return null;
    this.#left -= entry.bytes;
    return contentsOf(parts, entry, entry.bytes);
  }
}

/** What a Java archive says of itself, and the jars in it, one level deep; null where it is not a zip. */
export function readJar(parts: FileParts): JarFacts | null {
  const entries = readZipDirectory(parts);
  if (entries === null) return null;
  const inflater = new Inflater();
  const nested: NestedJar[] = [];
  // Entries of a crafted archive may overlap; together they are then more than the archive.
  let storedLeft = parts.size;
  for (const entry of entries) {
    if (nested.length === MAX_NESTED) break;
    if (!entry.name.endsWith(".jar") || entry.name.length > MAX_NAME_CHARS) continue;
    const { name, bytes, storedBytes } = entry;
    storedLeft -= storedBytes;
    const contents = storedLeft < 0 ? null : readNested(parts, entry, inflater);
    nested.push({ name, bytes, storedBytes, contents });
  }
  return { ...readContents(parts, entries, inflater), nested };
}

/** Spring Boot stores jars uncompressed, war files do not. */
function readNested(parts: FileParts, entry: ZipEntry, inflater: Inflater): JarContents | null {
  let jar: FileParts | null = null;
  if (entry.method === METHOD.stored) jar = storedContents(parts, entry);
  else {
    const bytes = inflater.contents(parts, entry, MAX_NESTED_BYTES);
    jar = bytes === null ? null : new FileParts(bytes.length, bytes);
  }
  const entries = jar === null ? null : readZipDirectory(jar);
  return jar === null || entries === null ? null : readContents(jar, entries, inflater);
}

function readContents(parts: FileParts, entries: readonly ZipEntry[], inflater: Inflater): JarContents {
  const maven: MavenCoordinates[] = [];
  let manifest: Buffer | null = null;
  let poms = 0;
  for (const entry of entries) {
    if (entry.name === MANIFEST) manifest ??= inflater.contents(parts, entry, MAX_MANIFEST_BYTES);
    else if (poms < MAX_POMS && POM_PROPERTIES.test(entry.name)) {
      poms++;
      const bytes = inflater.contents(parts, entry, MAX_POM_BYTES);
      const coordinates = bytes === null ? null : parsePom(bytes.toString("utf8"));
      if (coordinates !== null) maven.push(coordinates);
    }
  }
  return { maven, manifest: manifest === null ? {} : parseManifest(manifest) };
}

/** A copy: a substring would keep the whole text that it is a part of. */
function ownText(text: string): string {
  return Buffer.from(text.trim().slice(0, MAX_NAME_CHARS)).toString();
}

/** `java.util.Properties` as Maven's archiver writes it: one `key=value` a line. */
function parsePom(text: string): MavenCoordinates | null {
  const values = new Map<string, string>();
  for (const line of text.split(/\r\n|[\r\n]/)) {
    const [, key, value] = /^\s*(groupId|artifactId|version)\s*[=:]\s*(\S.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, ownText(value));
  }
  const [groupId, artifactId] = [values.get("groupId"), values.get("artifactId")];
  if (groupId === undefined || artifactId === undefined) return null;
  return { groupId, artifactId, version: values.get("version") ?? null };
}

const ATTRIBUTES = new Map(MANIFEST_NAMES.map((name) => [name.toLowerCase(), name as string]));

/** The main section (JAR File Specification, "Manifest"): up to the first empty line; a line that begins with a space goes on. */
function parseManifest(bytes: Buffer): Record<string, string> {
  const text = bytes.toString("utf8");
  const end = /\r\n\r\n|\n\n|\r\r(?!\n)/.exec(text);
  const main = end === null ? text : text.slice(0, end.index);
  const found: Record<string, string> = {};
  for (const line of main.replace(/(?:\r\n|\n|\r) /g, "").split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? undefined : ATTRIBUTES.get(line.slice(0, colon).toLowerCase());
    if (name !== undefined) found[name] = ownText(line.slice(colon + 1));
  }
  return found;
}
