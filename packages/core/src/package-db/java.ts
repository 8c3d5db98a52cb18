import { baseName, type ImagePath } from "../image-path.ts";
import type { JarContents, JarFacts, MavenCoordinates } from "../layer/jar-facts.ts";
import { label, nameFromPath } from "./manifest-text.ts";
import { mergeByName } from "./merge-packages.ts";
import { type FileView, type FoundPackage, hasNoState, type PackageDb, type PackageReading } from "./package-db.ts";

interface JarName {
  /** `group:artifact`, or the artifact alone where the archive does not say its group. */
  readonly name: string;
  readonly version: string | null;
}

/** `commons-io-2.11.0.jar`: the version begins at the first digit that follows a dash. */
const FILE_NAME = /^(.+)\.(?:jar|war|ear)$/;
/** Where it begins; a name has at least one character before. */
const VERSION = /-\d/;

/** Where Maven puts what it downloads: `<group as directories>/<artifact>/<version>/<artifact>-<version>….jar`. */
const REPOSITORY = ".m2/repository/";

function fromRepository(path: string): JarName | null {
  const start = path.indexOf(REPOSITORY);
  if (start < 0 || (start > 0 && path[start - 1] !== "/")) return null;
  const below = path.slice(start + REPOSITORY.length).split("/");
  const [artifact, version, file] = below.slice(-3);
  const group = below.slice(0, -3).join("/");
  if (group === "" || artifact === undefined || version === undefined) return null;
  return file?.startsWith(`${artifact}-${version}`) ? named(group.replaceAll("/", "."), artifact, version) : null;
}

function named(group: string | null, artifact: string, version: string | null): JarName {
  return { name: group === null ? artifact : `${group}:${artifact}`, version };
}

/**
 * What an archive is called: by its path in Maven's repository; else by its own pom.properties (the one that its file
 * name or nothing else speaks against); else by its file name, with what the manifest adds.
 */
export function nameOfJar(path: string, { maven, manifest }: JarContents): JarName {
  const repository = fromRepository(path);
  if (repository !== null) return repository;
  const file = baseName(path);
  const [, whole = file] = FILE_NAME.exec(file) ?? [];
  const dash = FILE_NAME.test(file) ? whole.slice(1).search(VERSION) + 1 : 0;
  const [stem, fileVersion] = dash > 0 ? [whole.slice(0, dash), whole.slice(dash + 1)] : [whole, undefined];
  const own = ownCoordinates(file, fileVersion ?? null, maven);
  if (own !== null) return named(own.groupId, own.artifactId, own.version ?? fileVersion ?? null);
  const version =
    fileVersion ??
    label(manifest["Implementation-Version"]) ??
    label(manifest["Bundle-Version"]) ??
    label(manifest["Specification-Version"]);
  return named(label(manifest["Implementation-Vendor-Id"]), stem, version);
}

/** Shaded archives carry the pom.properties of everything in them. */
function ownCoordinates(
  file: string,
  fileVersion: string | null,
  maven: readonly MavenCoordinates[],
): MavenCoordinates | null {
  const matching = maven.filter(
    ({ artifactId }) => file.startsWith(artifactId) && /^[-.]/.test(file.slice(artifactId.length)),
  );
  // The longest one is meant where one artifact's name begins with another's.
  matching.sort((a, b) => b.artifactId.length - a.artifactId.length);
  if (matching[0] !== undefined) return matching[0];
  // `app.jar` was renamed; `sdk-trace-1.53.0.jar` with another version inside has something else inside.
  const [only] = maven;
  if (only === undefined || maven.length > 1) return null;
  return fileVersion === null || fileVersion === only.version ? only : null;
}

function packageOf({ name, version }: JarName, files: readonly ImagePath[], requires: readonly string[]): FoundPackage {
  return { ecosystem: "java", name, version, files, roots: [], explicit: null, requires };
}

/** The archive, and what is in it: nested jars, and those whose classes were put between its own. */
function* packagesOf(path: ImagePath, facts: JarFacts): Generator<FoundPackage, void, undefined> {
  const own = nameOfJar(nameFromPath(path), facts);
  const inside: JarName[] = [
    ...facts.maven.map(({ groupId, artifactId, version }) => named(groupId, artifactId, version)),
    ...facts.nested.map(({ name, contents }) => nameOfJar(nameFromPath(name), contents ?? { maven: [], manifest: {} })),
  ].filter(({ name }) => name !== own.name && label(name) !== null);
  yield packageOf(own, [path], [...new Set(inside.map(({ name }) => `java/${name}`))]);
  for (const jar of inside) yield packageOf(jar, [], []);
}

function* archivesOf({ archives = [] }: FileView): Generator<FoundPackage, void, undefined> {
  for (const { path, facts } of archives) yield* packagesOf(path, facts);
}

/** Java archives own their file; what is nested or shaded in them is named, without files of its own. */
export const javaDatabase: PackageDb = {
  id: "java",
  level: "language",
  captures: [],
  binaries: false,
  archives: true,
  isState: hasNoState,
  read: (view): PackageReading => ({ packages: mergeByName(archivesOf(view)), troubles: [] }),
};
