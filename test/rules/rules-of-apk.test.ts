import { describe, expect, test } from "vitest";
import type { Finding } from "../../packages/core/src/finding/finding.ts";
import {
  type ApkPackage,
  added,
  apkState,
  BASE,
  BASE_WORLD,
  deleted,
  filesOf,
  ROOT_LAYER,
} from "../support/apk-image.ts";
import { elfBytes } from "../support/elf-bytes.ts";
import { type CaseImage, testRule, wasteOf } from "../support/rule-case.ts";
import { dir, file, symlink, type TarEntry } from "../support/tar-bytes.ts";

const BASH: ApkPackage = {
  name: "bash",
  depends: ["/bin/sh"],
  files: [file("bin/bash", 40_001, { mtime: 1_600_000_000 })],
};
const GIT: ApkPackage = { name: "git", files: [file("usr/bin/git", 30_011)] };
const MAKE: ApkPackage = { name: "make", files: [file("usr/bin/make", 12_007)] };
const LIBSTDCXX: ApkPackage = {
  name: "libstdc++",
  provides: ["so:libstdc++.so.6=6.0.32"],
  files: [
    file("usr/lib/libstdc++.so.6.0.32", elf({ soname: "libstdc++.so.6" })),
    symlink("usr/lib/libstdc++.so.6", "libstdc++.so.6.0.32"),
  ],
};
const GXX: ApkPackage = { name: "g++", depends: ["libstdc++"], files: [file("usr/bin/g++", 60_013)] };
const MUSL: ApkPackage = {
  name: "musl",
  provides: ["so:libc.musl-x86_64.so.1=1"],
  files: [file("lib/ld-musl-x86_64.so.1", elf({}))],
};
const BUILD: ApkPackage = { name: ".build-deps", virtual: true, depends: ["g++", "make"] };
const RUN: ApkPackage = { name: ".run-deps", virtual: true, depends: ["so:libstdc++.so.6"] };

const HELLO = file(
  "usr/local/bin/hello",
  elf({ interpreter: "/lib/ld-musl-x86_64.so.1", needed: ["libstdc++.so.6"] }),
  {
    mode: 0o755,
  },
);
const SOURCE = file("src/hello.cpp", "int main() {}\n");

function elf(spec: { soname?: string; interpreter?: string; needed?: readonly string[] }): Buffer {
  return elfBytes({ bits: 64, little: true, machine: 62, ...spec });
}

const world = (...words: string[]): string[] => [...BASE_WORLD, ...words];
/** What the instructions become, continued lines as one. */
const changed = (finding: Finding | undefined): string =>
  (finding?.fix.change?.after ?? "").replace(/ \\\n\s*/g, " ").trim();

/** Alpine with some layers on top. */
function image(...layers: CaseImage["layers"]): CaseImage {
  return { base: 1, layers: [ROOT_LAYER, ...layers] };
}

const INDEXES = [
  file("var/cache/apk/APKINDEX.e0297a25.tar.gz", 6007),
  file("var/cache/apk/APKINDEX.f86367c4.tar.gz", 5003),
];

testRule({
  rule: "apk-index",
  fires: image({ by: "RUN apk add bash && touch /x", entries: [...added([BASH], BASE, world("bash")), ...INDEXES] }),
  fixed: image({ by: "RUN apk add --no-cache bash", entries: added([BASH], BASE, world("bash")) }),
  nearMiss: image({
    by: "RUN apk add --no-cache bash",
    entries: [...added([BASH], BASE, world("bash")), file("srv/APKINDEX.e0297a25.tar.gz", 6007)],
  }),
  also: ([finding]) => {
    expect(finding).toMatchObject({ exact: { content: true }, inBase: false, fix: { kind: "edit-run" } });
    expect(changed(finding)).toBe("RUN apk add --no-cache bash && touch /x");
  },
});

