import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { callsOf, withFlag } from "../../../packages/core/src/build/shell-calls.ts";
import { loadShell } from "../../../packages/core/src/dockerfile/shell-parser.ts";
import { parseShell } from "../../../packages/core/src/dockerfile/shell-script.ts";
import {
  removeChildren,
  removeDirectories,
  removeFiles,
  shellWord,
} from "../../../packages/core/src/finding/fix/removal-command.ts";
import type { StoredFile } from "../../../packages/core/src/finding/rule.ts";
import { wasteOf } from "../../support/rule-case.ts";
import { file } from "../../support/tar-bytes.ts";

const files = (...paths: string[]): StoredFile[] => paths.map((path) => ({ path }) as StoredFile);

/** What is left of some files after `sh` has run a command below a folder that stands for the root. */
function leftAfter(command: string, paths: readonly string[]): string[] {
  const root = mkdtempSync(join(tmpdir(), "imgweigh-removal-"));
  try {
    for (const path of paths) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), "x");
    }
    execFileSync("sh", ["-ec", command.replaceAll(/ \/(?=\w)/g, ` ${root}/`)]);
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe("commands that remove files", () => {
  test("directories are told by their last components, files by their names", () => {
    const command = removeDirectories(".cache/pip")(files("root/.cache/pip/a", "root/.cache/pip/b/c", "srv/pip.log"));
    expect(command).toBe("rm -rf /root/.cache/pip /srv/pip.log");
    expect(removeChildren("var/log")(files("var/log/a/b", "var/log/a/c", "var/log/d"))).toBe(
      "rm -rf /var/log/a /var/log/d",
    );
  });

  test("what no line of a Dockerfile could hold is left to people", () => {
    expect(shellWord("a b'c")).toBe("'/a b'\\''c'");
    expect(shellWord("a\nb")).toBeNull();
    expect(shellWord("a\xffb")).toBeNull();
    expect(removeFiles(files("a\u0007"))).toBeNull();
    expect(removeFiles(files(...Array.from({ length: 13 }, (_, i) => `f${i}`)))).toBeNull();
    expect(removeFiles([])).toBeNull();
  });

  const python = Array.from({ length: 5 }, (_, i) => `app/lib/__pycache__/m${i}.cpython-312.pyc`);
  const objects = ["a.o", "b.o", "mkmf.log", "c.o"].map((name) => `usr/local/bundle/gems/x-1/ext/x/${name}`);
  const manuals = [1, 2, 3, 4].map((i) => `usr/share/man/man1/tool${i}.1`);
  test.each([
    ["pyc", python, ["app/lib/m0.py", "app/lib/m1.pyc"]],
    ["gem-objects", objects, ["usr/local/bundle/gems/x-1/lib/x.so"]],
    ["documentation", manuals, ["usr/share/doc/tool/copyright", "usr/share/doc/tool/LICENSE.txt", "usr/share/tool/x"]],
    ["source-maps", ["a", "b", "c", "d"].map((name) => `app/dist/${name}.js.map`), ["app/dist/a.js"]],
  ])("%s: sh removes what the rule found, and nothing else", async (rule, waste, stays) => {
    const { findings } = await wasteOf({
      layers: [{ by: "RUN make", entries: [...waste, ...stays].map((path) => file(path, 3000)) }],
    });
    const [finding] = findings.filter((one) => one.rule === rule);
    expect(finding?.paths.toSorted()).toEqual(waste.map((path) => `/${path}`).toSorted());
    const after = finding?.fix.change?.after ?? "";
    expect(after).toMatch(/^RUN make && /);
    expect(leftAfter(after.slice("RUN make && ".length), [...waste, ...stays])).toEqual(stays.toSorted());
  });
});

describe("commands that run a program", () => {
  beforeAll(() => loadShell());
  const script = (text: string) => parseShell(text);

  test.each([
    ["pip install x", 1],
    ["/usr/local/bin/pip install x", 1],
    ["python3.12 -m pip install x", 1],
    ["sudo -E PIP_X=1 pip install x", 1],
    ["cd /src && pip install . && pip check", 2],
    ["echo pip", 0],
    ["pipx install x", 0],
    ["python -m venv pip", 0],
    ["$PIP install x", 0],
  ])("%s: %i", (text, count) => {
    expect(callsOf(script(text), ["pip"])).toHaveLength(count);
  });

  test("a flag goes behind the subcommand, and only where it takes one", () => {
    const flag = { programs: ["pip"], subcommands: ["install"], flag: "--no-cache-dir" };
    expect(withFlag(script("pip install x && python3 -m pip install y && pip list"), flag)).toEqual([
      { kind: "insert-words", command: 0, at: 1, words: ["--no-cache-dir"] },
      { kind: "insert-words", command: 1, at: 3, words: ["--no-cache-dir"] },
    ]);
    expect(withFlag(script("pip install --no-cache-dir x"), flag)).toBeNull();
    expect(withFlag(script("pip list"), flag)).toBeNull();
  });
});
