import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeEntry, type Entry, encodeEntry } from "../../packages/core/src/cache/entry-format.ts";
import { blobEntry, layerEntry, readBlobEntry, readLayerEntry } from "../../packages/core/src/cache/layer-entry.ts";
import { readBlob } from "../support/layers.ts";
import { tarBytes } from "../support/tar-bytes.ts";
import { anyStep, entriesOf } from "./arbitrary-images.ts";

const CAPTURES = [
  { id: "some", version: 1, names: ["a"], prefixes: ["lib/"], suffixes: ["b"], magic: ["78"], maxBytes: 4 },
];

/** As it comes from a disk: a buffer of its own. */
function stored(entry: Entry): Buffer {
  return Buffer.from(new Uint8Array(Buffer.concat(encodeEntry("key", entry))).buffer);
}

const anyLayer = fc.array(anyStep, { maxLength: 20 }).map((steps) => gzipSync(tarBytes(entriesOf(steps))));

test("any layer and its blob come back as they were", () =>
  fc.assert(
    fc.asyncProperty(anyLayer, async (bytes) => {
      const { index, blob } = await readBlob(bytes, { captures: CAPTURES });
      expect(readLayerEntry(decodeEntry("key", stored(layerEntry(index))) as Entry)).toEqual(index);
      const entry = decodeEntry("key", stored(blobEntry(blob, index.diffId))) as Entry;
      expect(readBlobEntry(entry, index)).toEqual(blob);
    }),
  ));

test("no layer comes back from bytes that were changed, cut or lengthened", () =>
  fc.assert(
    fc.asyncProperty(anyLayer, fc.nat(), fc.integer({ min: 1, max: 255 }), async (bytes, place, bits) => {
      const whole = stored(layerEntry((await readBlob(bytes, { captures: CAPTURES })).index));
      const at = place % whole.length;
      const changed = Buffer.from(new Uint8Array(whole).buffer);
      changed[at] = (changed[at] as number) ^ bits;
      expect(decodeEntry("key", changed)).toBeNull();
      expect(decodeEntry("key", Buffer.from(new Uint8Array(whole.subarray(0, at)).buffer))).toBeNull();
      const longer = Buffer.concat([whole, whole.subarray(0, 1 + at)]);
      expect(decodeEntry("key", Buffer.from(new Uint8Array(longer).buffer))).toBeNull();
    }),
  ));
