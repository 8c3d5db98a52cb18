import { describeRules, nearestRule, type RuleDescription } from "@imgweigh/core/extend";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { type OutputArguments, printResult, withOutputOptions } from "./output-options.ts";

type RulesArguments = OutputArguments & { readonly id?: string | undefined; readonly tag?: string | undefined };

export function rulesCommand({ host }: Context): CommandModule<object, RulesArguments> {
  return {
    command: "rules [id]",
    describe: "the kinds of waste that are looked for, or one of them explained",
    builder: (yargs) =>
      withOutputOptions(
        yargs
          .positional("id", { type: "string", describe: "a rule, such as apk-index, or a part of their names: apk" })
          .options({ tag: { type: "string", describe: "rules about something, such as cache" } }),
      ) as Argv<RulesArguments>,
    handler: async (argv) => {
      const all = describeRules();
      const rules = argv.tag === undefined ? all : all.filter((rule) => isAbout(rule, argv.tag as string));
      if (rules.length === 0)
        throw new UsageError(`no rule is about ${JSON.stringify(argv.tag)}: imgweigh rules lists them`);
      const { renderRule, renderRules } = await import("../render/rules.ts");
      if (argv.id === undefined) return printResult(rules, argv, host, (surface) => renderRules(rules, surface));
      const { id: wanted } = argv;
      const rule = rules.find(({ id }) => id === wanted);
      if (rule === undefined) {
        const within = rules.filter(({ id }) => id.split("-").includes(wanted) || id.startsWith(`${wanted}-`));
        if (within.length === 0) throw new UsageError(unknownRule(wanted));
        return printResult(within, argv, host, (surface) => renderRules(within, surface));
      }
      return printResult(rule, argv, host, (surface) => renderRule(rule, surface));
    },
  };
}

/** Whether a word of a rule's id or title is the one that is asked for, in the singular or the plural. */
function isAbout({ id, title }: RuleDescription, tag: string): boolean {
  const stem = tag.toLowerCase().replace(/s$/, "");
  return `${id} ${title}`
    .toLowerCase()
    .split(/[^a-z0-9+]+/)
    .some((word) => word.replace(/s$/, "") === stem);
}

function unknownRule(id: string): string {
  const near = nearestRule(id);
  return `no rule is called ${JSON.stringify(id)}: ${near === null ? "imgweigh rules lists them" : `did you mean ${near}?`}`;
}
