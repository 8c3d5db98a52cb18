import { expect, test } from "vitest";
import { goneWith } from "../../../packages/core/src/edit/layer-structure.ts";
import { entryPath } from "../../../packages/core/src/layer/layer-index.ts";
import { weigh } from "../../../packages/core/src/ledger/ledger.ts";
import { imageOf } from "../../support/layers.ts";
import { dir, file, hardlink, type TarEntry, whiteout } from "../../support/tar-bytes.ts";

/** Paths of the entries that go when the last of some layers does not store some of its files. */
async function gone(layers: readonly (readonly TarEntry[])[], ...paths: string[]): Promise<string[]> {
  const ledger = weigh(await imageOf(...layers), { databases: [] });
  const last = layers.length - 1;
  const entries = ledger.image.layers[last]?.index.entries;
  if (entries === undefined) throw new Error("an image without layers");
  const start = ledger.squash.starts[last] as number;
  const names = Array.from({ length: entries.count }, (_, i) => entryPath(entries, i));
  const files = new Set(paths.map((path) => start + names.indexOf(path)));
  return [...goneWith(ledger, last, files)].map((entry) => names[entry] as string).sort();
}

const LAYER = [dir("a"), dir("a/b"), file("a/b/x", 1), file("a/b/y", 2), dir("a/empty"), file("a/z", 3)];

test("a directory goes with the last of its files, and those above it with theirs", async () => {
  expect(await gone([LAYER], "a/b/x")).toEqual(["a/b/x"]);
  expect(await gone([LAYER], "a/b/x", "a/b/y")).toEqual(["a/b", "a/b/x", "a/b/y"]);
  // What was empty before is not emptied.
  expect(await gone([LAYER], "a/b/x", "a/b/y", "a/z")).toEqual(["a", "a/b", "a/b/x", "a/b/y", "a/z"]);
});

test("hard links go with their file, and count for the directories that they lie in", async () => {
  const layer = [dir("a"), file("a/x", 1), hardlink("a/link", "a/x"), dir("b"), hardlink("b/link", "a/x")];
  expect(await gone([layer], "a/x")).toEqual(["a", "a/link", "a/x", "b/link"]);
});

test("a link to a link goes with the file that both lead to, and no link goes with an earlier file of its target's path", async () => {
  const chain = [file("a", 1), hardlink("b", "a"), hardlink("c", "b")];
  expect(await gone([chain], "a")).toEqual(["a", "b", "c"]);
  const renewed = [file("a", 1), hardlink("b", "a"), file("b", 2), hardlink("c", "b")];
  // The entry that goes is the link, not the file that takes its place.
  expect(await gone([renewed], "a")).toEqual(["a", "b"]);
});

test("a whiteout holds its directory, also where it removes nothing", async () => {
  const below = [dir("a"), file("a/old", 1)];
  const layer = (marked: string) => [dir("a"), file("a/x", 1), whiteout(marked)];
  expect(await gone([below, layer("a/old")], "a/x")).toEqual(["a/x"]);
  expect(await gone([below, layer("a/none")], "a/x")).toEqual(["a/x"]);
  expect(await gone([below, layer("a/none/deeper")], "a/x")).toEqual(["a/x"]);
  expect(await gone([below, layer("elsewhere")], "a/x")).toEqual(["a", "a/x"]);
});
