import { existsSync } from "node:fs";
import { resolve } from "node:path";
import yargs from "yargs";
import { analyzeCommand } from "./commands/analyze.ts";
import { baselineCommand } from "./commands/baseline.ts";
import { cacheCommand } from "./commands/cache.ts";
import { checkCommand } from "./commands/check.ts";
import { demoCommand } from "./commands/demo.ts";
import { diffCommand } from "./commands/diff.ts";
import { fixCommand } from "./commands/fix.ts";
import { initCommand } from "./commands/init.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { lintCommand } from "./commands/lint.ts";
import { lsCommand } from "./commands/ls.ts";
import { rulesCommand } from "./commands/rules.ts";
import { suggestCommand } from "./commands/suggest.ts";
import { protectDash } from "./commands/target.ts";
import { treeCommand } from "./commands/tree.ts";
import { whyCommand } from "./commands/why.ts";
import type { Context } from "./context.ts";
import { EXIT } from "./exit-code.ts";
import { describeFailure, exitCodeOf, UsageError } from "./failure.ts";
import { type Host, wantsColor, widthOf, writeAll } from "./host.ts";
import { styleFor } from "./style.ts";
import { meantCommand, usageSentence } from "./usage-words.ts";
import { version } from "./version.ts";

export const PROGRAM = "imgweigh";

const EXIT_CODES =
  "Exit codes: 0 pass, 1 a budget or rule failed, 2 usage or configuration, 3 the image could not be analysed, 130 interrupted.";

/** The part of yargs below that it does not declare. */
interface Internals {
  getInternalMethods?(): { getUsageInstance?(): { cacheHelpMessage?: () => void } };
}

/** Whenever a command is named, yargs lays out its whole help beside the work, which takes longer than a cached image. */
function withoutUnaskedHelp<T extends object>(parser: T): T {
  const usage = (parser as Internals).getInternalMethods?.().getUsageInstance?.();
  if (usage?.cacheHelpMessage !== undefined) usage.cacheHelpMessage = () => {};
  return parser;
}

/** Names of the options that the command takes. */
function optionsOf(parser: object): readonly string[] {
  const lister = parser as OptionLister;
  const { key = {}, alias = {} } = lister.getOptions?.() ?? {};
  const positionals = new Set(lister.getGroups?.()["Positionals:"]);
  return [...new Set([...Object.keys(key), ...Object.keys(alias)])].filter((name) => !positionals.has(name));
}

/** Another part of yargs that it does not declare. */
interface OptionLister {
  getOptions?(): { readonly key?: object; readonly alias?: object };
  getGroups?(): Readonly<Record<string, readonly string[]>>;
}

const COMMANDS = [
  "analyze",
  "suggest",
  "fix",
  "lint",
  "inspect",
  "why",
  "diff",
  "baseline",
  "check",
  "init",
  "rules",
  "demo",
  "cache",
];

/** Told before any engine or registry is asked for an image of that name. @throws {UsageError} */
function requireCommand([word]: readonly string[], host: Pick<Host, "cwd">): void {
  const meant = word === undefined ? null : meantCommand(word, COMMANDS);
  if (word === undefined || meant === null || existsSync(resolve(host.cwd(), word))) return;
  throw new UsageError(
    `${JSON.stringify(word)} is no command: did you mean imgweigh ${meant}? An image of that name is docker:${word} or registry:${word}`,
  );
}

function commandLine(context: Context) {
  const parser = yargs();
  return parser
    .scriptName(PROGRAM)
    .usage("$0 [analyze] <target>\n\nTells what a container image weighs, who put each byte there, and what is waste.")
    .command(analyzeCommand(context))
    .command(suggestCommand(context))
    .command(fixCommand(context))
    .command(lintCommand(context))
    .command(inspectCommand(context))
    .command(lsCommand(context))
    .command(treeCommand(context))
    .command(whyCommand(context))
    .command(diffCommand(context))
    .command(baselineCommand(context))
    .command(checkCommand(context))
    .command(initCommand(context))
    .command(rulesCommand(context))
    .command(demoCommand(context))
    .command(cacheCommand(context))
    .example([
      ["$0 alpine:3.20", "an image of the Docker or Podman engine, or else of its registry"],
      ["$0 ./api.tar", "a saved image: docker save, podman save, skopeo, kaniko, jib, crane …"],
      ["docker save api | $0 analyze -", "the same from a pipe"],
      ["$0 analyze api --format json", "every number, for programs"],
      ["$0 suggest api", "what to change in the build, and what exactly it saves"],
      ["$0 fix api --dockerfile Dockerfile --write", "the same, edited into the Dockerfile"],
      ["$0 lint", "what ./Dockerfile shows, without any image"],
      ["$0 inspect ghcr.io/acme/api --all-platforms", "layers and sizes of each platform, without any download"],
      ["$0 ls api /usr/lib", "what lies in a directory, each name with all below it"],
      ["$0 tree api", "the branches that weigh much"],
      ["$0 why api /var/cache/apk", "the life of one path, layer by layer"],
      ["$0 diff api:main api:pr-7", "what grew and shrank, and why"],
      ["$0 check api --baseline api:main --max-increase 2%", "fail where the image has grown"],
      ["$0 demo", "the tool at work, without engine or network"],
    ])
    .epilogue(EXIT_CODES)
    .strict()
    .showHidden("show-limits", "with --help: the limits on untrusted images too")
    .version(version())
    .alias({ h: "help", v: "version" })
    .wrap(Math.min(widthOf(context.host), 120))
    .showHelpOnFail(false)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(usageSentence(message, context.host.argv.slice(2), optionsOf(parser)));
    });
}

/** Parses the arguments, runs the command and turns whatever happens into an exit code. */
export async function runCommand(host: Host): Promise<number> {
  const controller = new AbortController();
  const interrupt = (): void => {
    controller.abort(new Error("interrupted"));
    // A second one is not for us to catch.
    host.off("SIGINT", interrupt);
    host.off("SIGTERM", interrupt);
  };
  host.on("SIGINT", interrupt);
  host.on("SIGTERM", interrupt);
  try {
    const args = host.argv.slice(2).map(protectDash);
    requireCommand(args, host);
    let code: number = EXIT.pass;
    const exitWith = (other: number): void => {
      code = other;
    };
    const parser = withoutUnaskedHelp(commandLine({ host, signal: controller.signal, exitWith }));
    // Help and version come through the callback: yargs would print them itself, past the host.
    let printed = "";
    await parser.parseAsync(args.length === 0 ? ["--help"] : args, {}, (_error, _argv, output) => {
      printed = output;
    });
    if (printed !== "") await writeAll(host.stdout, `${printed}\n`);
    if (args.length === 0 && host.isPiped?.() === true)
      await writeAll(
        host.stderr,
        `${PROGRAM}: standard input is read where - is the image: docker save IMAGE | imgweigh -\n`,
      );
    return args.length === 0 ? EXIT.usage : code;
  } catch (error) {
    if (controller.signal.aborted && error === controller.signal.reason) {
      await writeAll(host.stderr, `${PROGRAM}: interrupted\n`);
      return EXIT.interrupted;
    }
    await writeAll(host.stderr, describeFailure(error, PROGRAM, styleFor(wantsColor(host.stderr, host.env))));
    return exitCodeOf(error);
  } finally {
    host.off("SIGINT", interrupt);
    host.off("SIGTERM", interrupt);
  }
}
