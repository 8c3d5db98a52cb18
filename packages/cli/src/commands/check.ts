import { type CheckResult, checkImages } from "@imgweigh/core";
import {
  applyFlags,
  type CheckConfig,
  type CheckFlags,
  CONFIG_FILES,
  type ConfigFile,
  findConfig,
  hasFailed,
  readConfig,
  readConfigText,
  tightenConfig,
} from "@imgweigh/core/config";
import { escapeText } from "@imgweigh/core/report";
import type { FailedImage } from "@imgweigh/core/results";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { EXIT } from "../exit-code.ts";
import { describeFailure, exitCodeOf, UsageError } from "../failure.ts";
import { type Host, wantsColor, writeAll } from "../host.ts";
import { styleFor } from "../style.ts";
import { type CheckFlagArguments, flagsOf, withCheckOptions } from "./check-options.ts";
import { buildOf, type DockerfileArguments, requireDockerfile, withDockerfileOptions } from "./dockerfile-options.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { printResult, printText } from "./output-options.ts";
import { type ReportArguments, readReports, withReportOptions, writeReports } from "./report-options.ts";
import { TARGET } from "./target.ts";

interface Arguments extends CheckFlagArguments, ImageArguments, ReportArguments, DockerfileArguments {
  readonly "require-baseline": boolean;
  readonly config?: string | undefined;
  readonly "print-config": boolean;
  readonly tighten: boolean;
  readonly "estimate-blob": boolean;
}

/** 3 where an image could not be analysed, 1 where one failed, 2 where something was asked for wrongly or not judged. */
function exitCode({ passed, images }: CheckResult, failures: readonly FailedImage[]): number {
  const codes = failures.map(({ error }) => exitCodeOf(error));
  if (codes.includes(EXIT.unanalysed)) return EXIT.unanalysed;
  if (images.some(hasFailed)) return EXIT.failed;
  return passed && codes.length === 0 ? EXIT.pass : EXIT.usage;
}

/** What is to be checked: the configuration with the flags over it. @throws {UsageError} where neither says anything */
async function readCheck(file: ConfigFile | null, flags: CheckFlags, { env }: Host): Promise<CheckConfig> {
  const { image, max, min, maxIncrease, baseline, failOn, rules } = flags;
  if (file !== null) return applyFlags(await readConfig(file, { env, image }), flags);
  const asked = [max, min, maxIncrease, baseline, failOn, rules].some((flag) => flag !== undefined);
  if (image !== undefined && asked) return applyFlags(null, flags);
  const what = image === undefined ? "an image and a limit, such as --max 120MB" : "a limit, such as --max 120MB";
  throw new UsageError(`there is no ${CONFIG_FILES[0]} here: name ${what}, or write a first one with imgweigh init`);
}

async function printConfig(config: CheckConfig, argv: Arguments, host: Host): Promise<void> {
  const format = argv.format?.includes("json") ? "json" : "table";
  await printResult(config, { ...argv, format }, host, async (surface) => {
    const { renderConfig } = await import("../render/check-config.ts");
    return renderConfig(config, surface);
  });
}

/** Writes what was reached into the configuration, and tells of it on stderr. */
async function tighten(file: ConfigFile, result: CheckResult, argv: Arguments, host: Host): Promise<void> {
  const { text, changes } = await tightenConfig(await readConfigText(file), file.name, result);
  if (changes.length > 0) await printText(text, { output: file.path }, host);
  if (argv.quiet) return;
  const lines = changes.map(({ key, from, to }) => `${file.name}: ${key} ${from} → ${to}`);
  const told = lines.length > 0 ? lines : [`${file.name}: no limit can be lower than it is`];
  await writeAll(host.stderr, told.map((line) => `${escapeText(line)}\n`).join(""));
}

export function checkCommand(context: Context): CommandModule<object, Arguments> {
  const { host, exitWith } = context;
  return {
    command: "check [target]",
    describe: "hold images against budgets and rules: exit code 1 where one fails",
    builder: (yargs) =>
      withReportOptions(
        withDockerfileOptions(
          withCheckOptions(withImageOptions(yargs.positional("target", { ...TARGET, demandOption: false }))),
        ),
      ) as unknown as Argv<Arguments>,
    handler: async (argv) => {
      const reports = readReports(argv);
      const file = await findConfig(host.cwd(), argv.config);
      if (argv.tighten && (file === null || file.isDive))
        throw new UsageError("--tighten lowers the limits of an imgweigh.yaml, and there is none here");
      const config = await readCheck(file, flagsOf(argv), host);
      if (argv["print-config"]) return printConfig(config, argv, host);
      if (config.images.every(({ dockerfile }) => dockerfile === null)) requireDockerfile(argv);
      const build = buildOf(argv);
      const requireBaseline = argv["require-baseline"];
      const { result, failures } = await withProgress(argv, context, (options) =>
        checkImages(config, {
          ...options,
          build,
          requireBaseline,
          estimateBlob: argv["estimate-blob"],
          stdin: host.stdin,
        }),
      );
      await writeReports(result, reports, argv, host, async (surface) => {
        const { renderCheck } = await import("../render/check.ts");
        return renderCheck(result, argv.top, surface);
      });
      if (argv.tighten && file !== null) await tighten(file, result, argv, host);
      const style = styleFor(wantsColor(host.stderr, host.env));
      for (const { error } of failures) await writeAll(host.stderr, describeFailure(error, "imgweigh", style));
      exitWith(exitCode(result, failures));
    },
  };
}
