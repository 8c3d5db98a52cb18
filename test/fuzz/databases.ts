import { rpmHeader, rpmNdb } from "../support/rpm-bytes.ts";
import { file, type TarEntry } from "../support/tar-bytes.ts";
import { mutated, mutatedText, word } from "./mutate.ts";
import type { Random } from "./random.ts";

function apk(random: Random): string {
  return random
    .some(8, () =>
      [
        `C:Q1${"A".repeat(27)}=`,
        `P:${word(random)}`,
        `V:1.${random.upTo(20)}-r${random.upTo(3)}`,
        `D:${random.some(6, () => random.pick(["so:libc.musl-x86_64.so.1", word(random), `!${word(random)}`, `${word(random)}>=1.2`])).join(" ")}`,
        `p:${random.some(6, () => `${word(random)}=${random.upTo(9)}`).join(" ")}`,
        `i:${random.some(2, () => word(random)).join(" ")}`,
        `F:${word(random)}`,
        ...random.some(6, () => `R:${word(random)}`),
        "",
      ].join("\n"),
    )
    .join("\n");
}

function dpkg(random: Random): string {
  return random
    .some(8, () =>
      [
        `Package: ${word(random)}`,
        `Status: ${random.pick(["install ok installed", "deinstall ok config-files", "hold ok half-configured"])}`,
        `Version: ${random.upTo(9)}:${random.upTo(99)}.1-2`,
        `Architecture: ${random.pick(["amd64", "all", "i386"])}`,
        `Depends: ${random.some(5, () => `${word(random)} (>= ${random.upTo(9)}) | ${word(random)}:any`).join(", ")}`,
        `Provides: ${random.some(3, () => word(random)).join(", ")}`,
        `Conffiles:\n /etc/${word(random)} ${"0".repeat(32)}`,
        "",
      ].join("\n"),
    )
    .join("\n");
}

function rpm(random: Random): Buffer {
  const headers = random.some(5, () => {
    const names = random.some(8, () => word(random).replaceAll("\0", ""));
    return rpmHeader({
      1000: [word(random).replaceAll("\0", "")],
      1001: ["1"],
      1002: ["2"],
      1047: names,
      1049: [...names, `(${word(random)} and ${word(random)})`.replaceAll("\0", "")],
      1048: names.map(() => random.upTo(15)),
      1116: names.map(() => random.upTo(2)),
      1117: names,
      1118: ["/usr/bin/", "/etc/"],
    });
  });
  return rpmNdb(headers);
}

const json = (value: unknown): string => JSON.stringify(value);

const FILES: readonly (readonly [path: string, make: (random: Random) => string | Buffer])[] = [
  ["lib/apk/db/installed", apk],
  ["etc/apk/world", (random) => random.some(6, () => word(random)).join("\n")],
  ["var/lib/dpkg/status", dpkg],
  ["var/lib/dpkg/info/a.list", (random) => random.some(9, () => `/${word(random)}/${word(random)}`).join("\n")],
  ["var/lib/dpkg/diversions", (random) => random.some(6, () => `/${word(random)}`).join("\n")],
  ["usr/lib/sysimage/rpm/Packages.db", rpm],
  [
    "app/node_modules/a/package.json",
    (random) => json({ name: word(random), version: "1.0.0", dependencies: { [word(random)]: "^1" } }),
  ],
  [
    "usr/lib/python3/site-packages/a-1.dist-info/METADATA",
    (random) => `Name: ${word(random)}\nVersion: 1\nRequires-Dist: ${word(random)}>=2; extra == 'x'\n`,
  ],
  [
    "usr/lib/python3/site-packages/a-1.dist-info/RECORD",
    (random) => random.some(8, () => `${word(random)},sha256=x,${random.upTo(99)}`).join("\n"),
  ],
  [
    "var/lib/pacman/local/a-1-1/desc",
    (random) => `%NAME%\n${word(random)}\n\n%VERSION%\n1-1\n\n%DEPENDS%\n${word(random)}\n`,
  ],
  [
    "usr/lib/ruby/gems/3.0/specifications/a-1.gemspec",
    (random) => `s.name = "${word(random)}"\ns.version = "1"\ns.add_dependency("${word(random)}")\n`,
  ],
  [
    "app/vendor/composer/installed.json",
    (random) => json({ packages: [{ name: `a/${word(random)}`, version: "1", "install-path": "../a" }] }),
  ],
  ["app/a.deps.json", (random) => json({ libraries: { [`${word(random)}/1`]: { type: "package" } }, targets: {} })],
  [
    "opt/conda/conda-meta/a.json",
    (random) =>
      json({ name: word(random), version: "1", files: random.some(5, () => word(random)), depends: [word(random)] }),
  ],
  ["etc/os-release", (random) => `ID=${word(random)}\nVERSION_ID="${word(random)}"\n`],
  ["etc/ld.so.conf", (random) => `include ${word(random)}*.conf\n/${word(random)}\n`],
  ["usr/bin/script", (random) => `#!/usr/bin/env ${word(random)} -S ${word(random)}\n`],
];

/** A package database or manifest where one is looked for, sometimes damaged. */
export function databaseFile(random: Random): TarEntry {
  const [path, make] = random.pick(FILES);
  const content = make(random);
  const damaged = random.chance(0.4);
  const bytes =
    typeof content === "string"
      ? damaged
        ? mutatedText(random, content)
        : content
      : damaged
        ? mutated(random, content)
        : content;
  return file(path, bytes, { mode: random.pick([0o644, 0o755]) });
}
