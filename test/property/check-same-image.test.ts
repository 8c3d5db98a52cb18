import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { run } from "../../packages/cli/src/run.ts";
import type { CheckResult } from "../../packages/core/src/check/check-result.ts";
import { temporaryDirectory } from "../support/analyze-files.ts";
import { FakeHost } from "../support/fake-host.ts";
import { buildImage, ociFiles, writeFiles } from "../support/image-builder.ts";
import { dir, file, whiteout } from "../support/tar-bytes.ts";

/* An image never regresses against itself, whatever each side is read from and whatever is said of the head alone. */

const DOCKERFILE = [
  "FROM alpine:3.20",
  "RUN apk update && apk add --no-cache --virtual .build-deps gcc",
  "COPY app /srv/app",
  "RUN apk del .build-deps",
  "RUN api del curl",
  "",
].join("\n");

const IMAGE = buildImage({
  names: ["acme/api:1"],
  layers: [
    { createdBy: "ADD rootfs.tar / # buildkit", entries: [dir("etc/"), file("etc/os-release", "ID=alpine\n")] },
    {
      createdBy: "RUN /bin/sh -c apk update && apk add --no-cache --virtual .build-deps gcc # buildkit",
      comment: "buildkit.dockerfile.v0",
      entries: [
        file("usr/bin/gcc", "g".repeat(5000)),
        file("var/cache/apk/APKINDEX.00000000.tar.gz", "i".repeat(3000)),
      ],
    },
    {
      createdBy: "COPY app /srv/app # buildkit",
      comment: "buildkit.dockerfile.v0",
      entries: [file("srv/app", "a".repeat(900))],
    },
    {
      createdBy: "RUN /bin/sh -c apk del .build-deps # buildkit",
      comment: "buildkit.dockerfile.v0",
      entries: [whiteout("usr/bin/gcc")],
    },
  ],
});

const cwd = temporaryDirectory();
writeFileSync(join(cwd, "Dockerfile"), DOCKERFILE);
writeFileSync(join(cwd, "docker.tar"), IMAGE.asDockerArchive());
writeFileSync(join(cwd, "oci.tar"), IMAGE.asOciArchive());
writeFiles(ociFiles([IMAGE]), join(cwd, "layout"));

async function imgweigh(...args: string[]) {
  const host = new FakeHost([...args, "--no-cache"], { cwd });
  return host.transcript(await run(host));
}

const SOURCES = ["./docker.tar", "./oci.tar", "./layout"];
const BASELINES = [...SOURCES, "slim.json", "full.json"];
const FLAGS = [
  ["--dockerfile", "Dockerfile"],
  ["--base", "./layout"],
  ["--scope", "path:/srv"],
  ["--scope", "package:[unowned]"],
  ["--metric", "wasted"],
  ["--concurrency", "1"],
];

describe("an image that is checked against itself", () => {
  it("has changed by nothing, and has no new and no fixed finding", async () => {
    for (const [name, more] of [
      ["slim.json", []],
      ["full.json", ["--full"]],
    ] as const)
      await imgweigh("baseline", "./docker.tar", "-o", name, ...more);
    const flags = fc.subarray(FLAGS).map((chosen) => new Map(chosen.map(([flag, value]) => [flag, value])));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...SOURCES), fc.constantFrom(...BASELINES), flags, async (head, base, given) => {
        const args = [...given].flatMap(([flag, value]) => [flag as string, value as string]);
        const compared = ["--baseline", base, "--max-increase", "0", "--format", "json"];
        const { stdout, stderr, code } = await imgweigh("check", head, ...compared, ...args);
        expect(code, stderr).toBe(0);
        const [image] = (JSON.parse(stdout) as CheckResult).images;
        expect(image?.budgets.map(({ measured }) => measured)).toEqual([0]);
        expect(image?.diff?.change.contentBytes).toBe(0);
        expect(image?.diff?.findings).toEqual({ new: [], fixed: [] });
        for (const rows of Object.values(image?.diff?.groups ?? {})) expect(rows).toEqual([]);
        expect(image?.findings.every(({ isNew }) => isNew === false)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("does have findings", async () => {
    const { stdout } = await imgweigh(
      "check",
      "./oci.tar",
      "--dockerfile",
      "Dockerfile",
      "--max",
      "1MB",
      "--format",
      "json",
    );
    expect((JSON.parse(stdout) as CheckResult).images[0]?.findings.length).toBeGreaterThan(1);
  });
});
