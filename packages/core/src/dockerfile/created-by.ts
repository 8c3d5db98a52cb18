import type { HistoryEntry } from "../oci/config.ts";

/** Who wrote a history entry, as far as the entry shows it. The classic builder and buildah write most lines alike: `buildah` needs evidence. */
export type Producer =
  | "apko"
  | "bazel"
  | "buildah"
  | "buildkit"
  | "buildkit-exporter"
  | "buildpacks"
  | "classic"
  | "debuerreotype"
  | "docker-commit"
  | "docker-import"
  | "docker-squash"
  | "jib"
  | "kaniko"
  | "ko"
  | "nix";

const VERBS = [
  "ADD",
  "ARG",
  "CMD",
  "COPY",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "RUN",
  "SHELL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
] as const;

/** A Dockerfile instruction that leaves a history entry. */
export type Verb = (typeof VERBS)[number];

/** A build argument. `value` is null where none is recorded, or where it cannot be told from the command after it. */
export interface BuildArg {
  readonly name: string;
  readonly value: string | null;
}

/** What a history entry says, close to the line of the Dockerfile that it came from. */
export interface Instruction {
  readonly producer: Producer | null;
  readonly verb: Verb | null;
  /** For display: trimmed, line feeds kept, not escaped; without values of build arguments unless asked for. May be empty. */
  readonly text: string;
  /** Values are secrets: apart from `text`, so that printing one never prints the other. */
  readonly buildArgs: readonly BuildArg[];
  /** What ran the command, such as `/bin/sh -c`; null for an exec form, and where it is not recorded. */
  readonly shell: string | null;
  /** The base image, where buildah or podman names it. */
  readonly base: string | null;
  /** The store paths of the layer, where nix lists them. */
  readonly storePaths: readonly string[];
}

export interface CreatedByOptions {
  /** Show the values of build arguments in `text`. */
  readonly showArgs?: boolean | undefined;
}

/** Stands for a value that is not shown. */
const HIDDEN = "***";
const DIGEST_SHOWN = 12;

interface Line {
  readonly createdBy: string;
  readonly comment: string;
  readonly author: string;
  readonly showArgs: boolean;
}

type Reading = Pick<Instruction, "verb" | "text"> & Partial<Pick<Instruction, "buildArgs" | "shell" | "storePaths">>;

// ── The shell in front of a command ────────────────────────────────────────────────────────────────────────────────

const SHELL_NAME = /^(?:[^\s]*[\\/])?(?:(?:a|ba|c|da|fi|k|mk|pw|tc|z)?sh|cmd|powershell|python[\d.]*)(?:\.exe)?$/i;
const COMMAND_FLAG = /^(?:-[a-z]*c|\/c|-command)$/i;
const OTHER_FLAG = /^(?:[-+][\w-]*|\/[a-z])$/i;
const OPTION_WORD = /^\w+$/;
// Bounds that no SHELL instruction reaches: they keep the search linear in a created_by made to be slow.
const SHELL_TOKEN_MAX = 256;
const SHELL_TOKENS_MAX = 16;

function tokenEnd(text: string, start: number): number {
  const space = text.indexOf(" ", start);
  return space === -1 ? text.length : space;
}

function shortToken(text: string, start: number): string | null {
  const token = text.slice(start, start + SHELL_TOKEN_MAX + 1);
  const end = tokenEnd(token, 0);
  return end > SHELL_TOKEN_MAX ? null : token.slice(0, end);
}

/** Where `<shell> <flags> -c` that starts at `start` ends, or null where none starts there. */
function shellEnd(text: string, start: number): number | null {
  const name = shortToken(text, start);
  if (name === null || !SHELL_NAME.test(name)) return null;
  let at = start + name.length + 1;
  let last = name;
  for (let tokens = 0; tokens < SHELL_TOKENS_MAX && at < text.length; tokens++) {
    const token = shortToken(text, at);
    if (token === null) return null;
    if (COMMAND_FLAG.test(token)) return at + token.length;
    // `-o pipefail`, `-euxo pipefail`: the word after the letter o belongs to the flag.
    const isOption = last.endsWith("o") && OTHER_FLAG.test(last) && OPTION_WORD.test(token);
    if (!isOption && !OTHER_FLAG.test(token)) return null;
    at += token.length + 1;
    last = token;
  }
  return null;
}

// ── Build arguments ────────────────────────────────────────────────────────────────────────────────────────────────

