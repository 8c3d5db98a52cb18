import { describe, expect, test } from "vitest";
import { loadImage } from "../../packages/core/src/analyze.ts";
import { weigh } from "../../packages/core/src/ledger/ledger.ts";
import { apkDatabase } from "../../packages/core/src/package-db/apk/apk-db.ts";
import type { FileView, PackageChange } from "../../packages/core/src/package-db/package-db.ts";
import { resolveSource } from "../../packages/core/src/source/resolve-source.ts";
import { builtImages } from "./built-images.ts";
import { docker, hasCorpus, hasEngine } from "./tools.ts";

/** The sizes that apk's own files get, against what apk writes in a container. */
const FILES = ["etc/apk/world", "lib/apk/db/installed", "lib/apk/db/scripts.tar", "lib/apk/db/triggers"];

interface Case {
  readonly image: string;
  readonly add?: { readonly name: string; readonly depends: readonly string[] };
  readonly remove: readonly string[];
}

const CASES: readonly Case[] = [
  { image: "virtual-left-behind", remove: [".build-deps"] },
  {
    image: "toolchain-without-virtual",
    add: { name: ".run-deps", depends: ["so:libstdc++.so.6"] },
    remove: ["g++", "make"],
  },
  { image: "run-deps-needed", add: { name: ".run-deps", depends: ["libstdc++", "/bin/sh"] }, remove: [".build-deps"] },
  // Alpine 3.7, where scripts go too.
  { image: "alpine-tiny:3.7", remove: ["alpine-baselayout", "libc-utils"] },
];

async function viewOf(image: string): Promise<FileView> {
  const ledger = weigh(await loadImage(resolveSource(`docker:${image}`)));
  return ledger.attribution.packages.finalViews.get(apkDatabase) as FileView;
}

function changeOf(view: FileView, { add, remove }: Case): PackageChange {
  const removal = apkDatabase.remove?.(view, remove, add === undefined ? {} : { keep: add.depends });
  expect(removal?.refusal).toBeNull();
  const freed = removal?.freed.map((key) => key.slice("apk/".length)) ?? [];
  return { remove: freed, unask: remove, add: add === undefined ? [] : [add] };
}

async function sizesInContainer(image: string, { add, remove }: Case): Promise<Record<string, number>> {
  const adding = add === undefined ? "" : `apk add -q --no-network --virtual ${add.name} ${add.depends.join(" ")} && `;
  const script = `${adding}apk del -q --no-network ${remove.join(" ")} >&2 && wc -c ${FILES.join(" ")}`;
  const options = ["--rm", "--network", "none", "--workdir", "/", "--entrypoint", "/bin/sh"];
  const lines = (await docker("run", ...options, image, "-c", script)).toString().trim().split("\n");
  const sizes = lines.map((line) => line.trim().split(/\s+/) as [string, string]);
  return Object.fromEntries(sizes.filter(([, path]) => path !== "total").map(([size, path]) => [path, Number(size)]));
}

const { images } = await builtImages();

describe.skipIf(!hasEngine || !hasCorpus)("apk's own files after a removal", () => {
  test.each(CASES)("$image without $remove", async (one) => {
    const image = images.find((name) => name.replace(/:latest$/, "").endsWith(`/${one.image}`));
    if (image === undefined) throw new Error(`${one.image} was not built`);
    const view = await viewOf(image);
    const rewritten = apkDatabase.rewrite?.(view, changeOf(view, one)) ?? [];
    const predicted = Object.fromEntries(rewritten.map(({ path, bytes }) => [path, bytes]));
    expect(predicted).toEqual(await sizesInContainer(image, one));
  });
});
