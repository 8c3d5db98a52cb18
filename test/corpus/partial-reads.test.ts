import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { analyzeImage } from "@imgweigh/core";
import { describe, expect, test } from "vitest";
import { ledgerOf } from "../support/analyze-files.ts";
import { RemoteImage } from "../support/remote-image.ts";

const CORPUS = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
const ESTARGZ = join(CORPUS, "fixtures/wagoodman__dive/.data/test-oci-estargz-image.tar");

describe.skipIf(!existsSync(ESTARGZ))("the corpus's eStargz image, were it in a registry", () => {
  test("is listed as it is read", async () => {
    const source = new RemoteImage(ESTARGZ);
    const listed = await analyzeImage(source);
    const { reads } = source.take();
    const whole = await analyzeImage(ESTARGZ);
    expect(listed.source.verified).toBe("toc");
    expect(reads.every(({ range }) => range !== null)).toBe(true);
    const plain = ({ sizes, layers, ...rest }: ReturnType<typeof ledgerOf>) => ({
      ...rest,
      sizes: { ...sizes, tarBytes: null },
      layers: layers.map((layer) => ({ ...layer, tarBytes: null, verified: null })),
    });
    expect(plain(ledgerOf(listed))).toEqual(plain(ledgerOf(whole)));
  });
});
