import { contentHashText } from "../../layer/content-hash.ts";
import type { Facts } from "../facts.ts";
import type { StoredFile } from "../rule.ts";

/** SHA-256 of a stored file, in hex; null where contents were not read. */
export function storedHash({ ledger: { image, squash } }: Facts, { layer, instance }: StoredFile): string | null {
  const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
  return contentHashText(entries, instance - (squash.starts[layer] as number));
}
