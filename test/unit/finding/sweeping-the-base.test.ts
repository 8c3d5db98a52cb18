import { describe, expect, test } from "vitest";
import { wasteOf } from "../../support/rule-case.ts";
import { file } from "../../support/tar-bytes.ts";

const pages = (name: string, count: number, bytes: number) =>
  Array.from({ length: count }, (_, i) => file(`usr/share/man/man1/${name}-${i}.1.gz`, bytes));

async function fixFor(inBase: number, own: number) {
  const { findings } = await wasteOf({
    base: 1,
    layers: [
      { by: "ADD rootfs.tar /", entries: pages("base", inBase, 100) },
      { by: "RUN apt-get install -y less", entries: pages("less", own, 5000) },
    ],
  });
  return findings.find(({ rule, inBase: below }) => rule === "documentation" && !below)?.fix;
}

describe("a command that goes through a directory of the base too", () => {
  test("is offered where the base has little there", async () => {
    expect((await fixFor(2, 20))?.change?.after).toContain("find /usr/share/man");
  });

  test("is not where hiding the base's files costs more than is saved", async () => {
    const fix = await fixFor(300, 20);
    expect(fix?.change).toBeNull();
    expect(fix?.text).toContain("hide 300 files of the base image");
  });

  test("is not asked about where files go by their names", async () => {
    expect((await fixFor(300, 2))?.change?.after).toContain("rm -f /usr/share/man/man1/less-0.1.gz");
  });
});
