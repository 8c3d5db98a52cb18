import { describe, expect, it } from "vitest";
import type { Needs } from "../../../packages/core/src/runtime/needs.ts";
import { type RuntimeNeeds, runtimeNeeds } from "../../../packages/core/src/runtime/runtime-needs.ts";
import { readScriptLine } from "../../../packages/core/src/runtime/script-line.ts";
import { type ElfSpec, elfBytes } from "../../support/elf-bytes.ts";
import { ledgerOf } from "../../support/rule-case.ts";
import { dir, file, hardlink, symlink, type TarEntry } from "../../support/tar-bytes.ts";

const MUSL = "/lib/ld-musl-x86_64.so.1";
const GLIBC = "/lib64/ld-linux-x86-64.so.2";

function elf(path: string, spec: Partial<ElfSpec> = {}): TarEntry {
  return file(path, elfBytes({ bits: 64, little: true, machine: 62, ...spec }), { mode: 0o755 });
}

function script(path: string, firstLine: string, mode = 0o755): TarEntry {
  return file(path, `${firstLine}\necho\n`, { mode });
}

async function needsIn(entries: readonly TarEntry[], config: Record<string, unknown> = {}): Promise<RuntimeNeeds> {
  return runtimeNeeds(await ledgerOf({ layers: [{ entries }], config: { config } }));
}

/** `name -> path` of what is there, `name -> nothing` of what is not. */
function told({ files, missing }: Needs): string[] {
  return [...files.map(({ name, path }) => `${name} -> ${path}`), ...missing.map(({ name }) => `${name} -> nothing`)];
}

const MUSL_ROOT = [elf("lib/ld-musl-x86_64.so.1", { soname: "libc.musl-x86_64.so.1" })];
const GLIBC_ROOT = [
  symlink("lib64", "usr/lib64"),
  elf("usr/lib64/ld-linux-x86-64.so.2", { soname: "ld-linux-x86-64.so.2" }),
  elf("usr/lib64/libc.so.6", { soname: "libc.so.6", needed: ["ld-linux-x86-64.so.2"] }),
];

describe("libraries with musl", () => {
  it("are searched in /lib, /usr/local/lib, /usr/lib, links followed, needs of needs too", async () => {
    const needs = await needsIn([
      ...MUSL_ROOT,
      elf("app", { interpreter: MUSL, needed: ["liba.so.1", "libc.musl-x86_64.so.1"] }),
      elf("usr/lib/liba.so.1.2", { needed: ["libb.so"] }),
      symlink("usr/lib/liba.so.1", "liba.so.1.2"),
      elf("usr/local/lib/libb.so"),
      elf("usr/lib/libb.so"),
    ]);
    const found = needs.needsOf(["app"]);
    expect(told(found)).toEqual([
      "/lib/ld-musl-x86_64.so.1 -> lib/ld-musl-x86_64.so.1",
      "libc.musl-x86_64.so.1 -> lib/ld-musl-x86_64.so.1",
      "liba.so.1 -> usr/lib/liba.so.1.2",
      "libb.so -> usr/local/lib/libb.so",
    ]);
    expect(found.files.map(({ links }) => links.length)).toEqual([0, 0, 1, 0]);
    expect(found.uncertain).toEqual([]);
    expect(found.instances.size).toBe(5);
  });

  it("are searched where a .path file says, and nowhere else", async () => {
    const needs = await needsIn([
      ...MUSL_ROOT,
      file("etc/ld-musl-x86_64.path", "/opt/lib\n/other"),
      elf("app", { interpreter: MUSL, needed: ["liba.so", "libb.so"] }),
      elf("opt/lib/liba.so"),
      elf("other/libb.so"),
      elf("lib/libb.so"),
    ]);
    expect(told(needs.needsOf(["app"]))).toContain("libb.so -> other/libb.so");
  });

  it("are first searched where those that load them say", async () => {
    const needs = await needsIn([
      ...MUSL_ROOT,
      elf("opt/app/bin/app", { interpreter: MUSL, needed: ["liba.so"], runpath: "$ORIGIN/../lib" }),
      elf("opt/app/lib/liba.so", { needed: ["libb.so"] }),
      elf("opt/app/lib/libb.so"),
      elf("lib/libb.so"),
    ]);
    expect(told(needs.needsOf(["opt/app/bin/app"]))).toContain("libb.so -> opt/app/lib/libb.so");
  });

  it("are those of glibc where gcompat stands in for it", async () => {
    const app = elf("app", { interpreter: GLIBC, needed: ["libc.so.6", "libm.so.6"] });
    const with_ = await needsIn([...MUSL_ROOT, app, elf("lib64/ld-linux-x86-64.so.2")]);
    expect(with_.needsOf(["app"]).missing).toEqual([]);
    const without = await needsIn([...MUSL_ROOT, app]);
    expect(without.needsOf(["app"]).missing.map(({ name }) => name)).toEqual([GLIBC, "libc.so.6", "libm.so.6"]);
  });
});

