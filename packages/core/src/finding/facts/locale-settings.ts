import { environmentValue } from "../../runtime/run-commands.ts";
import type { Facts } from "../facts.ts";

const VARIABLES = ["LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_CTYPE", "LANG"];

/** Languages that the image's environment asks for (`de` of `de_DE.UTF-8`); none where it asks for C, POSIX or nothing. */
export function languagesOf(facts: Facts): readonly string[] {
  const { run } = facts.ledger.image.description.config;
  const codes = VARIABLES.flatMap((name) => (environmentValue(run, name) ?? "").split(":")).map(
    (value) => value.split(/[_.@]/)[0] as string,
  );
  return [...new Set(codes.filter((code) => /^[a-z]{2,3}$/.test(code)))].sort();
}
