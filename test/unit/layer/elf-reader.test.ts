import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ElfFacts } from "../../../packages/core/src/layer/elf-facts.ts";
import { readElf } from "../../../packages/core/src/layer/elf-reader.ts";
import { FileParts } from "../../../packages/core/src/layer/file-parts.ts";
import { elfBytes } from "../../support/elf-bytes.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/elf");
const fixture = (name: string): Buffer => readFileSync(join(FIXTURES, name));
const read = (bytes: Buffer): ElfFacts | null => readElf(new FileParts(bytes.length, bytes));

const NOTHING = {
  machine: "x86_64",
  bits: 64,
  interpreter: null,
  needed: [],
  soname: null,
  runpath: null,
  pie: false,
  neededVersions: [],
  goBuildInfo: null,
  rustDependencies: null,
};

describe("files of a real linker", () => {
  it("a dynamic program of musl, position-independent, with debugging information", () => {
    expect(read(fixture("dynamic-pie"))).toEqual({
      ...NOTHING,
      type: "shared",
      interpreter: "/lib/ld-musl-x86_64.so.1",
      needed: ["libdemo.so.1"],
      runpath: "$ORIGIN/../lib",
      pie: true,
      neededVersions: ["DEMO_1.2"],
      debugBytes: 0x30 + 0x6a + 0x56 + 0x69 + 0x38 + 0x67 + 0x9 + 0xf0 + 0x4f,
    });
  });

  it("the same without section headers loses only what they alone say", () => {
    expect(read(fixture("no-sections"))).toEqual({ ...read(fixture("dynamic-pie")), debugBytes: 0 });
  });

  it("a library", () => {
    const debugBytes = 0x30 + 0x54 + 0x3a + 0x50 + 0x30 + 0x60 + 0x8 + 0x90 + 0x20;
    expect(read(fixture("libdemo.so"))).toEqual({ ...NOTHING, type: "shared", soname: "libdemo.so.1", debugBytes });
  });

  it("static programs, position-independent or not", () => {
    expect(read(fixture("static-stripped"))).toEqual({ ...NOTHING, type: "executable", debugBytes: 0 });
    expect(read(fixture("static-pie"))).toEqual({ ...NOTHING, type: "shared", pie: true, debugBytes: 0xf0 + 0x36 });
  });

  it("32 bits, with an RPATH of the old kind", () => {
    const debugBytes = 0x40 + 0x9a + 0x90 + 0xb1 + 0x64 + 0x5b + 0xf + 0xc0 + 0x62;
    expect(read(fixture("dynamic-32"))).toEqual({
      ...NOTHING,
      type: "shared",
      machine: "i386",
      bits: 32,
      interpreter: "/lib/ld-linux.so.2",
      runpath: "/opt/lib",
      pie: true,
      debugBytes,
    });
  });

  it("a relocatable file needs its symbol table, not its debugging information", () => {
    const debugBytes = 0x54 + 0xc0 + 0x3a + 0x30 + 0x30 + 0x50 + 0x60 + 0x60 + 0x16 + 0x30 + 0x30;
    expect(read(fixture("object.o"))).toEqual({ ...NOTHING, type: "relocatable", debugBytes });
  });

  it("debugging information split from its program has headers of what is not there", () => {
    const { debugBytes } = read(fixture("dynamic-pie")) as ElfFacts;
    expect(read(fixture("only-debug"))).toEqual({ ...NOTHING, type: "shared", debugBytes });
  });

  it("a dependency list of cargo-auditable", () => {
    expect(JSON.parse(read(fixture("rust-audited"))?.rustDependencies ?? "")).toMatchObject({
      packages: [{ name: "demo", root: true }, { name: "cc" }, { name: "itoa" }],
    });
  });
});

describe("every width and byte order", () => {
  const layouts = ([32, 64] as const).flatMap((bits) => [true, false].map((little) => ({ bits, little })));
  it.each(layouts)("$bits bits, little endian: $little", ({ bits, little }) => {
    const bytes = elfBytes({
      bits,
      little,
      machine: 21,
      interpreter: "/lib64/ld64.so.2",
      needed: ["libc.so.6", "libm.so.6"],
      soname: "self.so",
      versions: { "libc.so.6": ["GLIBC_2.34", "GLIBC_2.4", "GLIBC_2.17"] },
      sections: { ".debug_info": 100, ".text": 50, ".symtab": 7 },
      goBuildInfo: ["go1.20", "path\tx\n"],
    });
    expect(read(bytes)).toEqual({
      ...NOTHING,
      type: "shared",
      machine: little ? "ppc64le" : "ppc64",
      bits,
      interpreter: "/lib64/ld64.so.2",
      needed: ["libc.so.6", "libm.so.6"],
      soname: "self.so",
      pie: true,
      neededVersions: ["GLIBC_2.4", "GLIBC_2.17", "GLIBC_2.34"],
      debugBytes: 107,
      goBuildInfo: { version: "go1.20", modules: "path\tx\n" },
    });
  });

  it.each(layouts)("Go before 1.18 points to its strings; $bits bits, little endian: $little", ({ bits, little }) => {
    const bytes = elfBytes({
      bits,
      little,
      machine: 62,
      goBuildInfo: ["go1.17.3", "path\tx\nmod\tx\t(devel)\t\n"],
      pointers: true,
    });
    expect(read(bytes)?.goBuildInfo).toEqual({ version: "go1.17.3", modules: "path\tx\nmod\tx\t(devel)\t\n" });
  });
});

