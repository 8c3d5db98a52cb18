import type { TextChange } from "../../build/dockerfile-lines.ts";
import { isNearMiss } from "../../dockerfile/near-miss.ts";
import { dockerfileProblems } from "../../dockerfile/problems.ts";
import { readApkCommands } from "../../manager/apk-steps.ts";
import { packageCalls } from "../../manager/package-call.ts";
import { APT } from "../../manager/package-manager.ts";
import { type LintRule, type LintSubject, lineOf, type Run } from "../lint-subject.ts";

/** Rules of lint say these themselves, with an edit. */
const SAID_ELSEWHERE = /^`apk update` leaves|^`apk del .*` frees nothing|^Deleting the package lists/;
/** What does no harm to the build, and is no waste either. */
const HARMLESS = /in a RUN of its own|is cached/;

/** The first of a RUN's commands that is called so, as a change of its name. */
function rename({ dockerfile, runs }: LintSubject, line: number, name: string, meant: string): readonly TextChange[] {
  return runs.flatMap((run): TextChange[] => {
    const at = run.instruction.run?.start ?? 0;
    return run.script.commands
      .filter((command) => command.name === name && lineOf({ dockerfile } as LintSubject, run, command) === line)
      .map((command) => ({ start: at + command.nameEnd - name.length, end: at + command.nameEnd, text: meant }))
      .filter(({ start, end }) => dockerfile.text.slice(start, end) === name);
  });
}

/** Mistakes that the Dockerfile alone shows, with the right name of a package manager that was misspelt. */
export const mistakes: LintRule = function* (subject) {
  for (const { line, message } of dockerfileProblems(subject.dockerfile)) {
    if (SAID_ELSEWHERE.test(message)) continue;
    const [, name, meant] = /^`([^`]+)` is not a command.*did you mean `(\S+) /.exec(message) ?? [];
    const changes = name === undefined || meant === undefined ? [] : rename(subject, line, name, meant);
    yield {
      rule: "dockerfile-mistake",
      title: message.replace(/\.$/, ""),
      line,
      fix: meant === undefined ? `Line ${line} needs a look.` : `Write ${meant} for ${name}.`,
      breaks: !HARMLESS.test(message),
      ...(changes.length === 0 ? {} : { changes }),
    };
  }
};

const APK_APPLETS = [
  "add",
  "audit",
  "cache",
  "del",
  "dot",
  "fetch",
  "fix",
  "index",
  "info",
  "list",
  "manifest",
  "policy",
  "search",
  "stats",
  "update",
  "upgrade",
  "verify",
  "version",
  "mkndx",
  "mkpkg",
  "adbdump",
  "convert",
  "extract",
  "query",
  "adbsign",
];
const APT_COMMANDS = [
  "update",
  "upgrade",
  "dist-upgrade",
  "full-upgrade",
  "dselect-upgrade",
  "install",
  "reinstall",
  "remove",
  "purge",
  "autoremove",
  "auto-remove",
  "autopurge",
  "autoclean",
  "auto-clean",
  "clean",
  "check",
  "source",
  "build-dep",
  "satisfy",
  "download",
  "changelog",
  "indextargets",
  "list",
  "search",
  "show",
  "showsrc",
  "depends",
  "rdepends",
  "policy",
  "edit-sources",
  "distclean",
  "moo",
  "help",
  "why",
  "why-not",
];
/** What the same is called in another manager. */
const TRANSLATED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  apk: { install: "add", remove: "del", uninstall: "del", delete: "del", purge: "del --purge", rm: "del" },
  "apt-get": { add: "install", del: "remove", delete: "remove", uninstall: "remove", upgarde: "upgrade" },
};

function meantBy(manager: "apk" | "apt-get", given: string, known: readonly string[]): string {
  const meant = TRANSLATED[manager]?.[given] ?? known.find((word) => isNearMiss(given, word));
  return meant === undefined ? "" : `: did you mean \`${manager} ${meant}\`?`;
}

/** Options of the other managers, which these refuse. */
const APK_REFUSES: ReadonlySet<string> = new Set(["-y", "--yes", "--no-install-recommends", "--assume-yes", "-qq"]);
const APT_REFUSES: ReadonlySet<string> = new Set(["--no-cache", "--virtual", "--no-cache-dir", "--nodocs"]);

function* refusedOptions(subject: LintSubject, run: Run, index: number, program: string, refused: ReadonlySet<string>) {
  const command = run.script.commands[index];
  const option = command?.words.find((word) => word !== null && refused.has(word));
  if (command === undefined || option === undefined || option === null) return;
  yield {
    rule: "dockerfile-mistake",
    title: `\`${program}\` has no option \`${option}\`, so the build stops here`,
    line: lineOf(subject, run, command),
    fix: `Leave ${option} out.`,
    breaks: true,
  };
}

/** Commands and options that apk and apt-get do not have. */
export const managerCommands: LintRule = function* (subject) {
  for (const run of subject.runs) {
    for (const { command, applet, isOpen } of readApkCommands(run.script)) {
      yield* refusedOptions(subject, run, command, "apk", APK_REFUSES);
      if (applet === null || isOpen || APK_APPLETS.includes(applet)) continue;
      yield {
        rule: "dockerfile-mistake",
        title: `\`apk ${applet}\` is not a command of apk, so the build stops here${meantBy("apk", applet, APK_APPLETS)}`,
        line: lineOf(subject, run, run.script.commands[command] as (typeof run.script.commands)[number]),
        fix: "apk adds with add and deletes with del.",
        breaks: true,
      };
    }
    for (const { command, program, subcommand } of packageCalls(run.script, APT)) {
      if (program !== "apt" && program !== "apt-get") continue;
      yield* refusedOptions(subject, run, command, program, APT_REFUSES);
      if (APT_COMMANDS.includes(subcommand) || subcommand.startsWith("/")) continue;
      yield {
        rule: "dockerfile-mistake",
        title: `\`${program} ${subcommand}\` is not a command of ${program}, so the build stops here${meantBy("apt-get", subcommand, APT_COMMANDS)}`,
        line: lineOf(subject, run, run.script.commands[command] as (typeof run.script.commands)[number]),
        fix: `${program} installs with install and removes with remove.`,
        breaks: true,
      };
    }
  }
};
