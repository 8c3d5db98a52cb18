import { PACKAGE_STATE } from "../../ledger/owner-keys.ts";
import { apkDatabase } from "../../package-db/apk/apk-db.ts";
import type { Facts } from "../facts.ts";
import type { StoredFile } from "../rule.ts";

/** apk's own files as a layer stores them. */
export function storedState(facts: Facts, layer: number): readonly StoredFile[] {
  return facts.ownedBy(PACKAGE_STATE).filter((file) => file.layer === layer && apkDatabase.isState(file.path));
}