describe("apk-index", () => {
  const find = async (...layers: CaseImage["layers"]) =>
    (await wasteOf(image(...layers))).findings.filter(({ rule }) => rule.startsWith("apk-"));

  test("RUNs that do nothing but update go, and all others keep none", async () => {
    const findings = await find(
      { by: "RUN apk update", entries: INDEXES },
      { by: "RUN apk add bash", entries: added([BASH], BASE, world("bash")) },
    );
    expect(findings.map(({ rule }) => rule)).toEqual(["apk-index"]);
    expect(changed(findings[0])).not.toContain("update");
    expect(changed(findings[0])).toContain("apk add --no-cache bash");
  });

  test("what lies in a condition is told to keep none", async () => {
    const [finding] = await find({
      by: 'RUN if [ -z "$X" ]; then apk update; fi && apk add bash',
      entries: [...added([BASH], BASE, world("bash")), ...INDEXES],
    });
    expect(changed(finding)).toContain("then apk update --no-cache; fi && apk add --no-cache bash");
  });

  test("where an index is read later, it is removed at the end", async () => {
    const [finding] = await find({
      by: "RUN apk update && apk search bash > /list",
      entries: [file("list", 10), ...INDEXES],
    });
    expect(changed(finding)).toContain("apk search bash > /list && rm -rf /var/cache/apk/*");
  });

  test("an index of the base is the base's", async () => {
    const waste = await wasteOf({ base: 1, layers: [{ ...ROOT_LAYER, entries: [...ROOT_LAYER.entries, ...INDEXES] }] });
    const found = waste.findings.filter(({ rule }) => rule === "apk-index");
    expect(found).toMatchObject([{ inBase: true, fix: { kind: "none", change: null } }]);
  });
});

testRule({
  rule: "apk-update-defeats-no-cache",
  fires: image({
    by: "RUN apk update && apk add --no-cache bash",
    entries: [...added([BASH], BASE, world("bash")), ...INDEXES],
  }),
  fixed: image({ by: "RUN apk add --no-cache bash", entries: added([BASH], BASE, world("bash")) }),
  nearMiss: image({
    by: "RUN apk update && apk add bash",
    entries: [...added([BASH], BASE, world("bash")), ...INDEXES],
  }),
  also: ([finding], { findings }) => {
    expect(findings.map(({ rule }) => rule)).not.toContain("apk-index");
    expect(changed(finding)).toBe("RUN apk add --no-cache bash");
  },
});

const CACHED = [
  dir("etc/apk/cache"),
  file("etc/apk/cache/APKINDEX.e0297a25.tar.gz", 6007),
  file("etc/apk/cache/bash-1.0-r0.01234567.apk", 20_011),
  file("etc/apk/cache/installed", ""),
];

testRule({
  rule: "apk-package-cache",
  fires: image(
    { by: "RUN mkdir -p /srv /etc/apk/cache", entries: [dir("srv"), dir("etc/apk/cache")] },
    { by: "RUN apk add bash", entries: [...added([BASH], BASE, world("bash")), ...CACHED] },
  ),
  fixed: image(
    { by: "RUN mkdir -p /srv", entries: [dir("srv")] },
    { by: "RUN apk add --no-cache bash", entries: added([BASH], BASE, world("bash")) },
  ),
  nearMiss: image(
    { by: "RUN mkdir -p /etc/apk/cache", entries: [dir("etc/apk/cache")] },
    { by: "COPY bash.apk /srv", entries: [file("srv/bash-1.0-r0.apk", 20_011)] },
  ),
  also: ([finding]) => {
    expect(changed(finding)).toContain("mkdir -p /srv\n");
    expect(changed(finding)).toContain("apk add --no-cache bash");
  },
});

const TOOLS = [GXX, LIBSTDCXX, MAKE, BUILD];