const ARG_COUNT = /^\|(\d+) /;
const FIRST_NAME = /[^\s=]+=/y;
const NAME = /[A-Za-z_][\w.-]{0,127}=/y;
const NO_VALUE_NAME = /^[A-Za-z_][\w.-]{0,127}$/;

interface NameAt {
  readonly start: number;
  readonly equals: number;
}

function nameAt(text: string, start: number): NameAt | null {
  const pattern = start === 0 ? FIRST_NAME : NAME;
  pattern.lastIndex = start;
  return pattern.test(text) ? { start, equals: pattern.lastIndex - 1 } : null;
}

interface Command {
  /** The arguments as they are recorded, `|2 A=x B=y `. */
  readonly prefix: string;
  readonly args: readonly BuildArg[];
  readonly shell: string | null;
  /** Null where the command cannot be told from the last value. */
  readonly command: string | null;
}

/**
 * The arguments in `text`. Values are joined by spaces without quotes, so `A=x B=y` is two arguments or one: it is split
 * only where the recorded count confirms it. Otherwise all that follows the first name is its value, since part of
 * a value must not pass as a name.
 */
function splitArgs(text: string, names: readonly NameAt[], count: number): BuildArg[] {
  const certain = names.length === count ? names : names.slice(0, 1);
  return certain.map((name, i) => {
    const next = certain[i + 1];
    return {
      name: text.slice(name.start, name.equals),
      value: text.slice(name.equals + 1, next === undefined ? text.length : next.start - 1),
    };
  });
}

interface ShellAt {
  readonly start: number;
  readonly end: number;
}

/** The names of arguments, and the shell after them: the first behind `count` names, as a value may hold a shell too. */
function scanArgs(text: string, count: number): { names: NameAt[]; shell: ShellAt | null } {
  const names: NameAt[] = [];
  let first: { shell: ShellAt; names: NameAt[] } | null = null;
  for (let at = 0; at < text.length; at = tokenEnd(text, at) + 1) {
    const name = nameAt(text, at);
    if (name !== null) names.push(name);
    const end = name === null ? shellEnd(text, at) : null;
    if (end === null) continue;
    const shell = { start: at, end };
    if (names.length >= count) return { names, shell };
    first ??= { shell, names: [...names] };
  }
  // buildah counts the words of values as arguments (getCreatedBy), so the count can be too high.
  return first ?? { names, shell: null };
}

// A heredoc with a shebang runs as a file, with no shell in front (BuildKit convert.go dispatchRun).
const HEREDOC_FILE = /^\/dev\/pipes\/\S+$/;

type AfterArgs = Omit<Command, "prefix"> & { readonly commandStart: number };

function afterArgs(text: string, count: number): AfterArgs {
  const { names, shell } = scanArgs(text, count);
  if (shell !== null) {
    return {
      args: splitArgs(text.slice(0, Math.max(0, shell.start - 1)), names, count),
      shell: text.slice(shell.start, shell.end),
      command: text.slice(shell.end).trim(),
      commandStart: shell.start,
    };
  }
  const lastSpace = text.lastIndexOf(" ");
  const lastToken = text.slice(lastSpace + 1);
  if (HEREDOC_FILE.test(lastToken)) {
    const args = splitArgs(text.slice(0, Math.max(0, lastSpace)), names, count);
    return { args, shell: null, command: lastToken, commandStart: lastSpace + 1 };
  }
  const args = splitArgs(text, names, count).map(({ name }) => ({ name, value: null }));
  return { args, shell: null, command: null, commandStart: text.length };
}

/** `[|n NAME=value …] [<shell> -c] <command>`, as the classic builder, BuildKit and buildah record a RUN. */
function readCommand(text: string): Command {
  const count = ARG_COUNT.exec(text);
  if (count !== null) {
    const { commandStart, ...rest } = afterArgs(text.slice(count[0].length), Number(count[1]));
    return { ...rest, prefix: text.slice(0, count[0].length + commandStart) };
  }
  const end = shellEnd(text, 0);
  return {
    prefix: "",
    args: [],
    shell: end === null ? null : text.slice(0, end),
    command: (end === null ? text : text.slice(end)).trim(),
  };
}

function readRun(text: string, showArgs: boolean): Reading {
  const { prefix, args, shell, command } = readCommand(text);
  const shown = showArgs ? `${prefix}${command ?? ""}` : (command ?? HIDDEN);
  // buildah puts the shell in front of an exec form too.
  const isExecForm = command?.startsWith('["') === true;
  return { verb: "RUN", text: `RUN ${shown}`.trim(), buildArgs: args, shell: isExecForm ? null : shell };
}