describe("libraries with glibc", () => {
  it("are searched in the object's own directories, the configured ones, then the default ones", async () => {
    const needs = await needsIn([
      ...GLIBC_ROOT,
      file("etc/ld.so.cache", "cache"),
      file("etc/ld.so.conf", "# comment\ninclude ld.so.conf.d/*.conf\n"),
      file("etc/ld.so.conf.d/local.conf", "/usr/local/lib\n"),
      file("etc/ld.so.conf.d/left-out", "/left/out\n"),
      elf("app/bin/app", {
        interpreter: GLIBC,
        needed: ["libown.so", "libconf.so", "libc.so.6", "libleft.so"],
        runpath: `\${ORIGIN}/../lib:/empty`,
      }),
      elf("app/lib/libown.so"),
      elf("usr/local/lib/libown.so"),
      elf("usr/local/lib/libconf.so"),
      elf("usr/lib/libconf.so"),
      elf("left/out/libleft.so.0", { soname: "libother.so" }),
    ]);
    const found = needs.needsOf(["app/bin/app"]);
    expect(told(found)).toEqual([
      "libown.so -> app/lib/libown.so",
      "/lib64/ld-linux-x86-64.so.2 -> usr/lib64/ld-linux-x86-64.so.2",
      "ld-linux-x86-64.so.2 -> usr/lib64/ld-linux-x86-64.so.2",
      "libc.so.6 -> usr/lib64/libc.so.6",
      "libconf.so -> usr/local/lib/libconf.so",
      "libleft.so -> nothing",
    ]);
    expect(found.missing[0]?.neededBy).toMatchObject([{ path: "app/bin/app" }]);
    expect(found.uncertain).toEqual([expect.stringContaining("libnss_")]);
  });

  it("are not searched in configured directories without ld.so's cache, and in Debian's always", async () => {
    const needs = await needsIn([
      ...GLIBC_ROOT,
      file("etc/ld.so.conf", "/opt/lib\n"),
      elf("app", { interpreter: GLIBC, needed: ["liba.so", "libb.so"] }),
      elf("opt/lib/liba.so.0"),
      elf("opt/lib/libb.so"),
      elf("usr/lib/x86_64-linux-gnu/liba.so"),
      elf("usr/lib/x86_64-linux-gnu/libb.so"),
    ]);
    expect(told(needs.needsOf(["app"]))).toContain("libb.so -> usr/lib/x86_64-linux-gnu/libb.so");
  });

  it("are passed over where they are of another machine", async () => {
    const needs = await needsIn([
      ...GLIBC_ROOT,
      elf("app", { interpreter: GLIBC, needed: ["liba.so"] }),
      elf("lib64/liba.so", { machine: 183 }),
      elf("usr/lib/liba.so"),
    ]);
    expect(told(needs.needsOf(["app"]))).toContain("liba.so -> usr/lib/liba.so");
  });

  it("of plugins may lie where no directory is searched: that is said", async () => {
    const needs = await needsIn([
      ...GLIBC_ROOT,
      elf("opt/jdk/lib/libjava.so", { needed: ["libjvm.so", "libc.so.6"] }),
      elf("opt/jdk/lib/server/libjvm.so"),
      elf("opt/other/libjvm.so"),
    ]);
    const found = needs.needsOf(["opt/jdk/lib/libjava.so"]);
    expect(told(found)).toContain("libjvm.so -> opt/jdk/lib/server/libjvm.so");
    expect(found.uncertain.join()).toContain("taken to be /opt/jdk/lib/server/libjvm.so");
  });

  it("are found by LD_LIBRARY_PATH of the config", async () => {
    const entries = [
      ...GLIBC_ROOT,
      elf("app", { interpreter: GLIBC, needed: ["liba.so"] }),
      elf("one/liba.so"),
      elf("two/liba.so"),
    ];
    const needs = await needsIn(entries, { Env: ["LD_LIBRARY_PATH=/nowhere:/two"] });
    expect(told(needs.needsOf(["app"]))).toContain("liba.so -> two/liba.so");
  });
});

