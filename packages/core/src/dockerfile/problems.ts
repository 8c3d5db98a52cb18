import { stringList } from "./build-state.ts";
import { programOf } from "./directory-use.ts";
import { type Dockerfile, type DockerfileInstruction, shellOf } from "./dockerfile.ts";
import { VERBS } from "./instruction.ts";
import { isNearMiss } from "./near-miss.ts";
import type { ShellCommand, ShellScript } from "./shell-script.ts";

/** Something wrong with a Dockerfile that the image cannot show. */
export interface DockerfileProblem {
  /** 1-based. */
  readonly line: number;
  /** A whole sentence. */
  readonly message: string;
}

/** A RUN of a shell, read. */
interface Run {
  readonly instruction: DockerfileInstruction;
  readonly script: ShellScript;
}

interface Subject {
  readonly dockerfile: Dockerfile;
  /** By stage. */
  readonly stages: ReadonlyMap<number, readonly Run[]>;
}

type Check = (subject: Subject) => DockerfileProblem[];

function lineOf(dockerfile: Dockerfile, { instruction, script }: Run, command: ShellCommand): number {
  const before = script.text.slice(0, command.start);
  const start = dockerfile.text.slice(instruction.start, instruction.run?.start ?? instruction.start);
  return instruction.line + (start + before).split("\n").length - 1;
}

function eachCommand(subject: Subject, look: (command: ShellCommand, run: Run) => string | null): DockerfileProblem[] {
  return [...subject.stages.values()].flat().flatMap((run) =>
    run.script.commands.flatMap((command) => {
      const message = look(command, run);
      return message === null ? [] : [{ line: lineOf(subject.dockerfile, run, command), message }];
    }),
  );
}

// ── Names of commands ──────────────────────────────────────────────────────────────────────────────────────────────

/** Package managers, and what is said to them first. */
const MANAGERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["apk", ["add", "del", "fix", "update", "upgrade"]],
  ["apt", ["autoremove", "clean", "install", "purge", "remove", "update", "upgrade"]],
  ["apt-get", ["autoremove", "clean", "dist-upgrade", "install", "purge", "remove", "update", "upgrade"]],
  ["dnf", ["clean", "install", "remove", "update", "upgrade"]],
  ["gem", ["install"]],
  ["microdnf", ["clean", "install", "remove", "update", "upgrade"]],
  ["npm", ["cache", "ci", "install", "prune", "run", "uninstall"]],
  ["pip", ["install", "uninstall"]],
  ["pip3", ["install", "uninstall"]],
  ["yarn", ["add", "cache", "install"]],
  ["yum", ["clean", "install", "remove", "update", "upgrade"]],
  ["zypper", ["clean", "install", "refresh", "remove", "update"]],
]);

/** Programs that exist and are one letter away. */
const REAL: ReadonlySet<string> = new Set([
  ...MANAGERS.keys(),
  "apm",
  "ask",
  "bnpm",
  "cnpm",
  "gdnf",
  "npx",
  "opm",
  "pipx",
  "pnpm",
  "ppm",
  "rpm",
  "sip",
  "spm",
  "tdnf",
  "vip",
  "zip",
]);

function subcommandOf(command: ShellCommand, known: readonly string[]): string | null {
  return command.words.find((word): word is string => word !== null && known.includes(word)) ?? null;
}

/** The Dockerfile makes or copies something of that name itself. */
function isDefined({ dockerfile }: Subject, name: string): boolean {
  const text = dockerfile.text;
  return [
    `/${name}`,
    `COPY ${name} `,
    `ADD ${name} `,
    `${name}()`,
    `${name} ()`,
    `function ${name}`,
    `alias ${name}=`,
  ].some((form) => text.includes(form));
}

const misspelled: Check = (subject) =>
  eachCommand(subject, (command) => {
    const { name } = command;
    if (name === null || REAL.has(name) || name.includes("/") || name.length > 16) return null;
    for (const [manager, subcommands] of MANAGERS) {
      const subcommand = isNearMiss(name, manager) ? subcommandOf(command, subcommands) : null;
      if (subcommand === null || isDefined(subject, name)) continue;
      return `\`${name}\` is not a command, so the build stops here: did you mean \`${manager} ${subcommand}\`?`;
    }
    return null;
  });

const KEYWORDS = ["FROM", ...VERBS];