/** `ARG A`, `ARG A=value`, `ARG A B` (buildah). A value may hold spaces: what follows the first `=` is value. */
function readArg(text: string, showArgs: boolean): Reading {
  const equals = text.indexOf("=");
  const head = (equals === -1 ? text : text.slice(0, equals)).split(/\s+/).filter((word) => word !== "");
  const withValue = equals === -1 ? undefined : head.pop();
  const buildArgs: BuildArg[] = head.filter((word) => NO_VALUE_NAME.test(word)).map((name) => ({ name, value: null }));
  if (withValue !== undefined) buildArgs.push({ name: withValue, value: text.slice(equals + 1) });
  const shown = buildArgs.map(({ name, value }) => (value === null ? name : `${name}=${HIDDEN}`)).join(" ");
  return { verb: "ARG", text: `ARG ${showArgs ? text : shown}`.trim(), buildArgs };
}

// ── Lines of a Dockerfile ──────────────────────────────────────────────────────────────────────────────────────────

const VERB = new RegExp(`^(${VERBS.join("|")})(?=\\s|$)`);
const VERB_ANY_CASE = new RegExp(VERB.source, "i");

// What builders print of their own data structures, and how a Dockerfile says it.
const TIDY: readonly (readonly [RegExp, (match: string, ...groups: string[]) => string])[] = [
  // Old engines: ENTRYPOINT &{["/pause"]}
  [/^(ENTRYPOINT|CMD) &\{(.*)\}$/s, (_, verb, list) => `${verb} ${list}`],
  // BuildKit: EXPOSE map[80/tcp:{}], later EXPOSE [80/tcp]
  [/^EXPOSE (?:map)?\[(.*)\]$/s, (_, ports) => `EXPOSE ${(ports ?? "").replaceAll(":{}", "")}`],
  // Classic builder and buildah: COPY file:<sha256> in /dst
  [
    /^((?:ADD|COPY) (?:--link )?(?:file|dir|multi):)([0-9a-f]{64})(?![0-9a-f])/,
    (_, head, digest) => `${head}${(digest ?? "").slice(0, DIGEST_SHOWN)}`,
  ],
];

function tidy(text: string): string {
  let out = text;
  for (const [pattern, replacement] of TIDY) out = out.replace(pattern, replacement);
  return out;
}

/** A line that starts with the name of an instruction; null where it does not. */
function readDockerfileLine(text: string, showArgs: boolean, pattern = VERB): Reading | null {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) return null;
  const verb = found.toUpperCase() as Verb;
  const rest = text.slice(found.length).trim();
  if (verb === "RUN") return readRun(rest, showArgs);
  if (verb === "ARG") return readArg(rest, showArgs);
  return { verb, text: tidy(`${verb} ${rest}`.trim()) };
}

function withoutSuffix(text: string, suffix: string): string {
  return text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
}

function withoutPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

/** `created_by (comment)`, for tools that have no instructions. */
function readLabel({ createdBy, comment }: Line): Reading {
  return { verb: null, text: createdBy !== "" && comment !== "" ? `${createdBy} (${comment})` : createdBy || comment };
}

// ── Each producer's form ───────────────────────────────────────────────────────────────────────────────────────────

const NOP = "#(nop)";

/** `/bin/sh -c #(nop) …` for all but RUN; RUN is the bare command line. */
function readClassic({ createdBy, showArgs }: Line): Reading {
  const { shell, command } = readCommand(createdBy);
  if (shell === null || command === null || !command.startsWith(NOP)) {
    return readDockerfileLine(createdBy, showArgs) ?? readRun(createdBy, showArgs);
  }
  const line = command.slice(NOP.length).trim();
  return { ...(readDockerfileLine(line, showArgs, VERB_ANY_CASE) ?? { verb: null, text: line }), shell: null };
}

// What buildah appends for its cache (stage_executor.go buildMetadata): |unsetLabel=true|inheritLabels=false|force-mtime=10
const BUILDAH_FLAG =
  /^\|(?:unsetLabel|unsetAnnotation|inheritLabels|inheritAnnotations|force-mtime|rewrite-timestamp)=\S*$/;
const CHECKSUM = /^:(?:sha256:)?[0-9a-f]{64}$/;
const CHECKSUM_LENGTHS = [":sha256:".length + 64, ":".length + 64];

function withoutBuildahFlags(text: string): string {
  let out = text.trimEnd();
  for (let bar = out.lastIndexOf("|"); bar >= 0 && BUILDAH_FLAG.test(out.slice(bar)); bar = out.lastIndexOf("|")) {
    out = out.slice(0, bar).trimEnd();
  }
  return out;
}

