import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadImage } from "../../packages/core/src/analyze.ts";
import { readBuild } from "../../packages/core/src/build/read-build.ts";
import { findWaste, type Waste } from "../../packages/core/src/finding/find-waste.ts";
import { RULES } from "../../packages/core/src/finding/rules.ts";
import { weigh } from "../../packages/core/src/ledger/ledger.ts";
import { resolveSource } from "../../packages/core/src/source/resolve-source.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "shared", "corpus");
const present = existsSync(join(ROOT, "truth.json"));
const APK_RULES = RULES.filter(({ id }) => id.startsWith("apk-"));

interface Pair {
  readonly dockerfile: string;
  readonly content_bytes: number;
  readonly saved_content_bytes?: number;
}

/** What real rebuilds saved. */
const MEASURED: Readonly<Record<string, Pair>> = present
  ? JSON.parse(readFileSync(join(ROOT, "dockerfiles", "measured.json"), "utf8"))
  : {};

async function wasteOf(name: string, dockerfile?: string): Promise<Waste> {
  const reference = name.startsWith("tar:") ? `tar:${join(ROOT, name.slice(4))}` : join(ROOT, "images", name);
  const ledger = weigh(await loadImage(resolveSource(reference)));
  const given =
    dockerfile === undefined
      ? undefined
      : { name: "Dockerfile", text: readFileSync(join(ROOT, "dockerfiles", dockerfile), "utf8") };
  return findWaste(ledger, await readBuild(ledger, given), { rules: APK_RULES });
}

describe.skipIf(!present)("what apk leaves in images of the corpus", () => {
  test.each([
    ["tiny-split-virtual.docker.tar.gz", "tiny-split-virtual", "apk-virtual-split"],
    ["stale-apk-index.docker.tar.gz", "stale-apk-index", "apk-update-defeats-no-cache"],
    ["stale-apk-index.oci.tar", "stale-apk-index", "apk-update-defeats-no-cache"],
  ])("%s: the plan saves what the rebuild of a corrected Dockerfile saved", async (image, key, rule) => {
    const pair = MEASURED[key];
    const { findings, plan } = await wasteOf(image, pair?.dockerfile);
    expect(findings.map((finding) => finding.rule)).toEqual([rule]);
    expect(findings[0]).toMatchObject({ exact: { content: true }, bytes: { content: pair?.saved_content_bytes } });
    expect(plan.before.contentBytes - plan.after.contentBytes).toBe(pair?.saved_content_bytes);
    expect(plan.patch).toContain("@@");
  });

  test.each([
    "alpine-3.20.docker.tar",
    "alpine-3.7.docker.tar.gz",
    "go-on-scratch.docker.tar",
    "single-run-virtual.docker.tar.gz",
    "tiny-multi-stage.docker.tar.gz",
    "tiny-single-run-virtual.docker.tar.gz",
    "tar:rootfs/alpine-minirootfs-3.20.3-aarch64.tar.gz",
  ])("%s: nothing", async (image) => {
    expect((await wasteOf(image)).findings).toEqual([]);
  });
});