describe("needs that go in circles or nowhere", () => {
  it("end", async () => {
    const needs = await needsIn([
      ...GLIBC_ROOT,
      elf("usr/lib/liba.so", { needed: ["libb.so"], runpath: "$ORIGIN/x" }),
      elf("usr/lib/libb.so", { needed: ["liba.so", "liba.so"], runpath: "$ORIGIN/y" }),
      symlink("usr/lib/loop.so", "loop.so"),
      elf("app", { interpreter: GLIBC, needed: ["liba.so", "loop.so", "../../etc", ""] }),
    ]);
    expect(told(needs.needsOf(["app", "not/there"])).filter((line) => line.endsWith("nothing"))).toEqual([
      " -> nothing",
      "../../etc -> nothing",
      "loop.so -> nothing",
    ]);
  });
});

describe("the first line of a script", () => {
  it.each([
    ["#!/bin/sh\n", "/bin/sh", null],
    ["#! /bin/bash -e\n", "/bin/bash", null],
    ["#!/usr/bin/env python3\n", "/usr/bin/env", "python3"],
    ["#!/usr/bin/env -S python3 -u\n", "/usr/bin/env", "python3"],
    ["#!/usr/bin/env -vS X=1 -i node --flag\n", "/usr/bin/env", "node"],
    ["#!/usr/bin/env --split-string=ruby -w\n", "/usr/bin/env", "ruby"],
    // Without -S the kernel's one argument is one word: env looks for a program of that name.
    ["#!/usr/bin/env python3 -u\n", "/usr/bin/env", "python3 -u"],
    ["#!/bin/sh\r\n", "/bin/sh\r", null],
    ["#!/bin/sh", "/bin/sh", null],
  ])("%j", (head, interpreter, program) => {
    expect(readScriptLine(head)).toEqual({ interpreter, program });
  });

  it.each(["#!\n", "#!  \t\n", "# /bin/sh\n", ""])("%j is none", (head) => {
    expect(readScriptLine(head)).toBeNull();
  });
});

describe("interpreters of scripts", () => {
  const entries = [
    ...MUSL_ROOT,
    elf("bin/busybox", { interpreter: MUSL, needed: ["libc.musl-x86_64.so.1"] }),
    symlink("bin/sh", "/bin/busybox"),
    symlink("usr/bin/env", "/bin/busybox"),
    elf("usr/local/bin/python3", { interpreter: MUSL }),
    script("run", "#!/bin/sh"),
    script("tool", "#!/usr/bin/env python3"),
    script("lost", "#!/bin/bash"),
  ];

  it("are needs, with the links that lead to them and what they need themselves", async () => {
    const needs = await needsIn(entries);
    expect(told(needs.needsOf(["run"]))).toEqual([
      "/bin/sh -> bin/busybox",
      "/lib/ld-musl-x86_64.so.1 -> lib/ld-musl-x86_64.so.1",
      "libc.musl-x86_64.so.1 -> lib/ld-musl-x86_64.so.1",
    ]);
    expect(told(needs.needsOf(["tool"]))).toContain("python3 -> usr/local/bin/python3");
    expect(told(needs.needsOf(["lost"]))).toEqual(["/bin/bash -> nothing"]);
  });
});

describe("commands of the config", () => {
  const entries = [
    ...MUSL_ROOT,
    elf("bin/busybox", { interpreter: MUSL }),
    symlink("bin/sh", "busybox"),
    elf("srv/app", { interpreter: MUSL }),
    elf("usr/local/bin/helper", { interpreter: MUSL }),
    file("srv/app.conf", "x"),
  ];
  const files = (needs: RuntimeNeeds) =>
    needs.commands.map(({ from, shell, program, mentions }) => ({
      from,
      shell,
      program: program.file?.path ?? null,
      mentions: mentions.map(({ file }) => file?.path),
    }));

  it("are ENTRYPOINT with CMD as arguments, found by PATH and the working directory", async () => {
    const needs = await needsIn(entries, {
      Entrypoint: ["helper", "./app"],
      Cmd: ["--config", "app.conf", "helper"],
      WorkingDir: "/srv",
    });
    expect(files(needs)).toEqual([
      {
        from: "ENTRYPOINT",
        shell: null,
        program: "usr/local/bin/helper",
        mentions: ["srv/app", "srv/app.conf", "usr/local/bin/helper"],
      },
    ]);
  });

  it("may be shell forms; health checks run by the config's shell", async () => {
    const needs = await needsIn(entries, {
      Cmd: ["/bin/sh", "-c", "exec /srv/app --x || helper"],
      Healthcheck: { Test: ["CMD-SHELL", "app -q"] },
      Env: ["PATH=/srv"],
      Shell: ["/bin/bash", "-o", "pipefail", "-c"],
    });
    expect(files(needs)).toEqual([
      { from: "CMD", shell: "/bin/sh", program: "bin/busybox", mentions: ["srv/app"] },
      { from: "HEALTHCHECK", shell: "/bin/bash", program: null, mentions: ["srv/app"] },
    ]);
  });

  it("are none where the config has none, and none of NONE", async () => {
    expect((await needsIn(entries, { Healthcheck: { Test: ["NONE"] } })).commands).toEqual([]);
  });
});

