import { DNF } from "../../manager/package-manager.ts";
import { weakPackages } from "../fix/os-packages/weak-packages.ts";
import type { Rule } from "../rule.ts";

/** Packages that dnf installed as weak dependencies. */
export const dnfWeakDeps: Rule = {
  id: "dnf-weak-deps",
  title: "packages that came as weak dependencies",
  about:
    "dnf install brings, besides what packages require, what they recommend, and all that it requires in turn. With " +
    "install_weak_deps off only what is required comes. Packages that a binary, a script, a command or a RUN of the image uses " +
    "are not counted, nor certificates, time zones and plug-ins.",
  severity: "warn",
  confidence: "medium",
  related: ["hadolint DL3041"],
  *find(facts) {
    yield* weakPackages(facts, {
      manager: DNF,
      option: "--setopt=install_weak_deps=False",
      isGiven: ({ words }) => words.some((word) => /install_weak_deps=(?:0|false|no)/i.test(word)),
      sentence: "Packages were installed only because others recommend them",
    });
  },
};
