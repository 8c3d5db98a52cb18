import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { apkDatabase } from "../../../packages/core/src/package-db/apk/apk-db.ts";
import { rewriteApkDatabase } from "../../../packages/core/src/package-db/apk/rewrite.ts";
import type { FileView, PackageChange } from "../../../packages/core/src/package-db/package-db.ts";
import { apkView } from "../../support/apk-situations.ts";

interface State {
  /** What apk was asked to do; null for the root file system as it was shipped. */
  readonly command: string | null;
  /** apk's own files afterwards, as byte strings. */
  readonly files: Readonly<Record<string, string>>;
}

const FIXTURE = join(import.meta.dirname, "..", "..", "fixtures", "apk", "rewrites.json.br");
const STATES: Readonly<Record<string, readonly State[]>> = JSON.parse(
  brotliDecompressSync(readFileSync(FIXTURE)).toString("utf8"),
);

/** Steps of one version that change nothing but what is installed already. */
const STEPS = Object.entries(STATES).flatMap(([version, states]) =>
  states.flatMap(({ command, files }, i) => {
    const before = states[i - 1];
    const offline =
      command?.includes("--no-network") === true && before?.files["etc/apk/world"] !== files["etc/apk/world"];
    return before !== undefined && command !== null && offline ? [{ version, command, before, files }] : [];
  }),
);

function changeOf(view: FileView, command: string): PackageChange {
  const [, verb, ...words] = command.split(" ");
  const names = words.filter((word) => !word.startsWith("-"));
  const [name = "", ...depends] = names;
  if (verb === "add") return { remove: [], add: [{ name, depends }] };
  const removal = apkDatabase.remove?.(view, names);
  expect(removal?.refusal).toBeNull();
  return { remove: removal?.freed.map((key) => key.replace("apk/", "")) ?? [], unask: names, add: [] };
}

/** What differs from run to run: the time and the checksum of a virtual package, and the times in a tar with the sums over them. */
function withoutTimes(path: string, content: string): string {
  if (!path.endsWith("scripts.tar"))
    return content
      .replace(/\b2\d{7}\.\d{6}\b/g, "TIME")
      .replace(/^C:.*\n(P:.*\nV:(?:0|TIME)\nA:noarch\nS:0)/gm, "C:IDENTITY\n$1");
  return content.replace(/(.{136}).{12}.{8}(?=[0-9\0].{100}ustar)/gs, "$1TIMESTAMPS  CHECKSUM");
}

describe("apk's own files after a change, against what apk wrote", () => {
  test("there are steps of both versions", () => {
    expect(new Set(STEPS.map(({ version }) => version))).toEqual(new Set(["2.10.1", "2.14.4"]));
    expect(STEPS.length).toBeGreaterThan(15);
  });

  test.each(STEPS)("$version: $command", ({ command, before, files }) => {
    const view = apkView(before.files);
    const change = changeOf(view, command);
    const rewritten = rewriteApkDatabase(view, change) ?? [];
    const predicted = Object.fromEntries(
      rewritten.map(({ path, content }) => [path, Buffer.from(content).toString("latin1")]),
    );
    expect(Object.keys(predicted).sort()).toEqual(Object.keys(files).sort());
    for (const [path, content] of Object.entries(files)) {
      expect(predicted[path]?.length, path).toBe(content.length);
      expect(withoutTimes(path, predicted[path] ?? ""), path).toBe(withoutTimes(path, content));
    }
    expect(apkDatabase.rewrite?.(view, change)).toEqual(
      rewritten.map(({ path, content }) => ({ path, bytes: content.length })),
    );
  });

  test.each(Object.entries(STATES))(
    "%s: a change of nothing writes what is there, but for scripts that nobody can have",
    (version, states) => {
      for (const { files } of states.slice(1)) {
        const rewritten = rewriteApkDatabase(apkView(files), { remove: [], add: [] }) ?? [];
        for (const { path, content } of rewritten) {
          if (path.endsWith("scripts.tar")) continue;
          expect(Buffer.from(content).toString("latin1"), `${version} ${path}`).toBe(files[path]);
        }
      }
    },
  );
});

describe("what cannot be told", () => {
  const [base] = STATES["2.14.4"] ?? [];
  const nothing: PackageChange = { remove: [], add: [] };

  test("no database, or no world", () => {
    expect(rewriteApkDatabase(apkView({}), nothing)).toBeNull();
    const { "etc/apk/world": _, ...files } = base?.files ?? {};
    expect(rewriteApkDatabase(apkView(files), nothing)).toBeNull();
  });

  test("a file that was cut", () => {
    const view = apkView(base?.files ?? {});
    const cut: FileView = {
      ...view,
      get: (path) => {
        const file = view.get(path);
        return file && { ...file, truncated: path.endsWith("scripts.tar") };
      },
    };
    expect(rewriteApkDatabase(cut, nothing)).toBeNull();
  });

  test.each([
    ["no tar", "not a tar at all".repeat(64)],
    ["a size beyond the end", `${"x.Q1AAAA=.trigger".padEnd(124, "\0")}77777777777\0`.padEnd(512, "\0")],
  ])("scripts.tar is %s", (_, scripts) => {
    const files = { ...base?.files, "lib/apk/db/scripts.tar": scripts };
    expect(rewriteApkDatabase(apkView(files), nothing)).toBeNull();
  });

  test("what is not there is not written", () => {
    const { "lib/apk/db/triggers": _, ...files } = base?.files ?? {};
    const paths = rewriteApkDatabase(apkView(files), nothing)?.map(({ path }) => path);
    expect(paths).not.toContain("lib/apk/db/triggers");
  });
});

describe("a removal that keeps something", () => {
  const toolchain = apkView({
    "lib/apk/db/installed": [
      "C:Q1a=\nP:g++\nV:13-r0\nD:gcc libstdc++=13-r0",
      "C:Q1b=\nP:gcc\nV:13-r0",
      "C:Q1c=\nP:libstdc++\nV:13-r0\nD:so:libgcc_s.so.1\np:so:libstdc++.so.6=6",
      "C:Q1d=\nP:libgcc\nV:13-r0\np:so:libgcc_s.so.1=1",
      "C:Q1e=\nP:.later\nV:0\nA:noarch\nS:0\nI:0\nT:virtual meta package\nU:\nL:\nD:libgcc",
    ]
      .map((record) => `${record}\n\n`)
      .join(""),
    "etc/apk/world": "g++\n.later\n",
  });

  test("frees the rest", () => {
    const keep = ["so:libstdc++.so.6"];
    expect(apkDatabase.remove?.(toolchain, ["g++", ".later"], { keep })).toMatchObject({
      freed: ["apk/g++", "apk/gcc", "apk/.later"],
      refusal: null,
    });
    expect(apkDatabase.remove?.(toolchain, ["g++"])?.freed).toEqual(["apk/g++", "apk/gcc", "apk/libstdc++"]);
  });

  test("is refused where nothing installed is what is to be kept", () => {
    expect(apkDatabase.remove?.(toolchain, ["g++"], { keep: ["so:libz.so.1"] })?.refusal).toContain("so:libz.so.1");
  });

  test("virtual packages are told apart", () => {
    const { packages } = apkDatabase.read(toolchain);
    expect(packages.filter(({ virtual }) => virtual).map(({ name }) => name)).toEqual([".later"]);
  });
});
