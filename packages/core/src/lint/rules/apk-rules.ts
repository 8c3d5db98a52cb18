import type { ShellEdit } from "../../build/edit-shell.ts";
import type { ShellCommand } from "../../dockerfile/shell-script.ts";
import type { ApkCommand } from "../../manager/apk-command.ts";
import { readApkCommands } from "../../manager/apk-steps.ts";
import {
  isMounted,
  type LintDraft,
  type LintRule,
  type LintSubject,
  lineOf,
  type Run,
  removes,
} from "../lint-subject.ts";

interface ApkRun {
  readonly run: Run;
  readonly calls: readonly ApkCommand[];
}

const CACHE = "/var/cache/apk";

function apkRuns({ runs }: LintSubject): ApkRun[] {
  return runs.flatMap((run) => {
    const calls = readApkCommands(run.script);
    return calls.length === 0 ? [] : [{ run, calls }];
  });
}

function commandOf({ script }: Run, { command }: ApkCommand): ShellCommand {
  return script.commands[command] as ShellCommand;
}

/** Applets that read the index which another one has fetched. */
const READERS: ReadonlySet<string> = new Set(["fetch", "info", "list", "policy", "search"]);

/** All that apk is asked for in a RUN is known, and none of it needs an index to stay. */
function isPlain({ run, calls }: ApkRun): boolean {
  return (
    run.script.complete &&
    calls.every(
      ({ applet, isOpen, always, options }) =>
        applet !== null &&
        !isOpen &&
        always &&
        !READERS.has(applet) &&
        !options.has("no-network") &&
        !options.has("cache-dir"),
    )
  );
}

/** The stage sets up or reads the index somewhere else: an edit of one RUN may be felt in another. */
function isReadElsewhere(subject: LintSubject, own: Run): boolean {
  return apkRuns(subject).some(
    ({ run, calls }) =>
      run !== own &&
      calls.some(({ applet, options }) => READERS.has(applet ?? "add-nothing") || options.has("no-network")),
  );
}

function dropUpdates({ run, calls }: ApkRun): ShellEdit[] {
  return calls.flatMap((call): ShellEdit[] =>
    call.applet === "update" && call.names.length === 0 && commandOf(run, call).redirects.length === 0
      ? [{ kind: "drop-command", command: call.command }]
      : [],
  );
}

function keepsIndex(run: Run): boolean {
  return !isMounted(run, CACHE) && !removes(run, CACHE);
}

/** `apk update` before `--no-cache`, and apk add without it. */
export const apkIndexRules: LintRule = function* (subject) {
  for (const one of apkRuns(subject)) {
    const { run, calls } = one;
    if (!keepsIndex(run)) continue;
    const fetching = calls.filter(({ applet }) => applet === "add" || applet === "upgrade" || applet === "fix");
    const open = fetching.filter(({ options }) => !options.has("no-cache"));
    const update = calls.find(({ applet, options }) => applet === "update" && !options.has("no-cache"));
    const isProven = isPlain(one) && !isReadElsewhere(subject, run);
    const drops = dropUpdates(one);
    const inserts = open.map(
      (call): ShellEdit => ({
        kind: "insert-words",
        command: call.command,
        at: call.appletIndex + 1,
        words: ["--no-cache"],
      }),
    );
    const edits = isProven
      ? { edits: [{ kind: "edit-run" as const, step: run.index, edits: [...drops, ...inserts] }] }
      : {};
    if (open.length > 0) {
      const [first] = open as [ApkCommand];
      yield {
        rule: "apk-index",
        title: `apk ${first.applet} without --no-cache leaves the package index in the image`,
        line: lineOf(subject, run, commandOf(run, first)),
        fix: `Add --no-cache${update === undefined ? "" : ", and leave apk update out"}.`,
        key: `${first.applet} ${first.names.map(({ text }) => text).join(" ")}`,
        ...edits,
      };
    } else if (update !== undefined && fetching.length > 0) {
      yield {
        rule: "apk-update-defeats-no-cache",
        title: "apk update leaves the package index in the image, which --no-cache does not need",
        line: lineOf(subject, run, commandOf(run, update)),
        fix: "Leave apk update out.",
        key: fetching.flatMap(({ names }) => names.map(({ text }) => text)).join(" "),
        ...edits,
      };
    } else if (update !== undefined && fetching.length === 0) {
      yield {
        rule: "apk-index",
        title: "apk update in a RUN of its own stays in the image, and grows stale in the build cache",
        line: lineOf(subject, run, commandOf(run, update)),
        fix: "Leave it out, and give apk add --no-cache.",
        key: "update alone",
      };
    }
  }
};

