import { FATE } from "../../tree/fate.ts";
import { pathRule } from "../path-rule.ts";

/** templates.dat, stored again by each RUN that configures packages. */
export const debconfCache = pathRule({
  id: "debconf-cache",
  title: "copies of debconf's templates",
  about:
    "debconf rewrites its file of questions and translations, up to a few megabytes, in each RUN that configures packages, and " +
    "each copy stays in its layer. Counted are the copies that a later one took the place of.",
  severity: "info",
  confidence: "low",
  related: ["hadolint DL3059"],
  paths: ["var/cache/debconf/templates.dat"],
  sentence: "Copies of debconf's templates stay in lower layers",
  own: true,
  counts: ({ fate }) => fate === FATE.overwritten || fate === FATE.metadataOnly,
  remove: { command: () => null, advice: "", assumes: [] },
  fix: (files) => ({
    kind: "join-runs",
    text: "Install all packages in one RUN.",
    image: [{ kind: "omit", instances: files.map(({ instance }) => instance) }],
    build: [],
    assumes: [],
  }),
});