const unknownVerb: Check = ({ dockerfile }) =>
  dockerfile.instructions.flatMap(({ verb, line }) => {
    if (KEYWORDS.includes(verb)) return [];
    if (/^[&|;]/.test(verb)) {
      return [
        {
          line,
          message: `The line starts with \`${verb.slice(0, 2)}\`: the line before does not continue, as it lacks a \`${dockerfile.escapeCharacter}\`.`,
        },
      ];
    }
    const meant = KEYWORDS.find((keyword) => isNearMiss(verb, keyword));
    return meant === undefined
      ? []
      : [{ line, message: `\`${verb}\` is not an instruction: did you mean \`${meant}\`?` }];
  });

// ── apk ────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface ApkCall {
  readonly run: Run;
  readonly command: ShellCommand;
  readonly virtual: string | null;
}

function apkCalls(runs: readonly Run[], subcommand: string): ApkCall[] {
  return runs.flatMap((run) =>
    run.script.commands.flatMap((command) =>
      programOf(command) === "apk" && subcommandOf(command, MANAGERS.get("apk") ?? []) === subcommand
        ? [{ run, command, virtual: virtualOf(command) }]
        : [],
    ),
  );
}

/** `--virtual NAME`, `--virtual=NAME`, `-t NAME`, `-tNAME`. */
function virtualOf({ words }: ShellCommand): string | null {
  for (const [i, word] of words.entries()) {
    if (word === "--virtual" || word === "-t") return words[i + 1] ?? null;
    const joined = word === null ? null : /^(?:--virtual=|-t)(.+)$/.exec(word);
    if (joined !== null) return joined[1] ?? null;
  }
  return null;
}

const apkInOtherRun: Check = ({ dockerfile, stages }) =>
  [...stages.values()].flatMap((runs) => {
    const added = apkCalls(runs, "add");
    return apkCalls(runs, "del").flatMap(({ run, command }) => {
      const elsewhere = added.filter(({ virtual }) => virtual !== null && command.words.includes(virtual));
      if (elsewhere.length === 0 || elsewhere.some((add) => add.run === run)) return [];
      const { virtual = "", run: other } = elsewhere.at(-1) ?? {};
      const message = `\`apk del ${virtual}\` frees nothing here: ${virtual} was added in the RUN of line ${other?.instruction.line}, whose layer keeps it. Add, use and delete it in one RUN.`;
      return [{ line: lineOf(dockerfile, run, command), message }];
    });
  });

const apkUnknownVirtual: Check = ({ dockerfile, stages }) =>
  [...stages.values()].flatMap((runs) => {
    const names = apkCalls(runs, "add").flatMap(({ virtual }) => virtual ?? []);
    return apkCalls(runs, "del").flatMap(({ run, command }) =>
      command.words.flatMap((word) => {
        if (word === null || word === "del" || names.includes(word)) return [];
        const meant = names.find((name) => name.length > 3 && isNearMiss(word, name));
        const message = `\`${word}\` is not a virtual package of this stage: did you mean \`${meant}\`?`;
        return meant === undefined ? [] : [{ line: lineOf(dockerfile, run, command), message }];
      }),
    );
  });

const apkUpdateBeforeNoCache: Check = ({ dockerfile, stages }) =>
  [...stages.values()].flat().flatMap((run) => {
    const update = apkCalls([run], "update").find(({ command }) => !command.words.includes("--no-cache"));
    const isFollowed = apkCalls([run], "add").some(({ command }) => command.words.includes("--no-cache"));
    if (update === undefined || !isFollowed) return [];
    const message =
      "`apk update` leaves the package index in the image, which `--no-cache` is there to avoid and does not need: leave `apk update` out.";
    return [{ line: lineOf(dockerfile, run, update.command), message }];
  });

// ── apt ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function isApt(command: ShellCommand, subcommand: string): boolean {
  const program = programOf(command);
  return (program === "apt-get" || program === "apt") && command.words.includes(subcommand);
}

const YES = /^(?:--yes|--assume-yes|-q=2)$/;
const SHORT_FLAGS = /^-[a-zA-Z]+$/;

function saysYes(word: string): boolean {
  return YES.test(word) || (SHORT_FLAGS.test(word) && (word.includes("y") || word.includes("qq")));
}