describe("files that are something else, or damaged", () => {
  it.each(["", "\x7fELF", "!<arch>\n", "#!/bin/sh\n", "\x7fELF\x03\x01\x01"])("%j is none", (text) => {
    expect(read(Buffer.from(text.padEnd(text.length > 4 ? 100 : 0, "\0"), "latin1"))).toBeNull();
    expect(read(Buffer.from(text, "latin1"))).toBeNull();
  });

  it("cut short anywhere, it says less, and nothing fails", () => {
    const whole = fixture("dynamic-pie");
    for (let end = 0; end < whole.length; end += 7) {
      const facts = read(whole.subarray(0, end));
      if (end < 64) expect(facts).toBeNull();
      else expect(facts?.debugBytes).toBeLessThanOrEqual(end);
    }
  });

  it("any byte may be anything", () => {
    for (const name of ["dynamic-pie", "dynamic-32", "rust-audited", "libdemo.so"]) {
      const whole = fixture(name);
      for (let at = 4; at < whole.length; at += 3) {
        for (const value of [0, 0x7f, 0xff]) {
          const bytes = Buffer.from(whole);
          bytes.fill(value, at, Math.min(bytes.length, at + 8));
          const facts = read(bytes);
          expect(facts === null || facts.debugBytes <= bytes.length).toBe(true);
        }
      }
    }
  }, 60_000);

  it("sections that overlap count once", () => {
    const bytes = Buffer.from(fixture("libdemo.so"));
    const table = Number(bytes.readBigUInt64LE(40));
    for (let i = 1; i < bytes.readUInt16LE(60); i++) {
      bytes.writeBigUInt64LE(0n, table + i * 64 + 8);
      bytes.writeBigUInt64LE(0n, table + i * 64 + 24);
      bytes.writeBigUInt64LE(2n ** 63n, table + i * 64 + 32);
    }
    expect(read(bytes)?.debugBytes ?? 0).toBeLessThanOrEqual(bytes.length);
  });

  it("strings that overlap make no more text than a bound", () => {
    const needed = Array.from({ length: 2000 }, (_, i) => `${i}${"x".repeat(1000)}`);
    const facts = read(elfBytes({ bits: 64, little: true, machine: 62, needed }));
    expect(facts?.needed.join("").length).toBeLessThanOrEqual(2 ** 16);
  });
});

describe("a file of which only the beginning and the end are at hand", () => {
  it("says what they hold", () => {
    const whole = fixture("dynamic-pie");
    const parts = new FileParts(whole.length, whole.subarray(0, 1200), whole.subarray(1500));
    expect(readElf(parts)?.interpreter).toBe("/lib/ld-musl-x86_64.so.1");
    expect(readElf(parts)?.debugBytes).toBe(read(whole)?.debugBytes);
  });
});

function elfFilesOf(folder: string, most: number): string[] {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const found: string[] = [];
  for (const { name } of names) {
    // readelf takes seconds for the large ones.
    if (statSync(join(folder, name)).size > 2 ** 20) continue;
    const file = openSync(join(folder, name), "r");
    const magic = Buffer.alloc(4);
    readSync(file, magic, 0, 4, 0);
    closeSync(file);
    if (magic.readUInt32BE(0) === 0x7f454c46) found.push(join(folder, name));
    if (found.length === most) break;
  }
  return found;
}

const hasReadelf = spawnSync("readelf", ["--version"]).status === 0;

describe.skipIf(!hasReadelf)("readelf says the same", () => {
  const folders = [FIXTURES, "/usr/bin", "/usr/lib/x86_64-linux-gnu"].filter((folder) => existsSync(folder));
  it.each(folders)("of files of %s", (folder) => {
    const files = elfFilesOf(folder, 20).filter((file) => !file.endsWith("only-debug"));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const text = spawnSync("readelf", ["-W", "-h", "-l", "-d", "-S", "-V", file], { encoding: "latin1" }).stdout;
      const facts = read(readFileSync(file)) as ElfFacts;
      const one = (pattern: RegExp): string | null => pattern.exec(text)?.[1] ?? null;
      expect([file, ...facts.needed]).toEqual([
        file,
        ...[...text.matchAll(/\(NEEDED\)\s+Shared library: \[(.*)\]/g)].map(([, name]) => name),
      ]);
      expect(facts.soname).toBe(one(/\(SONAME\)\s+Library soname: \[(.*)\]/));
      expect(facts.interpreter).toBe(one(/Requesting program interpreter: (.*)\]/));
      expect(facts.pie).toBe(/\(FLAGS_1\).*PIE/.test(text));
      expect(facts.debugBytes).toBe(debugBytesOf(text));
    }
  });
});

const SECTION_LINE = /^\s*\[\s*\d+\] (\S+)\s+(\S+)\s+[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) \S+\s+([A-Za-z]*)\s+\d+\s+\d+/gm;

function debugBytesOf(text: string): number {
  const symbols = /Type:\s+REL /.test(text) ? [] : [".symtab", ".strtab"];
  let bytes = 0;
  for (const [, name = "", type, length = "", flags = ""] of text.matchAll(SECTION_LINE)) {
    if (type === "NOBITS" || flags.includes("A")) continue;
    const named = [...symbols, ".gnu_debugdata", ".gdb_index"].includes(name);
    if (named || /^(\.rela?)?\.(z?debug_|stab)/.test(name)) bytes += Number.parseInt(length, 16);
  }
  return bytes;
}
