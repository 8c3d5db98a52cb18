import { callsOf, type ShellCall, subcommandAt } from "../../build/shell-calls.ts";
import { envOf } from "../../dockerfile/build-state.ts";
import { isMounted, type LintRule, type LintSubject, lineOf, removes } from "../lint-subject.ts";

/** A tool that fills a cache which the image keeps. */
interface CachingTool {
  readonly rule: string;
  readonly programs: readonly string[];
  readonly subcommands: readonly string[];
  /** Where the cache lies for root. */
  readonly paths: readonly string[];
  /** Flags, words of a cleaning command and variables that show that it is not kept. */
  readonly flags?: readonly string[];
  readonly cleans?: RegExp;
  readonly variables?: readonly string[];
  readonly fix: string;
}

const TOOLS: readonly CachingTool[] = [
  {
    rule: "pip-cache",
    programs: ["pip", "pip3"],
    subcommands: ["install"],
    paths: ["/root/.cache/pip", "/root/.cache"],
    flags: ["--no-cache-dir", "--no-cache"],
    cleans: /\bpip3? cache purge\b/,
    variables: ["PIP_NO_CACHE_DIR"],
    fix: "Add --no-cache-dir, or mount a cache at /root/.cache/pip.",
  },
  {
    rule: "npm-cache",
    programs: ["npm"],
    subcommands: ["install", "i", "ci", "add"],
    paths: ["/root/.npm"],
    cleans: /\bnpm cache clean\b/,
    variables: ["NPM_CONFIG_CACHE", "npm_config_cache"],
    fix: "End the RUN with && npm cache clean --force, or mount a cache at /root/.npm.",
  },
  {
    rule: "yarn-cache",
    programs: ["yarn"],
    subcommands: ["install", "add"],
    paths: ["/usr/local/share/.cache/yarn", "/usr/local/share/.cache", "/root/.yarn"],
    cleans: /\byarn cache clean\b/,
    variables: ["YARN_CACHE_FOLDER"],
    fix: "End the RUN with && yarn cache clean, or mount a cache at /usr/local/share/.cache.",
  },
  {
    rule: "go-module-cache",
    programs: ["go"],
    subcommands: ["build", "install", "get", "mod"],
    paths: ["/go/pkg/mod", "/root/go", "/root/.cache/go-build"],
    cleans: /\bgo clean\b/,
    fix: "Build in a stage of its own and copy the program.",
  },
  {
    rule: "cargo-registry",
    programs: ["cargo"],
    subcommands: ["build", "install", "fetch"],
    paths: ["/usr/local/cargo/registry", "/root/.cargo"],
    fix: "Build in a stage of its own and copy the program, or mount a cache at /usr/local/cargo/registry.",
  },
  {
    rule: "maven-repository",
    programs: ["mvn", "mvnw"],
    subcommands: ["package", "install", "verify", "compile", "dependency:go-offline"],
    paths: ["/root/.m2"],
    fix: "Build in a stage of its own and copy the archive, or mount a cache at /root/.m2.",
  },
  {
    rule: "gradle-cache",
    programs: ["gradle", "gradlew"],
    subcommands: ["build", "assemble", "bootJar", "installDist", "shadowJar"],
    paths: ["/root/.gradle", "/home/gradle/.gradle"],
    fix: "Build in a stage of its own and copy the archive.",
  },
  {
    rule: "composer-cache",
    programs: ["composer"],
    subcommands: ["install", "require", "update"],
    paths: ["/root/.composer", "/root/.cache/composer"],
    flags: ["--no-cache"],
    cleans: /\bcomposer clear-?cache\b/,
    variables: ["COMPOSER_CACHE_DIR"],
    fix: "Add --no-cache, or end the RUN with && composer clear-cache.",
  },
];

function isSet({ shipped }: LintSubject, variables: readonly string[]): boolean {
  return shipped.some(
    ([, one]) => (one.verb === "ENV" || one.verb === "ARG") && envOf(one).some(([name]) => variables.includes(name)),
  );
}

function doesCache(call: ShellCall, { subcommands, flags = [] }: CachingTool): boolean {
  const at = subcommandAt(call);
  // `yarn` alone installs.
  const subcommand = at === null ? (call.words.length === call.at ? "install" : "") : (call.words[at] ?? "");
  return (
    subcommands.includes(subcommand) &&
    !call.words.some((word) => word !== null && flags.includes(word.split("=")[0] ?? ""))
  );
}

/** What tools of languages keep for a next time that does not come. */
export const languageCaches: LintRule = function* (subject) {
  for (const tool of TOOLS) {
    if (isSet(subject, tool.variables ?? [])) continue;
    for (const run of subject.runs) {
      const call = callsOf(run.script, tool.programs).find((one) => doesCache(one, tool));
      if (call === undefined || tool.cleans?.test(run.instruction.text)) continue;
      if (tool.paths.some((path) => removes(run, path) || isMounted(run, path))) continue;
      const command = run.script.commands[call.command];
      if (command === undefined || command.assignments.some(({ name }) => tool.variables?.includes(name))) continue;
      yield {
        rule: tool.rule,
        title: `${tool.programs[0]} leaves its cache in the image`,
        line: lineOf(subject, run, command),
        fix: tool.fix,
        key: `${tool.programs[0]} ${call.words.filter((word) => word !== null && !word.startsWith("-")).join(" ")}`,
      };
    }
  }
};