testRule({
  rule: "apk-virtual-split",
  fires: image(
    { by: "RUN apk add --no-cache -t .build-deps g++ make", entries: added(TOOLS, BASE, world(".build-deps")) },
    { by: "COPY file:1 in /src/", entries: [SOURCE] },
    { by: "RUN cp /src/hello.cpp /opt/x", entries: [file("opt/x", 14)] },
    { by: "RUN apk del .build-deps", entries: deleted(TOOLS, BASE, BASE_WORLD) },
  ),
  fixed: image(
    { by: "COPY file:1 in /src/", entries: [SOURCE] },
    { by: "RUN joined", entries: [file("opt/x", 14), ...apkState(BASE, BASE_WORLD)] },
  ),
  nearMiss: image(
    { by: "RUN apk add -t .build-deps make && apk del .build-deps", entries: apkState(BASE, BASE_WORLD) },
    { by: "RUN apk del .other || true", entries: [] },
  ),
  also: ([finding]) => {
    expect(finding).toMatchObject({ fix: { kind: "join-runs" }, exact: { content: true } });
    expect(changed(finding)).toMatch(/RUN apk add .* && apk del \.build-deps$/);
  },
});

describe("apk-virtual-split", () => {
  test("a COPY that replaces what an earlier RUN removed cannot move above it", async () => {
    const { findings } = await wasteOf(
      image(
        {
          by: "RUN apk add -t .b make && rm /bin/busybox",
          entries: [...deleted([], BASE, BASE_WORLD), ...whiteouts("bin/busybox")],
        },
        { by: "COPY file:1 in /bin/busybox", entries: [file("bin/busybox", 5)] },
        { by: "RUN apk del .b", entries: apkState(BASE, BASE_WORLD) },
      ),
    );
    const split = findings.find(({ rule }) => rule === "apk-virtual-split");
    expect(split?.fix).toMatchObject({ kind: "none", change: null });
    expect(split?.fix.text).toContain("cannot be joined");
  });
});

function whiteouts(...paths: string[]): TarEntry[] {
  return deleted([{ name: "x", files: paths.map((path) => file(path)) }], [], []).slice(0, paths.length);
}

const RUNTIME = [...BASE, MUSL];
const ROOT = { by: "ADD rootfs.tar.gz in /", entries: [...filesOf(RUNTIME), ...apkState(RUNTIME, world("musl"))] };
const muslWorld = (...words: string[]): string[] => world("musl", ...words);

testRule({
  rule: "apk-virtual-left",
  fires: {
    base: 1,
    layers: [
      ROOT,
      {
        by: "RUN apk add --no-cache -t .build-deps g++ make",
        entries: added(TOOLS, RUNTIME, muslWorld(".build-deps")),
      },
      { by: "COPY file:1 in /src/", entries: [SOURCE] },
      { by: "RUN g++ -o /usr/local/bin/hello /src/hello.cpp", entries: [HELLO] },
      { by: "RUN adduser -D app", entries: [file("etc/passwd", 300)] },
    ],
  },
  fixed: {
    base: 1,
    layers: [
      ROOT,
      { entries: [SOURCE] },
      { entries: [HELLO, ...added([LIBSTDCXX, RUN], RUNTIME, muslWorld(".run-deps"))] },
      { entries: [file("etc/passwd", 300)] },
    ],
  },
  nearMiss: {
    base: 1,
    layers: [
      ROOT,
      {
        by: "RUN apk add -t .run-deps so:libstdc++.so.6",
        entries: added([LIBSTDCXX, RUN], RUNTIME, muslWorld(".run-deps")),
      },
    ],
  },
  also: ([finding]) => {
    expect(finding?.title).toBe(
      ".build-deps stays in the image with 2 packages that came with it, though only the build needs it",
    );
    expect(changed(finding)).toMatch(
      /g\+\+ -o \/usr\/local\/bin\/hello \/src\/hello\.cpp && apk add --no-cache --virtual \.run-deps so:libstdc\+\+\.so\.6 && apk del --no-network \.build-deps$/,
    );
    expect(finding?.fix.assumes.join(" ")).toContain("Nothing that runs in the container");
  },
});

