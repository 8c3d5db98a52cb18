import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ElfFacts } from "../../../packages/core/src/layer/elf-facts.ts";
import { readElf } from "../../../packages/core/src/layer/elf-reader.ts";
import { FileParts } from "../../../packages/core/src/layer/file-parts.ts";
import type { PackageReading } from "../../../packages/core/src/package-db/package-db.ts";
import { rustDatabase } from "../../../packages/core/src/package-db/rust.ts";

function read(...lists: readonly (string | null)[]): PackageReading {
  const binaries = lists.map((rustDependencies, i) => ({
    path: `bin/${i}`,
    facts: { rustDependencies } as ElfFacts,
  }));
  return rustDatabase.read({ files: [], get: () => undefined, binaries, archives: [], exists: () => true });
}

describe("Rust crates", () => {
  it("the root owns the binary; what only the build needed is not in it", () => {
    const bytes = readFileSync(join(import.meta.dirname, "../../fixtures/elf/rust-audited"));
    const list = readElf(new FileParts(bytes.length, bytes))?.rustDependencies ?? null;
    const found = { ecosystem: "rust", roots: [], explicit: null };
    expect(read(null, list)).toEqual({
      packages: [
        { ...found, name: "demo", version: "0.1.0", files: ["bin/1"], requires: ["rust/itoa"] },
        { ...found, name: "itoa", version: "1.0.11", files: [], requires: [] },
      ],
      troubles: [],
    });
  });

  it("lists that are damaged or go in circles", () => {
    const circle =
      '{"packages":[{"name":"a","root":true,"dependencies":[1,1,9,-1,"x",0]},{"name":"b","dependencies":[0]},7]}';
    expect(read(circle).packages.map(({ name, requires }) => [name, requires])).toEqual([
      ["a", ["rust/b"]],
      ["b", ["rust/a"]],
    ]);
    expect(read("{", "[]", '{"packages":{}}', "x", "y").troubles).toHaveLength(4);
  });
});
