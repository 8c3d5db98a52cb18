import type { ShellEdit } from "../../build/edit-shell.ts";
import { isAndList } from "../../build/edit-shell.ts";
import type { ShellCommand } from "../../dockerfile/shell-script.ts";
import { type PackageCall, packageCalls } from "../../manager/package-call.ts";
import { APT, DNF } from "../../manager/package-manager.ts";
import { isMounted, type LintRule, type LintSubject, lineOf, type Run, removes } from "../lint-subject.ts";

const LISTS = "/var/lib/apt/lists";

function commandOf({ script }: Run, { command }: PackageCall): ShellCommand {
  return script.commands[command] as ShellCommand;
}

function aptRuns({ runs }: LintSubject) {
  return runs.flatMap((run) => {
    const calls = packageCalls(run.script, APT);
    return calls.length === 0 ? [] : [{ run, calls }];
  });
}

/** Whether a later RUN may need the lists that this one fetched: one that names apt and does not fetch its own first. */
function isNeededLater(subject: LintSubject, own: Run): boolean {
  return subject.runs
    .filter(({ index }) => index > own.index)
    .some(({ script, instruction }) => {
      if (!/\b(?:apt|apt-get|aptitude|apt-cache|apt-file)\b/.test(instruction.text)) return false;
      const first = packageCalls(script, APT)[0];
      return !script.complete || first?.subcommand !== "update" || !first.always;
    });
}

/** Package lists that stay. */
export const aptLists: LintRule = function* (subject) {
  const all = aptRuns(subject);
  for (const { run, calls } of all) {
    const update = calls.find(({ subcommand }) => subcommand === "update");
    if (update === undefined || isMounted(run, LISTS) || removes(run, LISTS) || removes(run, "/var/lib/apt")) continue;
    const later = all.find((one) => one.run.index > run.index && removes(one.run, LISTS));
    const isProven =
      run.script.complete &&
      isAndList(run.script) &&
      calls.every(
        ({ always, isOpen, isWrapped, subcommand }) => always && !isWrapped && (!isOpen || subcommand !== "update"),
      ) &&
      calls.some(({ subcommand }) => subcommand === "install") &&
      run.instruction.run?.form === "shell" &&
      !isNeededLater(subject, run);
    const append: ShellEdit = { kind: "append", text: `rm -rf ${LISTS}/*` };
    yield {
      rule: "apt-lists",
      title:
        later === undefined
          ? "apt-get update leaves its package lists in the image"
          : `apt-get update leaves its package lists in this layer: removing them in line ${later.run.instruction.line} frees nothing`,
      line: lineOf(subject, run, commandOf(run, update)),
      fix: `End the RUN with && rm -rf ${LISTS}/*, or mount a cache there.`,
      key: calls.flatMap(({ packages }) => packages.map(({ name }) => name)).join(" "),
      ...(isProven ? { edits: [{ kind: "edit-run", step: run.index, edits: [append] }] } : {}),
    };
  }
};

/** What is recommended comes along. */
export const aptRecommends: LintRule = function* (subject) {
  if (/apt\.conf|APT::Install-Recommends/i.test(subject.dockerfile.text)) return;
  for (const { run, calls } of aptRuns(subject)) {
    const open = calls.find(
      ({ subcommand, words, packages }) =>
        subcommand === "install" && packages.length > 0 && !words.includes("--no-install-recommends"),
    );
    if (open === undefined) continue;
    const names = open.packages.map(({ name }) => name);
    yield {
      rule: "apt-recommends",
      title: "apt-get install brings what is only recommended along",
      line: lineOf(subject, run, commandOf(run, open)),
      fix: "Add --no-install-recommends, name what is needed of them, and test the image.",
      key: names.join(" "),
    };
  }
};

const TOOLCHAIN =
  /^(?:build-essential|gcc(?:-\d+)?|g\+\+(?:-\d+)?|make|cmake|clang(?:-\d+)?|libc6-dev|linux-libc-dev|golang(?:-go)?|rustc|cargo|default-jdk|openjdk-\d+-jdk)$/;

/** Compilers that stay in the image. */
export const aptToolchain: LintRule = function* (subject) {
  for (const [manager, rule] of [
    [APT, "apt-toolchain"],
    [DNF, "dnf-toolchain"],
  ] as const)
    for (const run of subject.runs) {
      const calls = packageCalls(run.script, manager);
      const removed = new Set(
        calls
          .filter(({ subcommand }) => manager.removes.has(subcommand))
          .flatMap(({ packages }) => packages.map(({ name }) => name)),
      );
      for (const call of calls) {
        if (!manager.installs.has(call.subcommand)) continue;
        const left = call.packages.map(({ name }) => name).filter((name) => TOOLCHAIN.test(name) && !removed.has(name));
        const isPurged = calls.some(({ subcommand, isOpen }) => manager.removes.has(subcommand) && isOpen);
        if (left.length === 0 || isPurged) continue;
        yield {
          rule,
          title: `What builds stays in the image: ${left.join(", ")}`,
          line: lineOf(subject, run, commandOf(run, call)),
          fix: "Build in a stage of its own and copy the result, or install, use and purge it in one RUN.",
          key: left.join(" "),
        };
      }
    }
};

const CLEANED = [
  { programs: ["dnf", "microdnf"], rule: "dnf-cache", path: "/var/cache/dnf", clean: "dnf clean all" },
  { programs: ["yum"], rule: "yum-cache", path: "/var/cache/yum", clean: "yum clean all" },
  { programs: ["zypper"], rule: "zypper-cache", path: "/var/cache/zypp", clean: "zypper clean --all" },
] as const;

/** Caches of the package managers of rpm. */
export const rpmCaches: LintRule = function* (subject) {
  for (const { programs, rule, path, clean } of CLEANED)
    for (const run of subject.runs) {
      const isOf = ({ name }: ShellCommand): boolean =>
        programs.some((program) => name === program || name?.endsWith(`/${program}`));
      const install = run.script.commands.find(
        (command) =>
          isOf(command) &&
          command.words.some((word) => word === "install" || word === "in" || word === "update" || word === "upgrade"),
      );
      const cleans = run.script.commands.some(
        (command) => isOf(command) && command.words.some((word) => word === "clean" || word === "cc"),
      );
      if (install === undefined || cleans || removes(run, path) || removes(run, "/var/cache") || isMounted(run, path))
        continue;
      yield {
        rule,
        title: `${programs[0]} leaves its cache in the image`,
        line: lineOf(subject, run, install),
        fix: `End the RUN with && ${clean}, or mount a cache at ${path}.`,
        key: install.words.filter((word) => word !== null && !word.startsWith("-")).join(" "),
      };
    }
};
