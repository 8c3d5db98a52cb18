import { expect, test } from "vitest";
import { type CaseImage, wasteOf } from "../../support/rule-case.ts";
import { dir, file, whiteout } from "../../support/tar-bytes.ts";

const BYTES = "z".repeat(4000);

/** An archive that is copied in, used and removed: what else the RUN stores and removes decides whether a stage can do it. */
async function fixOf(base: CaseImage["layers"][number]["entries"], ...more: ReturnType<typeof file>[]) {
  const { findings } = await wasteOf({
    base: 1,
    layers: [
      { entries: base ?? [] },
      { by: "COPY file:1 in /in/a.bin ", entries: [dir("in/"), file("in/a.bin", BYTES)] },
      {
        by: "RUN mkdir -p /opt/a && cp /in/a.bin /opt/a/b && rm /in/a.bin",
        entries: [dir("opt/"), dir("opt/a/"), file("opt/a/b", `${BYTES}!`), whiteout("in/a.bin"), ...more],
      },
    ],
  });
  return findings.find(({ rule }) => rule === "copied-then-removed")?.fix;
}

test("only the result is copied where the steps leave nothing else", async () => {
  expect(await fixOf([file("bin/sh", "sh")])).toMatchObject({ kind: "stage" });
});

test("a copy would not remove what the base has, a directory that none of its entries names included", async () => {
  expect(await fixOf([file("srv/old/data", "old")], whiteout("srv/old"))).toMatchObject({ kind: "none" });
});

test("a copy need not remove what the steps themselves have stored, nor what nobody has", async () => {
  expect(await fixOf([file("bin/sh", "sh")], whiteout("srv/none"))).toMatchObject({ kind: "stage" });
});
