import type { ElfFacts } from "../../layer/elf-facts.ts";
import type { Facts } from "../facts.ts";
import type { StoredFile } from "../rule.ts";

/** What a stored file says of itself as an ELF binary; null where it is none. */
export function elfOf({ ledger }: Facts, { layer, instance }: StoredFile): ElfFacts | null {
  const { binaries, first } = ledger.rowsOf(layer);
  return binaries.get(instance - first) ?? null;
}
