import { describe, expect, it } from "vitest";
import type { ElfFacts } from "../../../packages/core/src/layer/elf-facts.ts";
import { goDatabase } from "../../../packages/core/src/package-db/go.ts";
import type { PackageReading } from "../../../packages/core/src/package-db/package-db.ts";

function read(...programs: readonly [path: string, modules: string][]): PackageReading {
  const binaries = programs.map(([path, modules]) => ({
    path,
    facts: { goBuildInfo: { version: "go1.19.8", modules } } as ElfFacts,
  }));
  return goDatabase.read({ files: [], get: () => undefined, binaries, archives: [], exists: () => true });
}

// As `go version -m` of Go 1.19.8 printed it of a program built for this test, the replaced module by a directory.
const DEMO = `path\texample.org/demo
mod\texample.org/demo\t(devel)\t
dep\texample.org/dep\tv1.2.3
=>\t../dep\t(devel)\t
dep\tgolang.org/x/sys\tv0.1.0\th1:kunALQeHf1/185U1i0GOB/fy1IPRDDpuoOOqRReG57U=
build\t-compiler=gc
build\tGOOS=linux
`;

const found = { ecosystem: "go", roots: [], explicit: null };

describe("Go modules", () => {
  it("the main module owns its binaries, the others are in them", () => {
    expect(read(["bin/a", DEMO], ["bin/b", DEMO])).toEqual({
      packages: [
        {
          ...found,
          name: "example.org/demo",
          version: null,
          files: ["bin/a", "bin/b"],
          requires: ["go/example.org/dep", "go/golang.org/x/sys"],
        },
        { ...found, name: "example.org/dep", version: null, files: [], requires: [] },
        { ...found, name: "golang.org/x/sys", version: "v0.1.0", files: [], requires: [] },
      ],
      troubles: [],
    });
  });

  it("a replacement gives its version, and the module keeps its name", () => {
    const modules = "path\tm\nmod\tm\tv1.0.0\th1:x\ndep\ta\tv1.0.0\n=>\tb\tv2.0.0\th1:y\n";
    expect(read(["m", modules]).packages.map(({ name, version }) => [name, version])).toEqual([
      ["m", "v1.0.0"],
      ["a", "v2.0.0"],
    ]);
  });

  it("a program built without modules is its main package", () => {
    const modules = "path\tgithub.com/docker/cli/cmd/docker\nbuild\t-compiler=gc\n";
    expect(read(["usr/bin/docker", modules]).packages).toMatchObject([
      { name: "github.com/docker/cli/cmd/docker", version: null, files: ["usr/bin/docker"] },
    ]);
  });

  it("what is no module list gives nothing", () => {
    expect(read(["x", ""]).packages).toEqual([]);
    expect(read(["x", "=>\ta\tb\ndep\t\t\nmod\nmod\t\u0001\n"]).packages).toEqual([]);
    expect(read(["x", `dep\t${"a".repeat(1e6)}`]).packages).toEqual([]);
  });
});