describe("packages for building", () => {
  const find = async (layers: CaseImage["layers"], config?: CaseImage["config"]) => {
    const { findings } = await wasteOf({
      base: 1,
      layers: [ROOT, ...layers],
      ...(config === undefined ? {} : { config }),
    });
    return findings.filter(({ rule }) => /^apk-(?:virtual-left|toolchain|dev)/.test(rule));
  };
  const all = [GXX, LIBSTDCXX, MAKE, BASH];

  test("other packages of the command are added by one of their own", async () => {
    const [finding, ...others] = await find([
      {
        by: "RUN apk add --no-cache bash g++ 'make>1'",
        entries: added(all, RUNTIME, muslWorld("bash", "g++", "make>1")),
      },
      { by: "RUN make -C /src", entries: [file("opt/x", 9)] },
    ]);
    expect(others).toEqual([]);
    expect(finding?.rule).toBe("apk-toolchain-in-world");
    expect(changed(finding)).toContain(
      "apk add --no-cache --virtual .build-deps g++ 'make>1' && apk add --no-cache bash",
    );
    expect(changed(finding)).toContain("apk del --no-network .build-deps");
  });

  test("what the image's command starts is no tool for building", async () => {
    const makeMode = { name: "make", files: [file("usr/bin/make", 12_007, { mode: 0o755 })] };
    const findings = await find(
      [{ by: "RUN apk add --no-cache make", entries: added([makeMode], RUNTIME, muslWorld("make")) }],
      { config: { Cmd: ["make", "-C", "/srv"] } },
    );
    expect(findings).toEqual([]);
  });

  test("a package that was asked for twice is left to a person", async () => {
    const [finding] = await find([
      { by: "RUN apk add --no-cache make", entries: added([MAKE], RUNTIME, muslWorld("make")) },
      { by: "RUN apk add --no-cache make bash", entries: added([MAKE, BASH], RUNTIME, muslWorld("make", "bash")) },
    ]);
    expect(finding?.fix).toMatchObject({ kind: "none", change: null });
    expect(finding?.bytes.content).toBeGreaterThan(24_000);
  });

  test("a removal that apk would refuse is said to be", async () => {
    const either = (name: string): ApkPackage => ({ name, provides: ["virt"], files: [file(`usr/bin/${name}`, 10)] });
    const user: ApkPackage = { name: "user", depends: ["virt"], files: [file("usr/bin/user", 10)] };
    const deps: ApkPackage = { name: ".build-deps", virtual: true, depends: ["pa"] };
    const [finding] = await find([
      {
        by: "RUN apk add --no-cache -t .build-deps pa && apk add user",
        entries: added([either("pa"), user, deps], RUNTIME, muslWorld(".build-deps", "user")),
      },
    ]);
    expect(finding).toMatchObject({ bytes: { content: 0 }, fix: { kind: "none", change: null } });
    expect(finding?.fix.text).toContain("apk would refuse");
  });

  test("no image writes commands into a Dockerfile", async () => {
    const name = "x.so;reboot";
    const evil: ApkPackage = {
      name: "evil",
      provides: [`so:${name}=1`],
      files: [file(`usr/lib/${name}`, elf({ soname: name }))],
    };
    const deps: ApkPackage = { name: ".build-deps", virtual: true, depends: ["evil", "make"] };
    const program = elf({ interpreter: "/lib/ld-musl-x86_64.so.1", needed: [name] });
    const [finding] = await find([
      {
        by: "RUN apk add -t .build-deps evil make && make",
        entries: [file("srv/app", program), ...added([evil, MAKE, deps], RUNTIME, muslWorld(".build-deps"))],
      },
    ]);
    expect(finding?.rule).toBe("apk-virtual-left");
    expect(finding?.fix).toMatchObject({ kind: "none", change: null, patch: null });
  });

  test("those of the base are the base's, and stay out of the plan", async () => {
    const packages = [...RUNTIME, MAKE];
    const root = { ...ROOT, entries: [...filesOf(packages), ...apkState(packages, muslWorld("make"))] };
    const waste = await wasteOf({ base: 1, layers: [root, { by: "RUN touch /x", entries: [file("x", 1)] }] });
    const found = waste.findings.filter(({ rule }) => rule.startsWith("apk-"));
    expect(found).toMatchObject([
      { rule: "apk-toolchain-in-world", inBase: true, fix: { kind: "none", change: null } },
    ]);
    expect(found[0]?.fix.text).toContain("only another base");
    expect(waste.plan.findings).toEqual([]);
  });

  test("a virtual package that brings nothing of its own is no waste", async () => {
    const deps: ApkPackage = { name: ".build-deps", virtual: true, depends: ["bash"] };
    const findings = await find([
      { by: "RUN apk add bash", entries: added([BASH], RUNTIME, muslWorld("bash")) },
      {
        by: "RUN apk add -t .build-deps bash",
        entries: added([deps], [...RUNTIME, BASH], muslWorld("bash", ".build-deps")),
      },
    ]);
    expect(findings).toEqual([]);
  });

  test("another virtual package of the name is not replaced", async () => {
    const keeper: ApkPackage = { name: ".run-deps", virtual: true, depends: ["bash"] };
    const [finding] = await find([
      { by: "RUN apk add -t .run-deps bash", entries: added([BASH, keeper], RUNTIME, muslWorld(".run-deps")) },
      {
        by: "RUN apk add -t .build-deps g++ make && g++ -o /usr/local/bin/hello x",
        entries: [
          HELLO,
          ...added([GXX, LIBSTDCXX, MAKE, BUILD], [...RUNTIME, BASH, keeper], muslWorld(".run-deps", ".build-deps")),
        ],
      },
    ]);
    expect(changed(finding)).toContain("--virtual .run-deps2 so:libstdc++.so.6");
  });
});

