import { APT } from "../../manager/package-manager.ts";
import { weakPackages } from "../fix/os-packages/weak-packages.ts";
import type { Rule } from "../rule.ts";

const SETTING = /Install-Recommends=(?:"?(?:0|false|no|off)"?)$/i;

/** Packages that apt installed only because others recommend them. */
export const aptRecommends: Rule = {
  id: "apt-recommends",
  title: "packages that are only recommended",
  about:
    "apt-get install brings, besides what packages need, what they recommend, and all that it needs in turn. With " +
    "--no-install-recommends only what is needed comes. Packages that a binary, a script, a command or a RUN of the image uses " +
    "are not counted, nor certificates, time zones and plug-ins.",
  severity: "warn",
  confidence: "medium",
  related: ["hadolint DL3015"],
  *find(facts) {
    yield* weakPackages(facts, {
      manager: APT,
      option: "--no-install-recommends",
      isGiven: ({ words }) => words.some((word) => /^--no-install-recommends/.test(word) || SETTING.test(word)),
      sentence: "Packages were installed only because others recommend them",
    });
  },
};
