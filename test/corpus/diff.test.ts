import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { diff, type Snapshot, snapshotImage } from "@imgweigh/core";
import { parseSnapshot, slimSnapshot } from "@imgweigh/core/config";
import { formatBaseline } from "@imgweigh/core/report";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..", "..", "shared", "corpus");
const present = existsSync(join(ROOT, "truth.json"));

interface ImageTruth {
  readonly sum_layer_regular_bytes: number;
  readonly final_regular_bytes: number;
  readonly wasted_bytes: number;
}

function truthOf(name: string): ImageTruth {
  const truth = JSON.parse(readFileSync(join(ROOT, "truth.json"), "utf8"));
  return truth[`images/${name}`].images[0];
}

async function take(name: string): Promise<Snapshot> {
  return (await snapshotImage(join(ROOT, "images", name))).snapshot;
}

describe.skipIf(!present)("images of the corpus, compared", () => {
  test.each([
    ["tiny-split-virtual.docker.tar.gz", "tiny-single-run-virtual.docker.tar.gz"],
    ["tiny-single-run-virtual.docker.tar.gz", "tiny-multi-stage.docker.tar.gz"],
    ["alpine-3.20.docker.tar", "stale-apk-index.docker.tar.gz"],
  ])("%s and %s differ by what the truth says", async (base, head) => {
    const { change, groups } = diff(await take(base), await take(head));
    const [before, after] = [truthOf(base), truthOf(head)];
    expect(change).toMatchObject({
      contentBytes: after.sum_layer_regular_bytes - before.sum_layer_regular_bytes,
      rootfsBytes: after.final_regular_bytes - before.final_regular_bytes,
      wastedBytes: after.wasted_bytes - before.wasted_bytes,
    });
    for (const rows of Object.values(groups))
      expect(rows.reduce((sum, row) => sum + (row.change?.contentBytes ?? 0), 0)).toBe(change.contentBytes);
  });

  test("a baseline of one form of an image has not changed in any other", async () => {
    const snapshot = await take("alpine-3.20.docker.tar");
    for (const one of [snapshot, slimSnapshot(snapshot)]) {
      const kept = parseSnapshot(formatBaseline(one));
      for (const form of ["alpine-3.20.docker.tar", "alpine-3.20.oci", "alpine-3.20.oci-zstd", "alpine-3.20.oci.tar"]) {
        const { groups, packages, moves, findings, layers } = diff(kept, await take(form));
        expect([Object.values(groups).flat(), packages, moves, findings.new, findings.fixed]).toEqual([
          [],
          [],
          [],
          [],
          [],
        ]);
        expect(layers.map(({ status }) => status)).toEqual(["same"]);
      }
    }
  });
});