testRule({
  rule: "apk-toolchain-in-world",
  fires: {
    base: 1,
    layers: [
      ROOT,
      {
        by: "RUN apk add --no-cache g++ make",
        entries: added([GXX, LIBSTDCXX, MAKE], RUNTIME, muslWorld("g++", "make")),
      },
      { by: "RUN g++ -o /usr/local/bin/hello /src/hello.cpp", entries: [HELLO] },
    ],
  },
  fixed: {
    base: 1,
    layers: [ROOT, { entries: [HELLO, ...added([LIBSTDCXX, RUN], RUNTIME, muslWorld(".run-deps"))] }],
  },
  nearMiss: {
    base: 1,
    layers: [
      ROOT,
      { by: "RUN apk add --no-cache git bash", entries: added([GIT, BASH], RUNTIME, muslWorld("git", "bash")) },
    ],
  },
  also: ([finding]) => {
    expect(finding?.title).toBe("g++, make stay in the image, though only the build needs them");
    expect(changed(finding)).toContain("apk add --no-cache --virtual .build-deps g++ make");
  },
});

const LIBFOO_DEV: ApkPackage = { name: "libfoo-dev", depends: ["pkgconf"], files: [file("usr/include/foo.h", 3001)] };
const PKGCONF: ApkPackage = { name: "pkgconf", files: [file("usr/bin/pkgconf", 9001)] };

testRule({
  rule: "apk-dev-packages",
  fires: image({
    by: "RUN apk add --no-cache libfoo-dev && touch /x",
    entries: added([LIBFOO_DEV, PKGCONF], BASE, world("libfoo-dev")),
  }),
  fixed: image({ entries: apkState(BASE, BASE_WORLD) }),
  // It came with something else, which is what is to be removed.
  nearMiss: image({
    by: "RUN apk add --no-cache user",
    entries: added(
      [{ name: "user", depends: ["libfoo-dev"], files: [file("usr/bin/user", 1)] }, LIBFOO_DEV, PKGCONF],
      BASE,
      world("user"),
    ),
  }),
});

testRule({
  rule: "apk-del-frees-nothing",
  fires: image(
    { by: "RUN apk add --no-cache user", entries: added([USER(), PKGCONF], BASE, world("user")) },
    { by: "RUN apk del pkgconf", entries: apkState([...BASE, USER(), PKGCONF], world("user")) },
  ),
  fixed: image({ by: "RUN apk add --no-cache user", entries: added([USER(), PKGCONF], BASE, world("user")) }),
  nearMiss: image(
    { by: "RUN apk add --no-cache user", entries: added([USER(), PKGCONF], BASE, world("user")) },
    { by: "RUN apk del user", entries: deleted([USER(), PKGCONF], BASE, BASE_WORLD) },
  ),
  also: ([finding]) => {
    expect(finding?.title).toBe("apk del pkgconf frees nothing: world → user → pkgconf");
    expect(finding?.fix.text).toContain("What holds it is user");
    expect(finding?.exact).toEqual({ content: true, tar: true, blob: true });
  },
});

