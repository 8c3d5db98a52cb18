import { describe, expect, test } from "vitest";
import { runtimeNeeds } from "../../packages/core/src/runtime/runtime-needs.ts";
import { readScriptLine } from "../../packages/core/src/runtime/script-line.ts";
import { type ElfSpec, elfBytes } from "../support/elf-bytes.ts";
import { ledgerOf } from "../support/rule-case.ts";
import { file, symlink, type TarEntry } from "../support/tar-bytes.ts";

/* Crafted binaries and scripts end in an answer, in bounded time. */

const SECONDS = 20_000;

function elf(path: string, spec: Partial<ElfSpec>): TarEntry {
  return file(path, elfBytes({ bits: 64, little: true, machine: 62, ...spec }), { mode: 0o755 });
}

async function needsOf(entries: readonly TarEntry[], start: string, config: Record<string, unknown> = {}) {
  const needs = runtimeNeeds(await ledgerOf({ layers: [{ entries }], config: { config } }));
  return { needs, found: needs.needsOf([start]) };
}

describe("run-time needs", () => {
  test(
    "of libraries that all need each other, each with directories of its own",
    async () => {
      const count = 60;
      const names = Array.from({ length: count }, (_, i) => `lib${i}.so`);
      const libraries = names.map((name, i) =>
        elf(`lib/${name}`, { needed: names, runpath: `$ORIGIN/a${i}:$ORIGIN/b${i}` }),
      );
      const { found } = await needsOf(libraries, "lib/lib0.so");
      expect(found.files).toHaveLength(count);
      expect(found.missing).toEqual([]);
    },
    SECONDS,
  );

  test(
    "of many files of one name, wanted by as many",
    async () => {
      const entries = Array.from({ length: 2000 }, (_, i) => [
        elf(`d${i}/same.so`, { soname: "same.so" }),
        elf(`d${i}/app`, { needed: ["same.so"] }),
      ]).flat();
      const { needs } = await needsOf(entries, "d0/app");
      expect(needs.needsOf(needs.files.binaries.keys()).missing).toEqual([]);
    },
    SECONDS,
  );

  test("of run paths and settings that lead nowhere", async () => {
    const { found } = await needsOf(
      [
        elf("app", {
          interpreter: "../../../../loader",
          needed: ["", ".", "..", "/", "../x", "a".repeat(4000)],
          runpath: `${"/x:".repeat(500)}$ORIGIN/../../..:$$ORIGIN:\${ORIGIN:$LIB$LIB$LIB`,
        }),
        symlink("lib", "/lib"),
        file("etc/ld.so.cache", ""),
        file("etc/ld.so.conf", `include /etc/ld.so.conf\ninclude ${"*".repeat(1000)}\n${"/d\n".repeat(5000)}`),
      ],
      "app",
      { Env: [`PATH=${":".repeat(5000)}`, "LD_LIBRARY_PATH=::::;;;;"], Cmd: ["x".repeat(5000), ""], WorkingDir: "" },
    );
    expect(found.files).toEqual([]);
    expect(found.missing).toHaveLength(7);
  });

  test("of scripts without an end", () => {
    expect(readScriptLine(`#!${" ".repeat(100_000)}x`)).toEqual({ interpreter: "x", program: null });
    expect(readScriptLine(`#!/usr/bin/env -S ${"-i ".repeat(50_000)}`)).toMatchObject({ program: null });
    expect(readScriptLine(`#!/usr/bin/env -${"-".repeat(100_000)}`)).toMatchObject({ program: null });
  });
});

describe("needs that are too much to follow", () => {
  test(
    "are given up for the whole image, and what is not found then says nothing",
    async () => {
      const names = Array.from({ length: 500 }, (_, i) => `n${i}.so`);
      const directories = Array.from({ length: 32 }, (_, i) => `/${"d".repeat(100)}${i}`).join(":");
      const libraries = Array.from({ length: 60 }, (_, i) =>
        elf(`lib/l${i}.so`, {
          needed: [...names, ...Array.from({ length: 60 }, (_, k) => `l${k}.so`)],
          runpath: `$ORIGIN/${i}:${directories}`,
        }),
      );
      const { needs, found } = await needsOf(libraries, "lib/l0.so");
      expect(found.complete).toBe(false);
      expect(found.uncertain.join()).toContain("too many libraries");
      // Whoever asks next is told so at once.
      expect(needs.needsOf(["lib/l1.so"])).toMatchObject({ complete: false, missing: [] });
      expect(needs.keptTokens(() => true).complete).toBe(false);
    },
    SECONDS,
  );
});