/** One checksum is appended per bind mount (getCreatedBy), and only then: another command may end in a digest. */
function withoutMountChecksums(text: string): string {
  if (!text.includes("--mount=")) return text;
  let out = text;
  for (;;) {
    const length = CHECKSUM_LENGTHS.find((size) => CHECKSUM.test(out.slice(-size)));
    if (length === undefined) return out;
    out = out.slice(0, -length);
  }
}

function withoutBuildahSuffixes(text: string): string {
  return withoutMountChecksums(withoutBuildahFlags(text));
}

function readBuildah(line: Line): Reading {
  const createdBy = withoutBuildahSuffixes(line.createdBy);
  // `buildah commit` names the default shell, which says nothing of what was done.
  if (createdBy === "/bin/sh") return { verb: null, text: line.comment };
  return readClassic({ ...line, createdBy });
}

function readBuildkit({ createdBy, showArgs }: Line): Reading {
  const line = withoutSuffix(createdBy, "# buildkit").trimEnd();
  return readDockerfileLine(line, showArgs) ?? { verb: null, text: line };
}

// `[stage-1 3/3] COPY …` is the Dockerfile front end's name of a step, `mount / from exec …` that of a plain LLB exec.
const STEP_NAME = /^\[[^\]]{0,200}\] /;
const EXEC_NAME = /^mount \S+ from exec /;

function readBuildkitExporter({ createdBy, showArgs }: Line): Reading {
  const exec = EXEC_NAME.exec(createdBy);
  if (exec !== null) return readRun(createdBy.slice(exec[0].length), showArgs);
  const line = createdBy.replace(STEP_NAME, "").trim();
  return readDockerfileLine(line, showArgs) ?? { verb: null, text: line };
}

/** kaniko records the Dockerfile's own words, so a shell in them is the author's and stays. */
function readKaniko({ createdBy, showArgs }: Line): Reading {
  if (createdBy.startsWith("RUN ") && !createdBy.startsWith("RUN |")) return { verb: "RUN", text: createdBy };
  return readDockerfileLine(createdBy, showArgs) ?? { verb: null, text: createdBy };
}

const QUOTED = /'([^']*)'|"([^"]*)"/g;

function readNix({ comment }: Line): Reading {
  const storePaths = [...comment.matchAll(QUOTED)].map((match) => match[1] ?? match[2] ?? "");
  return { verb: null, text: comment, storePaths };
}

const readComment = ({ comment }: Line): Reading => ({ verb: null, text: comment });
const readCreatedBy = ({ createdBy }: Line): Reading => ({ verb: null, text: createdBy });