function USER(): ApkPackage {
  return { name: "user", depends: ["pkgconf"], files: [file("usr/bin/user", 4001)] };
}

testRule({
  rule: "apk-database-rewrite",
  fires: image(
    { by: "RUN apk add --no-cache bash", entries: added([BASH], BASE, world("bash")) },
    { by: "RUN apk add --no-cache git", entries: added([GIT], [...BASE, BASH], world("bash", "git")) },
  ),
  fixed: image({ entries: added([BASH, GIT], BASE, world("bash", "git")) }),
  nearMiss: image(
    { by: "RUN apk add --no-cache bash", entries: added([BASH], BASE, world("bash")) },
    { by: "COPY file:1 in /src/", entries: [SOURCE] },
    { by: "RUN apk add --no-cache git", entries: added([GIT], [...BASE, BASH], world("bash", "git")) },
  ),
  also: ([finding]) => expect(finding).toMatchObject({ exact: { content: true }, fix: { kind: "join-runs" } }),
});

describe("apk-database-rewrite", () => {
  test("is no more than an estimate where a file goes and comes again", async () => {
    const { findings } = await wasteOf(
      image(
        { by: "RUN apk add --no-cache bash", entries: added([BASH], BASE, world("bash")) },
        { by: "COPY file:1 in /src/", entries: [SOURCE] },
        { by: "RUN apk del bash", entries: deleted([BASH], BASE, BASE_WORLD) },
        { by: "RUN apk add --no-cache bash", entries: added([BASH], BASE, world("bash")) },
      ),
    );
    const rewritten = findings.filter(({ rule }) => rule === "apk-database-rewrite");
    expect(rewritten).toMatchObject([{ exact: { content: false } }]);
  });
});

const NEWER: ApkPackage = { name: "busybox", version: "1.36.1-r30", files: [file("bin/busybox", 80_007)] };

testRule({
  rule: "apk-upgrade-shadows-base",
  fires: image({
    by: "RUN apk upgrade --no-cache",
    entries: added([NEWER], BASE.slice(0, 1), BASE_WORLD),
  }),
  nearMiss: image({ by: "RUN apk add --no-cache bash", entries: added([BASH], BASE, world("bash")) }),
  also: ([finding]) => {
    expect(finding?.bytes.content).toBe(80_003);
    expect(finding).toMatchObject({ exact: { content: false }, fix: { kind: "change-base", change: null } });
  },
});

/** Rules about packages that nobody needs: a package by its name, and one that is called alike. */
const UNNEEDED = [
  ["apk-debug-packages", "bash-dbg", "dbg-tool"],
  ["apk-documentation", "bash-doc", "doctor"],
  ["apk-service-scripts", "nginx-openrc", "openrc-tool"],
  ["apk-shell-completions", "git-bash-completion", "completion"],
  ["apk-translations", "git-lang", "lang-tool"],
] as const;

for (const [rule, name, other] of UNNEEDED) {
  const pkg: ApkPackage = { name, files: [file(`usr/share/${name}`, 7001)] };
  const alike: ApkPackage = { name: other, files: [file(`usr/share/${other}`, 7001)] };
  testRule({
    rule,
    fires: image({
      by: `RUN apk add --no-cache bash ${name}`,
      entries: added([BASH, pkg], BASE, world("bash", name)),
    }),
    fixed: image({ by: "RUN apk add --no-cache bash", entries: added([BASH], BASE, world("bash")) }),
    nearMiss: image({
      by: `RUN apk add --no-cache bash ${other}`,
      entries: added([BASH, alike], BASE, world("bash", other)),
    }),
    also: ([finding]) => {
      expect(changed(finding)).toBe("RUN apk add --no-cache bash");
      expect(finding?.exact.content).toBe(true);
    },
  });
}

