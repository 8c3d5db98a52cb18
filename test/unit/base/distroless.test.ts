import { describe, expect, test } from "vitest";
import { NONROOT_CONFIG, packageLayer, systemLayers } from "../../support/distroless.ts";
import { elfBytes } from "../../support/elf-bytes.ts";
import type { LayerSpec } from "../../support/image-builder.ts";
import { ledgerOf, wasteOf } from "../../support/rule-case.ts";
import { file, symlink } from "../../support/tar-bytes.ts";

/* Images laid out as gcr.io/distroless/static and base are, by hand; test/e2e has them of Debian's own packages. */

const X86 = { bits: 64, little: true, machine: 62 } as const;

const STATIC: readonly LayerSpec[] = [
  packageLayer("base-files", [
    file("usr/lib/os-release", 'ID=debian\nVERSION_ID="12"\n'),
    file("usr/share/common-licenses/GPL-3", 35_000),
    file("usr/share/doc/base-files/README", 4000),
  ]),
  packageLayer("netbase", [file("etc/services", 12_000), file("usr/share/doc/netbase/changelog.gz", 2314)]),
  packageLayer("tzdata", [
    file("usr/share/zoneinfo/Europe/Berlin", 9000),
    file("usr/share/zoneinfo/right/Europe/Berlin", 9100),
    symlink("usr/share/zoneinfo/Africa/Asmera", "../Africa/Nairobi"),
    file("usr/share/doc/tzdata/changelog.Debian.gz", 5000),
  ]),
  packageLayer("media-types", [file("etc/mime.types", 73_000), file("usr/share/doc/media-types/changelog.gz", 6000)]),
  ...systemLayers("certificate ".repeat(20_000)),
];

/** With a loader where it stands on a system whose /lib is no link, and where it is one. */
const LIBC = [
  [file("lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", 20_000), "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"],
  [file("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", 20_000), "../usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"],
] as const;

function base([loader, target]: (typeof LIBC)[number]): readonly LayerSpec[] {
  const folder = String(loader.name).replace(/\/[^/]*$/, "");
  return [
    ...STATIC,
    packageLayer("libc6", [
      loader,
      symlink("lib64/ld-linux-x86-64.so.2", target),
      file(`${folder}/libc.so.6`, elfBytes({ ...X86, soname: "libc.so.6" })),
      file("usr/share/doc/libc6/changelog.Debian.gz", 90_000),
    ]),
    packageLayer("libssl3", [
      file("usr/lib/x86_64-linux-gnu/libssl.so.3", elfBytes({ ...X86, soname: "libssl.so.3" })),
    ]),
  ];
}

const DYNAMIC = elfBytes({
  ...X86,
  interpreter: "/lib64/ld-linux-x86-64.so.2",
  needed: ["libc.so.6", "libssl.so.3"],
});

const IMAGES = [
  ["static", STATIC, elfBytes(X86)],
  ["base, /lib on its own", base(LIBC[0]), DYNAMIC],
  ["base, all in /usr", base(LIBC[1]), DYNAMIC],
] as const;

describe.each(IMAGES)("an image like distroless/%s", (_, layers, program) => {
  const config = { config: { ...NONROOT_CONFIG, Entrypoint: ["/app"] } };
  const app = { by: "COPY file:1 in /app ", entries: [file("app", program, { mode: 0o755 })] };
  const bare = { layers: layers.map(({ entries = [] }) => ({ entries })), config: { config: NONROOT_CONFIG } };
  const whole = { layers: [...bare.layers, app], config };

  test("is the base of what a program is copied onto", async () => {
    for (const image of [bare, whole]) {
      const { attribution } = await ledgerOf(image);
      expect(attribution.base).toMatchObject({ layers: layers.length, name: "distroless on debian:12" });
    }
  });

  test("has nothing to be found, with a program and without", async () => {
    expect((await wasteOf(bare)).findings).toEqual([]);
    expect((await wasteOf(whole)).findings).toEqual([]);
  });

  test("ends below what has no instruction either, and is no package's", async () => {
    const { attribution } = await ledgerOf({ layers: [...bare.layers, { entries: app.entries }], config });
    expect(attribution.base.layers).toBe(layers.length);
  });

  test("owns by status.d what checksums list", async () => {
    const { attribution } = await ledgerOf(whole);
    expect(attribution.ownerKeys).toEqual(expect.arrayContaining(["deb/base-files", "deb/tzdata", "deb/netbase"]));
    expect(attribution.packages.troubles).toEqual([]);
  });
});