const aptAsks: Check = (subject) =>
  eachCommand(subject, (command, { script }) => {
    if (!isApt(command, "install") || command.place.isPiped || command.redirects.length > 0) return null;
    const isUnknown = command.words.includes(null) || /apt\.conf|assume-yes/i.test(subject.dockerfile.text);
    if (isUnknown || command.words.some((word) => saysYes(word ?? "")) || !script.complete) return null;
    return "`apt-get install` without `-y` asks, and the build stops as nobody answers.";
  });

const aptUpdateAlone: Check = (subject) =>
  eachCommand(subject, (command, { script }) => {
    if (!isApt(command, "update") || script.commands.some((other) => !isApt(other, "update"))) return null;
    return "`apt-get update` in a RUN of its own is cached: later installs use an old index, and nothing can take the index out of this layer.";
  });

const aptListsElsewhere: Check = ({ dockerfile, stages }) =>
  [...stages.values()].flatMap((runs) => {
    const hasUpdate = ({ script }: Run) => script.commands.some((command) => isApt(command, "update"));
    const updates = runs.filter(hasUpdate);
    return runs
      .filter((run) => !hasUpdate(run))
      .flatMap((run) => {
        const removes = run.script.commands.find(
          (command) =>
            programOf(command) === "rm" && command.words.some((word) => word?.startsWith("/var/lib/apt/lists")),
        );
        const earlier = updates.findLast(({ instruction }) => instruction.line < run.instruction.line);
        if (removes === undefined || earlier === undefined) return [];
        const message = `Deleting the package lists frees nothing here: the layer of line ${earlier.instruction.line} keeps them. Delete them in that RUN.`;
        return [{ line: lineOf(dockerfile, run, removes), message }];
      });
  });

// ── Instructions ───────────────────────────────────────────────────────────────────────────────────────────────────

const LOST: ReadonlyMap<string, string> = new Map([
  ["cd", "`cd` in a RUN of its own changes nothing for later ones: use WORKDIR."],
  ["export", "`export` in a RUN of its own sets nothing for later ones: use ENV."],
]);

const lostState: Check = (subject) =>
  eachCommand(subject, (command, { script }) =>
    script.commands.length === 1 ? (LOST.get(command.name ?? "") ?? null) : null,
  );

const copyToNoFolder: Check = ({ dockerfile }) =>
  dockerfile.instructions.flatMap((instruction) => {
    const { verb, args, line } = instruction;
    if ((verb !== "COPY" && verb !== "ADD") || args.includes("\n")) return [];
    const words = stringList(args) ?? args.split(/\s+/);
    const target = words.at(-1) ?? "";
    if (words.length < 3 || /\/$|^\.{1,2}$|\/\.$|\$/.test(target)) return [];
    return [{ line, message: `${verb} of several sources needs a folder to copy to: \`${target}/\`.` }];
  });

const unknownStage: Check = ({ dockerfile }) =>
  dockerfile.instructions.flatMap(({ flags, stage, line }) => {
    const from = flags.find(({ name }) => name === "from")?.value?.toLowerCase();
    if (from === undefined) return [];
    const names = dockerfile.stages.slice(0, stage).flatMap(({ name }) => name?.toLowerCase() ?? []);
    if (names.includes(from)) return [];
    const meant = names.find((name) => name.length > 3 && isNearMiss(from, name));
    return meant === undefined ? [] : [{ line, message: `No stage is named \`${from}\`: did you mean \`${meant}\`?` }];
  });

const CHECKS: readonly Check[] = [
  misspelled,
  unknownVerb,
  apkInOtherRun,
  apkUnknownVirtual,
  apkUpdateBeforeNoCache,
  aptAsks,
  aptUpdateAlone,
  aptListsElsewhere,
  lostState,
  copyToNoFolder,
  unknownStage,
];

/** Mistakes that show in the Dockerfile alone, by line. Only what is surely wrong is told. */
export function dockerfileProblems(dockerfile: Dockerfile): DockerfileProblem[] {
  const stages = new Map<number, Run[]>();
  for (const instruction of dockerfile.instructions) {
    const script = shellOf(dockerfile, instruction);
    if (script === null) continue;
    const own = stages.get(instruction.stage) ?? [];
    own.push({ instruction, script });
    stages.set(instruction.stage, own);
  }
  const subject: Subject = { dockerfile, stages };
  return CHECKS.flatMap((check) => check(subject)).sort((a, b) => a.line - b.line);
}