/** Nothing but RUNs lies between, so that they are neighbours. */
function runsBetween({ shipped, runs }: LintSubject, from: Run, to: Run): number[] | null {
  const between = shipped.filter(([index]) => index >= from.index && index <= to.index);
  if (!between.every(([index]) => runs.some((run) => run.index === index && run.script.complete))) return null;
  return between.map(([index]) => index);
}

function* splitDrafts(subject: LintSubject): Generator<LintDraft, void, undefined> {
  const added = new Map<string, Run>();
  const plain = new Map<string, Run>();
  for (const { run, calls } of apkRuns(subject))
    for (const call of calls) {
      const { applet, virtual, names } = call;
      if (applet === "add" && virtual !== null) added.set(virtual, run);
      else if (applet === "add") for (const { text } of names) plain.set(text, run);
      if (applet !== "del") continue;
      for (const { text } of names) {
        const from = added.get(text) ?? plain.get(text);
        if (from === undefined || from === run) continue;
        const isVirtual = added.has(text);
        const steps = isVirtual ? runsBetween(subject, from, run) : null;
        yield {
          rule: isVirtual ? "apk-virtual-split" : "apk-del-frees-nothing",
          title: isVirtual
            ? `The virtual package ${text} is added in one RUN (line ${from.instruction.line}) and deleted in another, which frees nothing`
            : `apk del ${text} frees nothing: the layer of line ${from.instruction.line} keeps it`,
          line: lineOf(subject, run, commandOf(run, call)),
          fix: `Add ${text}, use it and delete it in one RUN.`,
          key: text,
          ...(steps === null ? {} : { edits: [{ kind: "join-runs", steps }] }),
        };
      }
    }
}

export const apkSplitRules: LintRule = splitDrafts;

const TOOLCHAIN =
  /^(?:\.?build-base|alpine-sdk|gcc|g\+\+|make|cmake|musl-dev|libc-dev|linux-headers|rust|cargo|go|clang\d*|llvm\d*|ghc|binutils)$/;

/** Compilers that stay in the image. */
export const apkToolchain: LintRule = function* (subject) {
  const deleted = new Set(
    apkRuns(subject).flatMap(({ calls }) =>
      calls.flatMap(({ applet, names }) => (applet === "del" ? names.map(({ text }) => text) : [])),
    ),
  );
  for (const { run, calls } of apkRuns(subject))
    for (const call of calls) {
      if (call.applet !== "add") continue;
      const names = call.names.map(({ text }) => text).filter((name) => TOOLCHAIN.test(name.replace(/[=<>~@].*$/, "")));
      if (names.length === 0 || (call.virtual !== null && deleted.has(call.virtual))) continue;
      const left = names.filter((name) => !deleted.has(name));
      if (left.length === 0) continue;
      yield {
        rule: call.virtual === null ? "apk-toolchain-in-world" : "apk-virtual-left",
        title: `What builds stays in the image: ${left.join(", ")}`,
        line: lineOf(subject, run, commandOf(run, call)),
        fix: "Build in a stage of its own and copy the result, or add with --virtual .build-deps, use and delete it in one RUN.",
        key: left.join(" "),
      };
    }
};