const APK = [
  file(
    "lib/apk/db/installed",
    [
      "P:musl\nV:1\nA:x86_64\np:so:libc.musl-x86_64.so.1=1\nF:lib\nR:ld-musl-x86_64.so.1\n",
      "P:libstdc++\nV:1\nA:x86_64\nD:so:libgcc_s.so.1\np:so:libstdc++.so.6=6\nF:usr/lib\nR:libstdc++.so.6\nR:libstdc++.so.6.0.32\n",
      "P:libgcc\nV:1\nA:x86_64\np:so:libgcc_s.so.1=1\nF:usr/lib\nR:libgcc_s.so.1\n",
      "P:bash\nV:1\nA:x86_64\nF:bin\nR:bash\n",
      "P:git\nV:1\nA:x86_64\nF:usr/bin\nR:git\nR:git-script\n",
      "",
    ].join("\n"),
  ),
  file("etc/apk/world", "bash\ngit\nlibstdc++\n"),
];

describe("what removing packages would take from what stays", () => {
  const entries = [
    dir("lib"),
    ...MUSL_ROOT,
    ...APK,
    elf("usr/lib/libstdc++.so.6.0.32", { needed: ["libgcc_s.so.1"], soname: "libstdc++.so.6" }),
    symlink("usr/lib/libstdc++.so.6", "libstdc++.so.6.0.32"),
    elf("usr/lib/libgcc_s.so.1", { soname: "libgcc_s.so.1" }),
    elf("bin/bash", { interpreter: MUSL }),
    elf("usr/bin/git", { interpreter: MUSL, needed: ["libstdc++.so.6"] }),
    script("usr/bin/git-script", "#!/bin/bash"),
  ];
  const removing =
    (needs: RuntimeNeeds, paths: readonly string[]) =>
    (instance: number): boolean =>
      !paths.some((path) => needs.files.locate(path)?.instance === instance);
  const PACKAGES = ["usr/lib/libstdc++.so.6", "usr/lib/libgcc_s.so.1", "bin/bash", "usr/bin/git", "usr/bin/git-script"];

  it("is asked for as scanelf would say it; what packages bring along themselves is not", async () => {
    const needs = await needsIn([...entries, elf("app", { interpreter: MUSL, needed: ["libstdc++.so.6"] })]);
    const kept = needs.keptTokens(removing(needs, PACKAGES));
    expect(kept.tokens).toEqual(["so:libstdc++.so.6"]);
    expect(kept.files.map(({ name, owner, token }) => [name, owner, token])).toEqual([
      ["libgcc_s.so.1", "apk/libgcc", null],
      ["libstdc++.so.6", "apk/libstdc++", "so:libstdc++.so.6"],
    ]);
  });

  it("is nothing where nothing that stays needs it", async () => {
    const needs = await needsIn(entries);
    expect(needs.keptTokens(removing(needs, PACKAGES)).tokens).toEqual([]);
    // A library that stays is nobody's loss.
    expect(needs.keptTokens(() => true).files).toEqual([]);
  });

  it("is a shell that a script of one's own asks for, or a program that the config starts", async () => {
    const script_ = await needsIn([...entries, script("entry.sh", "#!/bin/bash")]);
    expect(script_.keptTokens(removing(script_, PACKAGES)).tokens).toEqual(["bash"]);
    const data = await needsIn([...entries, script("entry.sh", "#!/bin/bash", 0o644)]);
    expect(data.keptTokens(removing(data, PACKAGES)).tokens).toEqual([]);
    const started = await needsIn([...entries, script("entry.sh", "#!/bin/bash", 0o644)], { Cmd: ["/entry.sh"] });
    expect(started.keptTokens(removing(started, PACKAGES)).tokens).toEqual(["bash"]);
    const command = await needsIn(entries, { Entrypoint: ["git", "daemon"] });
    expect(command.keptTokens(removing(command, PACKAGES)).tokens).toEqual(["git"]);
  });

  it("is what a hard link to it leads to as well", async () => {
    const needs = await needsIn([...entries, hardlink("bin/rbash", "bin/bash"), script("x", "#!/bin/rbash")]);
    expect(needs.keptTokens(removing(needs, PACKAGES)).tokens).toEqual(["bash"]);
  });
});
