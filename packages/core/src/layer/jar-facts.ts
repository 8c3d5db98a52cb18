/** What `META-INF/maven/<group>/<artifact>/pom.properties` says. */
export interface MavenCoordinates {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string | null;
}

/** What a Java archive says of itself. Text is decoded as UTF-8. */
export interface JarContents {
  /** Its own coordinates, and those of whatever was put into it (shaded), in the archive's order. */
  readonly maven: readonly MavenCoordinates[];
  /** Main attributes of `META-INF/MANIFEST.MF` that name it or its version, names in the spelling of {@link MANIFEST_NAMES}. */
  readonly manifest: Readonly<Record<string, string>>;
}

/** A jar, war or ear, and the jars that lie in it. */
export interface JarFacts extends JarContents {
  readonly nested: readonly NestedJar[];
}

/** A Java archive within another. */
export interface NestedJar {
  /** Path in the archive, as a byte string: `BOOT-INF/lib/spring-core-6.1.3.jar`. */
  readonly name: string;
  readonly bytes: number;
  /** Bytes in the archive, compressed as they are there. */
  readonly storedBytes: number;
  /** null where it could not be looked into. */
  readonly contents: JarContents | null;
}

export const MANIFEST_NAMES = [
  "Implementation-Title",
  "Implementation-Version",
  "Implementation-Vendor-Id",
  "Bundle-SymbolicName",
  "Bundle-Version",
  "Automatic-Module-Name",
  "Specification-Version",
] as const;
