import { UNOWNED } from "../../ledger/owner-keys.ts";
import { pathRule } from "../path-rule.ts";

/** Whoever can pull the image can read them. */
export const dotenvFiles = pathRule({
  id: "dotenv-files",
  title: ".env files, which often hold secrets",
  about:
    "Files named .env, which usually hold passwords and keys of a developer's machine. They weigh nothing, " +
    "but whoever can pull the image can read them, from any layer, deleted or not.",
  severity: "error",
  confidence: "low",
  related: [],
  paths: ["**/.env", "**/.env.*"],
  sentence: "An .env file, which often holds secrets, is in the image",
  counts: ({ path, owner }) => owner === UNOWNED && !/\.(?:example|sample|template|dist|tpl|defaults?)$/i.test(path),
  own: true,
  least: 1,
  remove: {
    command: () => null,
    advice:
      "Give secrets to the container when it starts, and to a build by RUN --mount=type=secret; change " +
      "those that were published.",
    assumes: [],
    ignore: ["**/.env", "**/.env.*"],
  },
});
