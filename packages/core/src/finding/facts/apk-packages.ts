import { ApkLife } from "../../manager/apk-life.ts";
import type { Facts } from "../facts.ts";

function readLife({ ledger }: Facts): ApkLife {
  return new ApkLife(ledger);
}

/** apk's packages, layer by layer. */
export function apkPackages(facts: Facts): ApkLife {
  return facts.once(readLife);
}
