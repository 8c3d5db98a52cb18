import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limitsFrom } from "../../packages/core/src/archive/limits.ts";
import { isImgweighError } from "../../packages/core/src/errors.ts";
import type { Digest } from "../../packages/core/src/oci/digest.ts";
import { parseReference } from "../../packages/core/src/oci/reference.ts";
import { openSession, settingsFrom } from "../../packages/core/src/source/registry/open-session.ts";
import { PATIENCE } from "../../packages/core/src/source/registry/patience.ts";
import { placesOf, type RegistryPlace } from "../../packages/core/src/source/registry/place.ts";
import { openRepository, type Repository } from "../../packages/core/src/source/registry/repository.ts";
import { type FakeRegistry, startFakeRegistry } from "../support/fake-registry.ts";
import type { Fault } from "../support/fault-server.ts";
import { digestOf } from "../support/image-builder.ts";
import { filler } from "../support/tar-bytes.ts";

const BLOB = Buffer.from(filler(200_000, 9));
const DIGEST = digestOf(BLOB) as Digest;

let registry: FakeRegistry;
let repository: Repository;
let close: () => Promise<void>;
const { signal } = new AbortController();
beforeAll(async () => {
  registry = await startFakeRegistry({ auth: { type: "bearer", uses: 3 } });
  registry.blobs.set(DIGEST, BLOB);
  const patience = { ...PATIENCE, firstPauseMs: 1, longestPauseMs: 1 };
  const settings = settingsFrom({ surroundings: { env: {}, home: "/nobody" }, patience });
  const place = placesOf(parseReference(`${registry.host}/app:1`), {})[0] as RegistryPlace;
  const session = await openSession(place, settings, { signal, onProgress: () => {} });
  repository = openRepository(session, limitsFrom());
  close = () => session.client.close();
});
afterAll(async () => {
  await close();
  await registry.close();
});

const bytes = fc.integer({ min: 0, max: BLOB.length });
const fault: fc.Arbitrary<Fault> = fc.oneof(
  bytes.map((afterBytes): Fault => ({ type: "reset", afterBytes: afterBytes - 1 })),
  bytes.map((afterBytes): Fault => ({ type: "truncate", afterBytes })),
  fc.constantFrom(429, 500, 503).map((status): Fault => ({ type: "answer", status, headers: { "retry-after": "0" } })),
  fc.constant<Fault>({ type: "no-ranges" }),
  fc.integer({ min: 1, max: 1000 }).map((extra): Fault => ({ type: "extend", bytes: extra })),
);
const range = fc.oneof(
  fc.constant(null),
  fc.tuple(bytes, bytes).map(([a, b]) => ({ offset: Math.min(a, b), length: Math.abs(a - b) })),
);

test("whatever happens on the way, a part of a blob is that part, or an error", async () => {
  let wholes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 6 }), range, async (faults, part) => {
      registry.faults.splice(
        0,
        registry.faults.length,
        ...faults.map((one) => ({ on: /blobs/, fault: one, times: 1 })),
      );
      const { offset, length } = part ?? { offset: 0, length: BLOB.length };
      const parts: Uint8Array[] = [];
      try {
        const blob = { digest: DIGEST, size: BLOB.length };
        for await (const chunk of repository.blob(blob, part ?? undefined)) parts.push(chunk);
      } catch (error) {
        if (!isImgweighError(error)) throw error;
        return;
      }
      wholes++;
      expect(Buffer.concat(parts).equals(BLOB.subarray(offset, offset + length))).toBe(true);
    }),
    { numRuns: 200 },
  );
  // Most are got over.
  expect(wholes).toBeGreaterThan(80);
  // What was given up was let go of too.
  for (let i = 0; i < 100 && getEventListeners(signal, "abort").length > 0; i++) await sleep(10);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
