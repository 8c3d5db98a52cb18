import { describeRules, nearestRule } from "@imgweigh/core/extend";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { type OutputArguments, printResult, withOutputOptions } from "./output-options.ts";

type RulesArguments = OutputArguments & { readonly id?: string | undefined };

export function rulesCommand({ host }: Context): CommandModule<object, RulesArguments> {
  return {
    command: "rules [id]",
    describe: "the kinds of waste that are looked for, or one of them explained",
    builder: (yargs) =>
      withOutputOptions(
        yargs.positional("id", { type: "string", describe: "a rule, such as apk-index" }),
      ) as Argv<RulesArguments>,
    handler: async (argv) => {
      const rules = describeRules();
      const { renderRule, renderRules } = await import("../render/rules.ts");
      if (argv.id === undefined) return printResult(rules, argv, host, (surface) => renderRules(rules, surface));
      const rule = rules.find(({ id }) => id === argv.id);
      if (rule === undefined) throw new UsageError(unknownRule(argv.id));
      return printResult(rule, argv, host, (surface) => renderRule(rule, surface));
    },
  };
}

function unknownRule(id: string): string {
  const near = nearestRule(id);
  return `no rule is called ${JSON.stringify(id)}: ${near === null ? "imgweigh rules lists them" : `did you mean ${near}?`}`;
}
