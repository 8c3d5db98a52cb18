import { describe, expect, test } from "vitest";
import { elfBytes } from "../support/elf-bytes.ts";
import { aptInstalled, dnfInstalled, type OsPackage } from "../support/os-packages.ts";
import { ledgerOf, wasteOf } from "../support/rule-case.ts";
import { file } from "../support/tar-bytes.ts";

const BASE: OsPackage = { name: "libc6", files: [file("lib64/ld-linux-x86-64.so.2", 500)], required: true };

/** Compilers that all need each other, bring libraries that need each other, and recommend what nothing has. */
function compilers(count: number): OsPackage[] {
  const libraries = Array.from({ length: count }, (_, i): OsPackage => {
    const needed = [`libx${(i * 7 + 1) % count}.so`];
    const bytes = elfBytes({ bits: 64, little: true, machine: 62, soname: `libx${i}.so`, needed });
    return { name: `libx${i}`, files: [file(`usr/lib/libx${i}.so`, bytes)], auto: true, depends: [`gcc-${i}`] };
  });
  const gcc = libraries.map((_, i): OsPackage => {
    const depends = [`libx${(i + 1) % count}`, `gcc-${(i + 3) % count}`];
    return { name: `gcc-${i}`, files: [file(`usr/bin/gcc-${i}`, 10)], depends, recommends: [`libx${i}`, "none"] };
  });
  return [...gcc, ...libraries];
}

const program = elfBytes({
  bits: 64,
  little: true,
  machine: 62,
  interpreter: "/lib64/ld-linux-x86-64.so.2",
  needed: ["libx3.so", "libx5.so"],
});

describe("rules about apt and dnf", () => {
  test.each([60, 1000])("%i compilers that all need each other end soon", async (count) => {
    const fresh = compilers(count);
    const install = `RUN apt-get install -y ${fresh.map(({ name }) => name).join(" ")}`;
    const before = performance.now();
    await wasteOf({
      base: 1,
      layers: [
        { by: "ADD file:1 in /", entries: aptInstalled([BASE], []) },
        { by: install, entries: [file("srv/app", program, { mode: 0o755 }), ...aptInstalled(fresh, [BASE])] },
      ],
    });
    expect((performance.now() - before) / 1000).toBeLessThan(30);
  });

  test.each([
    "apt-get",
    "apt-get install",
    "apt-get install -y -o",
    "apt-get -t bookworm install $PACKAGES make",
    "apt-get install gcc/bookworm gcc:amd64 gcc=1 gcc+ '' =",
    "sudo apt-get install make || true",
    "for p in make; do apt-get install $p; done",
    "apt-get remove && apt-get purge $(cat list)",
    "dnf install --setopt",
    "dnf install @development-tools make.x86_64 make.",
    "yum -y",
  ])("takes `%s` as it is", async (command) => {
    const make: OsPackage = { name: "make", files: [file("usr/bin/make", 9000)] };
    const state = command.startsWith("apt") || command.includes("apt-get") ? aptInstalled : dnfInstalled;
    const image = {
      base: 1,
      layers: [
        { by: "ADD file:1 in /", entries: state([BASE], []) },
        { by: `RUN ${command}`, entries: state([make], [BASE]) },
      ],
    };
    const { findings, plan } = await wasteOf(image);
    const { contentBytes } = await ledgerOf(image);
    expect(plan.before.contentBytes).toBe(contentBytes);
    for (const { bytes } of findings) expect(bytes.content).toBeGreaterThanOrEqual(0);
  });
});
