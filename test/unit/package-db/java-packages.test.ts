import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FileParts } from "../../../packages/core/src/layer/file-parts.ts";
import type { JarFacts } from "../../../packages/core/src/layer/jar-facts.ts";
import { readJar } from "../../../packages/core/src/layer/jar-reader.ts";
import { javaDatabase } from "../../../packages/core/src/package-db/java.ts";

const bytesOf = (name: string): Buffer => readFileSync(join(import.meta.dirname, "../../fixtures/java", name));
const read = (bytes: Buffer): JarFacts | null => readJar(new FileParts(bytes.length, bytes));
const facts = (name: string): JarFacts => read(bytesOf(name)) as JarFacts;

const LONG_NAME = "org.example.a-name-that-does-not-fit-into-the-seventy-two-bytes-of-a-line";
const DEMO_LIB = { groupId: "org.example", artifactId: "demo-lib", version: "1.2.3" };

describe("archives made by jar", () => {
  it("one of Maven", () => {
    expect(facts("demo-lib-1.2.3.jar")).toEqual({
      maven: [DEMO_LIB],
      manifest: { "Implementation-Title": "Demo Library", "Implementation-Version": "1.2.3" },
      nested: [],
    });
  });

  it("a manifest with a line that goes on", () => {
    expect(facts("gradled.jar").manifest["Bundle-SymbolicName"]).toBe(LONG_NAME);
  });

  it.each(["app.jar", "app-executable.jar"])("%s: nested jars that are stored as they are", (name) => {
    const { nested, maven } = facts(name);
    expect(maven).toEqual([{ groupId: "org.example", artifactId: "app", version: "0.1" }]);
    expect(nested.map((jar) => [jar.name, jar.bytes, jar.storedBytes])).toEqual(
      ["demo-lib-1.2.3.jar", "gradled.jar"].map((jar) => {
        const { length } = bytesOf(jar);
        return [`BOOT-INF/lib/${jar}`, length, length];
      }),
    );
    expect(nested[0]?.contents?.maven).toEqual([DEMO_LIB]);
  });

  it("a war file, with nested jars that are compressed", () => {
    const [first, second] = facts("shop.war").nested;
    expect(first).toMatchObject({ bytes: bytesOf("demo-lib-1.2.3.jar").length, contents: { maven: [DEMO_LIB] } });
    expect(first?.storedBytes).toBeLessThan(first?.bytes ?? 0);
    expect(second?.contents?.manifest["Bundle-SymbolicName"]).toBe(LONG_NAME);
  });
});

describe("archives that are something else, or damaged", () => {
  it("none at all", () => {
    expect(read(Buffer.alloc(0))).toBeNull();
    expect(read(Buffer.from("PK\x03\x04".padEnd(100, "x")))).toBeNull();
  });

  it("any byte may be anything, and any end missing", () => {
    for (const name of ["app.jar", "shop.war"]) {
      const whole = bytesOf(name);
      for (let at = 0; at < whole.length; at += 3) {
        const bytes = Buffer.from(whole);
        bytes.fill(0xff, at, Math.min(at + 4, bytes.length));
        expect(() => read(bytes)).not.toThrow();
        expect(() => read(whole.subarray(0, at))).not.toThrow();
      }
    }
  });
});

describe("Java packages", () => {
  const packagesOf = (...archives: readonly [path: string, fixture: string][]) =>
    javaDatabase
      .read({
        files: [],
        get: () => undefined,
        binaries: [],
        archives: archives.map(([path, fixture]) => ({ path, facts: facts(fixture) })),
        exists: () => true,
      })
      .packages.map(({ name, version, files, requires }) => ({ name, version, files, requires }));

  it("an archive owns its file and needs what is nested in it", () => {
    expect(packagesOf(["app/app.jar", "app.jar"])).toEqual([
      {
        name: "org.example:app",
        version: "0.1",
        files: ["app/app.jar"],
        requires: ["java/gradled", "java/org.example:demo-lib"],
      },
      { name: "org.example:demo-lib", version: "1.2.3", files: [], requires: [] },
      { name: "gradled", version: "2.0", files: [], requires: [] },
    ]);
  });

  it("of several pom.properties, the one that the file is named after", () => {
    expect(packagesOf(["lib/demo-3.0-all.jar", "demo-3.0-all.jar"])[0]).toEqual({
      name: "org.example:demo",
      version: "3.0",
      files: ["lib/demo-3.0-all.jar"],
      requires: ["java/com.acme:other", "java/org.example:demo-lib"],
    });
    expect(packagesOf(["lib/unrelated-1.0.jar", "demo-3.0-all.jar"])[0]).toMatchObject({
      name: "unrelated",
      version: "1.0",
    });
  });

  it("a single one that says another version is of something inside", () => {
    expect(packagesOf(["lib/sdk-trace-1.53.0.jar", "demo-lib-1.2.3.jar"])[0]).toMatchObject({
      name: "sdk-trace",
      version: "1.53.0",
      requires: ["java/org.example:demo-lib"],
    });
  });

  it("Maven's own repository says the group", () => {
    expect(packagesOf(["root/.m2/repository/org/example/gradled/2.1/gradled-2.1.jar", "gradled.jar"])[0]).toMatchObject(
      {
        name: "org.example:gradled",
        version: "2.1",
      },
    );
  });
});
