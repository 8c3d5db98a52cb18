import { describe, expect, test } from "vitest";
import { type ApkPackage, added, BASE, BASE_WORLD, ROOT_LAYER } from "../support/apk-image.ts";
import { elfBytes } from "../support/elf-bytes.ts";
import { wasteOf } from "../support/rule-case.ts";
import { file } from "../support/tar-bytes.ts";

const COUNT = 1000;

/** Compilers, each of which brings a library that another program needs. */
function compilers(): ApkPackage[] {
  return Array.from({ length: COUNT }, (_, i) => ({
    name: `gcc-${i}`,
    depends: [`so:lib${(i + 1) % COUNT}.so`],
    provides: i % 2 === 0 ? [`so:lib${i}.so=1`] : [`so:lib${i}.so`],
    files: [
      file(
        `usr/lib/lib${i}.so`,
        elfBytes({ bits: 64, little: true, machine: 62, soname: `lib${i}.so`, needed: [`lib${i + 7}.so`] }),
      ),
    ],
  }));
}

describe("rules about apk", () => {
  test("a thousand compilers that all need each other end soon", async () => {
    const packages = compilers();
    const names = packages.map(({ name }) => name);
    const program = elfBytes({
      bits: 64,
      little: true,
      machine: 62,
      interpreter: "/lib/ld-musl-x86_64.so.1",
      needed: packages.map((_, i) => `lib${i}.so`),
    });
    const run = `RUN ${names.map((name) => `apk add ${name}`).join(" && ")} && apk del ${names.join(" ")}`;
    const before = Date.now();
    const { findings } = await wasteOf({
      base: 1,
      layers: [
        ROOT_LAYER,
        { by: run, entries: [file("srv/app", program), ...added(packages, BASE, [...BASE_WORLD, ...names])] },
      ],
    });
    expect(Date.now() - before).toBeLessThan(30_000);
    expect(findings.map(({ rule }) => rule)).toContain("apk-toolchain-in-world");
  });

  test.each<[string, string?]>([
    ["RUN apk"],
    ["RUN apk add"],
    ["RUN apk add -t"],
    ["RUN apk add --virtual= -- -x"],
    ["RUN apk add $(cat list) --virtual $V !x @y <>="],
    ["RUN apk del '' .build-deps .build-deps"],
    ["RUN apk add -t .b gcc && apk del .b && apk del .b; apk update | cat & apk add"],
    ["very many commands", `RUN ${"apk add -t .b x; ".repeat(2000)}`],
    ["RUN ln -s /etc/apk/cache && mkdir /etc/apk/cache $X && setup-apkcache"],
  ])("%s", async (name, by = name) => {
    const odd: ApkPackage[] = [
      { name: "", depends: [""] },
      { name: ".b", virtual: true, depends: ["gcc", ".b", "!gcc"] },
      { name: "gcc", depends: [".b"], broken: true },
    ];
    const entries = [
      ...added(odd, BASE, [...BASE_WORLD, ".b", "gcc"]),
      file("var/cache/apk/APKINDEX.1.tar.gz", 10),
      file("etc/apk/cache/x.apk", 10),
    ];
    const { findings } = await wasteOf({ base: 1, layers: [ROOT_LAYER, { by, entries }] });
    for (const { bytes } of findings) expect(bytes.content).toBeGreaterThanOrEqual(0);
  });
});
