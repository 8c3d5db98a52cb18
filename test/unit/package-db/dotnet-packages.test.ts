import { describe, expect, it } from "vitest";
import { dotnetDatabase } from "../../../packages/core/src/package-db/dotnet.ts";
import type { PackageReading } from "../../../packages/core/src/package-db/package-db.ts";

function read(files: Readonly<Record<string, string>>, present?: readonly string[]): PackageReading {
  const viewed = Object.entries(files).map(([path, text]) => ({
    path,
    content: Buffer.from(text),
    truncated: false,
  }));
  return dotnetDatabase.read({
    files: viewed,
    get: (path) => viewed.find((file) => file.path === path),
    binaries: [],
    archives: [],
    exists: (path) => present === undefined || present.includes(path),
  });
}

const DEPS = JSON.stringify({
  runtimeTarget: { name: ".NETCoreApp,Version=v8.0", signature: "" },
  targets: {
    ".NETCoreApp,Version=v8.0": {
      "Shop/1.0.0": {
        dependencies: { "Some.Native": "2.1.0", "Newtonsoft.Json": "13.0.3" },
        runtime: { "Shop.dll": {} },
      },
      "Newtonsoft.Json/13.0.3": { runtime: { "lib/net6.0/Newtonsoft.Json.dll": { fileVersion: "13.0.3.27908" } } },
      "Some.Native/2.1.0": {
        dependencies: { "Newtonsoft.Json": "13.0.3" },
        native: { "runtimes/linux-x64/native/libsome.so": {} },
        resources: { "lib/net6.0/de/Some.resources.dll": { locale: "de" } },
        runtimeTargets: { "runtimes/win-x64/native/some.dll": { rid: "win-x64", assetType: "native" } },
      },
    },
  },
  libraries: {
    "Shop/1.0.0": { type: "project", serviceable: false, sha512: "" },
    "Newtonsoft.Json/13.0.3": { type: "package", path: "newtonsoft.json/13.0.3" },
    "Some.Native/2.1.0": { type: "package", path: "some.native/2.1.0" },
  },
});

describe(".NET libraries", () => {
  it("own their assets where publishing puts them", () => {
    const found = { ecosystem: "dotnet", roots: [], explicit: null };
    const { packages } = read({ "app/Shop.deps.json": DEPS }, [
      "app/Shop.dll",
      "app/Shop",
      "app/Shop.deps.json",
      "app/Newtonsoft.Json.dll",
      "app/libsome.so",
      "app/de/Some.resources.dll",
      "app/runtimes/win-x64/native/some.dll",
    ]);
    expect(packages).toEqual([
      {
        ...found,
        name: "Shop",
        version: "1.0.0",
        files: ["app/Shop.dll", "app/Shop", "app/Shop.deps.json"],
        requires: ["dotnet/Newtonsoft.Json", "dotnet/Some.Native"],
      },
      { ...found, name: "Newtonsoft.Json", version: "13.0.3", files: ["app/Newtonsoft.Json.dll"], requires: [] },
      {
        ...found,
        name: "Some.Native",
        version: "2.1.0",
        files: ["app/libsome.so", "app/de/Some.resources.dll", "app/runtimes/win-x64/native/some.dll"],
        requires: ["dotnet/Newtonsoft.Json"],
      },
    ]);
  });

  it("a shared framework owns its folder", () => {
    const path = "usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json";
    expect(read({ [path]: "not even read" }).packages).toMatchObject([
      {
        name: "Microsoft.NETCore.App",
        version: "8.0.1",
        files: [],
        roots: ["usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1"],
      },
    ]);
  });

  it("lists that are damaged, or lead out", () => {
    const odd =
      '{"targets":{"x":{"A/1":{"runtime":{"../../../etc/passwd":1,"":2},"native":[],"dependencies":7},"/":{}}}}';
    expect(read({ "app/x.deps.json": odd }, ["app/passwd"]).packages).toMatchObject([
      { name: "A", files: ["app/passwd"] },
    ]);
    const { packages, troubles } = read({ "a.deps.json": "{", "b.deps.json": "[]", "c.deps.json": "{}" });
    expect(packages).toEqual([]);
    expect(troubles.map(({ path }) => path)).toEqual(["a.deps.json", "b.deps.json"]);
  });
});
