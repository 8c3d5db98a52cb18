import type { HistoryEntry } from "../oci/config.ts";
import { type LineContext, type Reading, readDockerfileLine, readRun, VERB, VERB_ANY_CASE } from "./dockerfile-line.ts";
import type { Instruction, Producer } from "./instruction.ts";
import { ARG_COUNT, SHELL_NAME, shellEnd } from "./recorded-command.ts";

export interface CreatedByOptions {
  /** Show the values of build arguments in `text`. */
  readonly showArgs?: boolean | undefined;
  /** What a SHELL before the entry names, its words joined. */
  readonly shell?: string | null | undefined;
}

interface Line extends LineContext {
  readonly createdBy: string;
  readonly comment: string;
  readonly author: string;
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

// Behind a shell of any name: a SHELL's own entry has that very shell in front.
const NOP_LINE = /^(?:[^\s#]{1,256} ){1,16}#\(nop\)/;

/** `/bin/sh -c #(nop) …` for all but RUN; RUN is the bare command line. */
function readClassic(line: Line): Reading {
  const { createdBy } = line;
  const nop = NOP_LINE.exec(createdBy)?.[0];
  if (nop === undefined) return readDockerfileLine(createdBy, line) ?? readRun(createdBy, line);
  const text = createdBy.slice(nop.length).trim();
  return { ...(readDockerfileLine(text, line, VERB_ANY_CASE) ?? { verb: null, text }), shell: null };
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

function readBuildkit(line: Line): Reading {
  const text = withoutSuffix(line.createdBy, "# buildkit").trimEnd();
  return readDockerfileLine(text, line) ?? { verb: null, text };
}

// `[stage-1 3/3] COPY …` is the Dockerfile front end's name of a step, `mount / from exec …` that of a plain LLB exec.
const STEP_NAME = /^\[[^\]]{0,200}\] /;
const EXEC_NAME = /^mount \S+ from exec /;

function readBuildkitExporter(line: Line): Reading {
  const exec = EXEC_NAME.exec(line.createdBy);
  if (exec !== null) return readRun(line.createdBy.slice(exec[0].length), line);
  const text = line.createdBy.replace(STEP_NAME, "").trim();
  return readDockerfileLine(text, line) ?? { verb: null, text };
}

/** kaniko records the Dockerfile's own words, so a shell in them is the author's and stays. */
function readKaniko(line: Line): Reading {
  const { createdBy } = line;
  if (createdBy.startsWith("RUN ") && !createdBy.startsWith("RUN |")) return { verb: "RUN", text: createdBy };
  return readDockerfileLine(createdBy, line) ?? { verb: null, text: createdBy };
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

function hasShell({ createdBy, shell }: Line): boolean {
  return ARG_COUNT.test(createdBy) || NOP_LINE.test(createdBy) || shellEnd(createdBy, 0, shell) !== null;
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
  { producer: "classic", matches: hasShell, read: readClassic },
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
    read: (line) => readDockerfileLine(line.createdBy, line) ?? { verb: null, text: line.createdBy },
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
    shell: options.shell ?? null,
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

// BuildKit and the classic builder: `SHELL [/bin/busybox ash -ec]`. buildah records it as it is written, in JSON, and
// `/bin/sh -c` of what runs by it.
function shellNamed({ text }: Instruction): string | null {
  return /^SHELL \[([^"].*)\]$/s.exec(text)?.[1] ?? null;
}

/** Reads all entries: one after a SHELL is known to run by it. */
export function readHistory(history: readonly HistoryEntry[], options: CreatedByOptions = {}): Instruction[] {
  let shell: string | null = null;
  return history.map((entry) => {
    const instruction = parseCreatedBy(entry, { ...options, shell });
    if (instruction.verb === "SHELL") shell = shellNamed(instruction);
    return instruction;
  });
}
