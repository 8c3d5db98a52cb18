import { resolve } from "node:path";
import { type Analysis, analyzeImage, analyzePlatforms, type DockerfileOptions } from "@imgweigh/core";
import { looksLikeDockerfile } from "@imgweigh/core/lint";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { type PageArguments, printAnalysis, withPageOptions } from "./analysis-output.ts";
import { type DockerfileArguments, readDockerfileOptions, withDockerfileOptions } from "./dockerfile-options.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { cutLists, type ListArguments, withListOptions } from "./list-options.ts";
import { printResult, type Surface } from "./output-options.ts";
import { ALL_PLATFORMS, type PlatformArguments } from "./platform-options.ts";
import { printPage } from "./print-page.ts";
import { TARGET } from "./target.ts";

/** How much of an analysis is told: one screen, all of it, or sections by name. */
export function withDetailOptions<T>(yargs: Argv<T>) {
  return withListOptions(yargs).options({
    details: { type: "boolean", default: false, alias: "d", describe: "everything, not only the first screen" },
    show: {
      type: "string",
      describe: "only these sections: sizes, layers, plan, wasted, packages, files, directories, warnings",
    },
  });
}

export interface DetailArguments extends ListArguments {
  readonly details?: boolean | undefined;
  readonly show?: string | undefined;
}

/** The table of an analysis, as much of it as was asked for. @throws {UsageError} where a section is none */
export async function renderAsked(
  analysis: Analysis,
  { details, show, top }: DetailArguments,
  screen: { readonly target: string; readonly dockerfile: string | null },
  surface: Surface,
): Promise<string> {
  const { renderAnalysis, SECTIONS } = await import("../render/analysis.ts");
  if (show !== undefined) {
    const wanted = show.split(",").map((name) => name.trim());
    const unknown = wanted.find((name) => !SECTIONS.some((section) => section === name));
    if (unknown !== undefined)
      throw new UsageError(`--show has no section ${JSON.stringify(unknown)}; there are ${SECTIONS.join(", ")}`);
    return renderAnalysis(
      analysis,
      top,
      surface,
      SECTIONS.filter((section) => wanted.includes(section)),
    );
  }
  if (details === true) return renderAnalysis(analysis, top, surface);
  const { renderFirstScreen } = await import("../render/first-screen.ts");
  return renderFirstScreen(analysis, screen, surface);
}

type AnalyzeArguments = ImageArguments &
  PageArguments &
  DetailArguments &
  DockerfileArguments &
  PlatformArguments & { readonly target: string };

async function analyzeAll(argv: AnalyzeArguments, context: Context): Promise<void> {
  const { format } = argv;
  if (format !== "table" && format !== "json")
    throw new UsageError(`--all-platforms has table and json, not ${format}: choose one platform with --platform`);
  const dockerfile = await readDockerfileOptions(argv, context.host);
  const result = await withProgress(argv, context, (options) =>
    analyzePlatforms(argv.target, { ...options, dockerfile, tree: argv.tree, stdin: context.host.stdin }),
  );
  const cut = { ...result, analyses: result.analyses.map((analysis) => cutLists(analysis, argv)) };
  await printResult(cut, { ...argv, format }, context.host, async (surface) => {
    const { renderAnalyses } = await import("../render/analyses.ts");
    return renderAnalyses(result, argv.top, surface);
  });
}

/** `./Dockerfile`, where it is there and people are told: it is used if it is the image's. */
async function besideDockerfile(argv: AnalyzeArguments, { host }: Context): Promise<DockerfileOptions | undefined> {
  if (argv.format !== "table" || !(await looksLikeDockerfile(resolve(host.cwd(), "Dockerfile")))) return undefined;
  return readDockerfileOptions({ ...argv, dockerfile: "Dockerfile" }, host).catch(() => undefined);
}

export function analyzeCommand(context: Context): CommandModule<object, AnalyzeArguments> {
  return {
    command: ["analyze <target>", "$0 <target>"],
    describe: "weigh an image: sizes, layers, waste, owners, a plan",
    builder: (yargs) =>
      withDetailOptions(
        withPageOptions(
          withDockerfileOptions(withImageOptions(yargs.positional("target", TARGET))).options(ALL_PLATFORMS),
        ),
      ) as unknown as Argv<AnalyzeArguments>,
    handler: async (argv) => {
      if (await looksLikeDockerfile(resolve(context.host.cwd(), argv.target))) {
        const { lintOnly } = await import("./lint.ts");
        return lintOnly(argv.target, argv, context);
      }
      if (argv["all-platforms"]) return analyzeAll(argv, context);
      const dockerfile = await readDockerfileOptions(argv, context.host);
      const beside = dockerfile ?? (await besideDockerfile(argv, context));
      const analysis = await withProgress(argv, context, (options) =>
        analyzeImage(argv.target, {
          ...options,
          dockerfile: beside,
          ifDockerfileMatches: dockerfile === undefined,
          tree: argv.tree || argv.format === "html",
          stdin: context.host.stdin,
        }),
      );
      if (argv.format === "html") return printPage(analysis, argv, context.host);
      const used = analysis.findings.some(({ line }) => line !== null) ? (beside?.name ?? null) : null;
      const screen = { target: argv.target, dockerfile: argv.dockerfile ?? used };
      await printAnalysis(analysis, { ...argv, format: argv.format }, context.host, (surface) =>
        renderAsked(analysis, argv, screen, surface),
      );
    },
  };
}
