import type { BuildStep } from "../../build/build.ts";
import { apkSteps } from "../../manager/apk-steps.ts";
import type { Facts } from "../facts.ts";
import { joinSteps } from "../fix/join-steps.ts";
import { keyOf } from "../path-rule.ts";
import type { Draft, Fix, Rule } from "../rule.ts";

/** A virtual package added in one RUN and deleted in another. */
export const apkVirtualSplit: Rule = {
  id: "apk-virtual-split",
  title: "a virtual package added in one RUN and deleted in another",
  about:
    "apk del in a RUN of its own frees nothing: the layer below still stores the packages, and the package database is " +
    "stored once more. Adding, using and deleting them belongs into one RUN.",
  severity: "error",
  confidence: "high",
  related: ["hadolint DL3059"],
  *find(facts) {
    const added = new Map<string, BuildStep>();
    for (const { step, commands } of apkSteps(facts)) {
      for (const { applet, virtual, names } of commands) {
        if (applet === "add" && virtual !== null && !added.has(virtual)) added.set(virtual, step);
        if (applet !== "del") continue;
        for (const { text } of names) {
          const from = added.get(text);
          added.delete(text);
          if (from !== undefined && from !== step) yield* draftOf(facts, text, from, step);
        }
      }
    }
  },
};

function* draftOf(facts: Facts, name: string, from: BuildStep, to: BuildStep): Generator<Draft, void, undefined> {
  if (from.layer === null || to.layer === null) return;
  const fix = fixOf(facts, name, from.layer, to.layer);
  yield {
    title: `The virtual package ${name} is added in one RUN and deleted in another, which frees nothing`,
    key: `${name} ${keyOf(facts, from.layer)}`,
    paths: [],
    layers: [from.layer, to.layer],
    exact: fix.build.length > 0,
    fix,
  };
}

function fixOf(facts: Facts, name: string, from: number, to: number): Fix {
  const joined = joinSteps(facts, from, to);
  const text = `Add ${name}, use it and delete it in one RUN.`;
  if (joined !== null) return { ...joined, text, assumes: [] };
  return {
    kind: "none",
    text: `${text} The RUNs cannot be joined as they are: build in a stage of its own, and copy the result.`,
    image: [{ kind: "join", layers: [from, to] }],
    build: [],
    assumes: [],
  };
}