describe("packages that nobody needs", () => {
  const docs: ApkPackage = { name: "docs" };
  const manual: ApkPackage = {
    name: "git-doc",
    installIf: ["docs", "git"],
    files: [file("usr/share/man/git.1", 8003)],
  };

  test("what they brought goes with them, and a RUN that does nothing else", async () => {
    const { findings } = await wasteOf(
      image(
        { by: "RUN apk add --no-cache git", entries: added([GIT], BASE, world("git")) },
        { by: "RUN apk add --no-cache docs", entries: added([docs, manual], [...BASE, GIT], world("git", "docs")) },
      ),
    );
    const finding = findings.find(({ rule }) => rule === "apk-documentation");
    const state = apkState([...BASE, GIT, docs, manual], world("git", "docs"));
    const stored = [...filesOf([manual]), ...state].reduce((sum, { content = "" }) => sum + content.length, 0);
    expect(finding?.bytes.content).toBe(stored);
    expect(changed(finding)).not.toContain("docs");
  });

  test("a command that adds nothing else goes as a whole, in one finding", async () => {
    const lang: ApkPackage = { name: "git-lang", files: [file("usr/share/git-lang", 7001)] };
    const dbg: ApkPackage = { name: "git-dbg", files: [file("usr/share/git-dbg", 5003)] };
    const { findings } = await wasteOf(
      image(
        { by: "RUN apk add --no-cache git", entries: added([GIT], BASE, world("git")) },
        {
          by: "RUN apk add --no-cache git-lang git-dbg && touch /x",
          entries: [file("x"), ...added([lang, dbg], [...BASE, GIT], world("git", "git-lang", "git-dbg"))],
        },
      ),
    );
    const found = findings.filter(({ rule }) => UNNEEDED.some(([id]) => id === rule));
    expect(found.map(({ rule }) => rule)).toEqual(["apk-debug-packages"]);
    expect(found[0]?.title).toBe("Packages that nothing in a container uses were asked for: git-dbg, git-lang");
    expect(changed(found[0])).toContain("RUN touch /x");
  });

  test("what the base asked for is the base's affair", async () => {
    const root = {
      ...ROOT_LAYER,
      entries: [...filesOf([...BASE, GIT, manual]), ...apkState([...BASE, GIT, docs, manual], world("git", "docs"))],
    };
    const { findings } = await wasteOf({ base: 1, layers: [root, { by: "RUN touch /x", entries: [file("x", 1)] }] });
    expect(findings.filter(({ rule }) => rule === "apk-documentation")).toEqual([]);
  });
});

testRule({
  rule: "apk-log",
  fires: image({
    by: "RUN apk add bash",
    entries: [file("var/log/apk.log", 901), ...added([BASH], BASE, world("bash"))],
  }),
  fixed: image({ by: "RUN apk add bash", entries: added([BASH], BASE, world("bash")) }),
  nearMiss: image({ by: "RUN x", entries: [file("srv/var/log/apk.log", 901)] }),
  also: ([finding]) => expect(changed(finding)).toBe("RUN apk add bash && rm -f /var/log/apk.log"),
});

testRule({
  rule: "apk-glibc-compat",
  fires: image({ by: "RUN apk add glibc.apk", entries: [file("usr/glibc-compat/lib/libc.so.6", 90_001)] }),
  fixed: image({ by: "RUN apk add glibc.apk", entries: [] }),
  nearMiss: image({ by: "COPY x /", entries: [file("usr/lib/glibc-compat.so", 90_001)] }),
  also: ([finding]) => expect(finding).toMatchObject({ exact: { content: false }, confidence: "low" }),
});

testRule({
  rule: "apk-broken-package",
  fires: image({ by: "RUN apk add bad || true", entries: added([{ name: "bad", broken: true }], BASE, world("bad")) }),
  nearMiss: image({ by: "RUN apk add bad", entries: added([{ name: "bad" }], BASE, world("bad")) }),
  also: ([finding]) => expect(finding).toMatchObject({ severity: "error", title: "bad 1.0-r0 is not installed whole" }),
});