const BUILDPACKS_LINE =
  /^(?:Layer: '|Application (?:Layer|Slice: \d+)$|Software Bill-of-Materials$|Buildpacks (?:Launcher Config|Application Launcher|Process Types)$)/;
const SQUASHED = /^(?:merge sha256:[0-9a-f]+ to sha256:[0-9a-f]+|create new from sha256:[0-9a-f]+)$/;
// A program and its arguments: a path, or a lower-case name followed by something. "BusyBox 1.37.0 (musl)" is a title.
const ARGV = /^(?:\.{0,2}\/\S|[a-z][\w.+-]* +\S)/;

function hasShell(createdBy: string): boolean {
  return ARG_COUNT.test(createdBy) || shellEnd(createdBy, 0) !== null;
}

function isArgv({ createdBy, comment }: Line): boolean {
  return comment === "" && ARGV.test(createdBy) && !SHELL_NAME.test(createdBy);
}

interface Form {
  readonly producer: Producer | null;
  readonly matches: (line: Line) => boolean;
  readonly read: (line: Line) => Reading;
}

/**
 * The first form that matches reads the entry. Marks that only one tool writes come before those that several share;
 * an author counts only where the tool sets it, since the classic builder puts the MAINTAINER there.
 */
const FORMS: readonly Form[] = [
  // moby/buildkit exporter/containerimage/writer.go normalizeLayersAndHistory
  {
    producer: "buildkit-exporter",
    matches: ({ comment }) => comment === "buildkit.exporter.image.v0",
    read: readBuildkitExporter,
  },
  // moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go commitToHistory
  {
    producer: "buildkit",
    matches: ({ createdBy, comment }) =>
      comment.startsWith("buildkit.dockerfile.") || createdBy.endsWith(" # buildkit"),
    read: readBuildkit,
  },
  // GoogleContainerTools/kaniko pkg/executor/build.go saveLayerToImage
  { producer: "kaniko", matches: ({ author }) => author === "kaniko", read: readKaniko },
  // GoogleContainerTools/jib BuildImageStep.java
  {
    producer: "jib",
    matches: ({ createdBy, comment, author }) =>
      author === "Jib" || comment === "auto-generated by Jib" || createdBy.startsWith("jib-"),
    read: readLabel,
  },
  // ko-build/ko pkg/build/gobuild.go
  {
    producer: "ko",
    matches: ({ createdBy, author }) => author === "ko" || /^ko (?:build|publish) ko:\/\//.test(createdBy),
    read: readLabel,
  },
  // chainguard-dev/apko pkg/build/oci/image.go
  {
    producer: "apko",
    matches: ({ createdBy, author }) => author === "apko" || createdBy === "apko",
    read: readLabel,
  },
  // nixpkgs pkgs/build-support/docker/stream_layered_image.py
  { producer: "nix", matches: ({ comment }) => comment.startsWith("store paths: ["), read: readNix },
  // buildpacks/lifecycle layers/factory.go
  { producer: "buildpacks", matches: ({ createdBy }) => BUILDPACKS_LINE.test(createdBy), read: readCreatedBy },
  // debuerreotype, the Debian base images
  {
    producer: "debuerreotype",
    matches: ({ createdBy, comment }) => comment.startsWith("debuerreotype") || createdBy.startsWith("# debian.sh "),
    read: ({ createdBy, comment }) => ({ verb: null, text: withoutPrefix(createdBy, "# ") || comment }),
  },
  // moby/moby daemon/images/image_squash.go
  {
    producer: "docker-squash",
    matches: ({ createdBy, comment }) => createdBy === "" && SQUASHED.test(comment),
    read: readComment,
  },
  { producer: "docker-import", matches: ({ comment }) => comment.startsWith("Imported from "), read: readComment },
  // containers/buildah imagebuildah/stage_executor.go getCreatedBy
  {
    producer: "buildah",
    matches: ({ createdBy, comment }) =>
      createdBy !== "" && (comment.startsWith("FROM ") || withoutBuildahSuffixes(createdBy) !== createdBy),
    read: readBuildah,
  },
  // moby/moby builder/dockerfile/dispatchers.go
  { producer: "classic", matches: ({ createdBy }) => hasShell(createdBy), read: readClassic },
  // bazelbuild/rules_docker; after the classic form, as rules_docker keeps its author on entries of a base
  {
    producer: "bazel",
    matches: ({ createdBy, author }) => author === "Bazel" || createdBy.startsWith("bazel build"),
    read: readCreatedBy,
  },
  // A Dockerfile's line by an unknown tool
  {
    producer: null,
    matches: ({ createdBy }) => VERB.test(createdBy),
    read: ({ createdBy, showArgs }) => readDockerfileLine(createdBy, showArgs) ?? { verb: null, text: createdBy },
  },
  // The classic builder's exec form is its arguments joined by spaces, with no mark at all
  { producer: "classic", matches: isArgv, read: readClassic },
  // `docker commit` records the container's command and the -m text
  {
    producer: "docker-commit",
    matches: ({ createdBy, comment }) => SHELL_NAME.test(createdBy) || (createdBy !== "" && comment !== ""),
    read: readLabel,
  },
];

const FALLBACK: Form = { producer: null, matches: () => true, read: readLabel };
const FROM = "FROM ";

/**
 * Reads one history entry. Never throws: an entry of an unknown form keeps its words, and one without any has an
 * empty `text`. Runs in time linear in the entry's length.
 */
export function parseCreatedBy(entry: HistoryEntry, options: CreatedByOptions = {}): Instruction {
  const line: Line = {
    createdBy: entry.createdBy?.trim() ?? "",
    comment: entry.comment?.trim() ?? "",
    author: entry.author?.trim() ?? "",
    showArgs: options.showArgs === true,
  };
  const form = FORMS.find(({ matches }) => matches(line)) ?? FALLBACK;
  const reading = form.read(line);
  return {
    producer: form.producer,
    verb: reading.verb,
    text: reading.text.trim(),
    buildArgs: reading.buildArgs ?? [],
    shell: reading.shell ?? null,
    base: form.producer === "buildah" && line.comment.startsWith(FROM) ? line.comment.slice(FROM.length) : null,
    storePaths: reading.storePaths ?? [],
  };
}
