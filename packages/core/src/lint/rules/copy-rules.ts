import { type Copy, type LintRule, type LintSubject, lineOf, type Run } from "../lint-subject.ts";

function bytesOf({ context }: LintSubject, copy: Copy): number | null {
  if (copy.from !== null || context === null) return null;
  const sums = copy.sources.map((source) => context.bytesOf(source));
  return sums.includes(null) ? null : sums.reduce((sum: number, bytes) => sum + (bytes ?? 0), 0);
}

/** Where a source of a COPY comes to lie; null where a glob or variable hides it. */
function landings({ sources, to }: Copy): readonly string[] {
  if (to === null) return [];
  const folder = to.replace(/\/+$/, "") || "/";
  const isFolder = to.endsWith("/") || sources.length > 1;
  return sources.flatMap((source) => {
    if (/[*?[$]/.test(source)) return [folder];
    const name = source.replace(/\/+$/, "").split("/").at(-1) ?? "";
    return isFolder && name !== "." && name !== "" ? [`${folder === "/" ? "" : folder}/${name}`] : [folder];
  });
}

/** The copy whose files a path is, or is part of. */
function copyOf({ copies }: LintSubject, run: Run, path: string): Copy | undefined {
  const plain = path.replace(/\/(?:\*+)?$/, "") || "/";
  return copies.findLast(
    (copy) =>
      copy.index < run.index &&
      plain !== "/" &&
      landings(copy).some(
        (landing) =>
          landing !== "/" && (landing === plain || landing.startsWith(`${plain}/`) || plain.startsWith(`${landing}/`)),
      ),
  );
}

const CHANGES: ReadonlySet<string> = new Set(["chmod", "chown", "chgrp"]);
const ARCHIVE = /\.(?:tar|tgz|tar\.(?:gz|bz2|xz|zst)|tbz2|txz|zip|gz|xz|bz2)$/;

/** What a RUN does to what a COPY stored is stored once more, or frees nothing. */
export const copyRules: LintRule = function* (subject) {
  for (const run of subject.runs)
    for (const command of run.script.commands) {
      const { name, words } = command;
      if (name === null) continue;
      const paths = words.filter((word): word is string => word?.startsWith("/") === true);
      for (const path of paths) {
        const copy = copyOf(subject, run, path);
        if (copy === undefined) continue;
        const { verb, line } = copy.instruction;
        const draft = { line: lineOf(subject, run, command), bytes: bytesOf(subject, copy), key: `${name} ${path}` };
        if (CHANGES.has(name)) {
          const flag = name === "chmod" ? "--chmod" : "--chown";
          yield {
            ...draft,
            rule: "metadata-copy",
            title: `${name} stores ${path} once more, which ${verb} brought in line ${line}`,
            fix: `Give ${verb} ${flag}=… instead.`,
          };
        } else if (name === "rm" || name === "unlink") {
          yield {
            ...draft,
            rule: "copied-then-removed",
            title: `Removing ${path} frees nothing: the layer of line ${line} keeps it`,
            fix: `Do not ${verb} it: mount it for the RUN that needs it (RUN --mount=type=bind), or copy in a stage of its own.`,
          };
        } else if ((name === "tar" || name === "unzip") && ARCHIVE.test(path)) {
          yield {
            ...draft,
            rule: "unpacked-archives",
            title: `The archive ${path} stays in the layer of line ${line} beside what is unpacked of it`,
            fix: "Unpack it with ADD, or mount it for the RUN that unpacks it.",
          };
        }
      }
    }
};

/** What has no place in an image, by the first part of its path in the context. */
const JUNK = [
  ".git",
  ".hg",
  ".svn",
  "node_modules",
  ".venv",
  "venv",
  "target",
  "dist",
  "build",
  ".idea",
  ".vscode",
  "__pycache__",
  ".terraform",
];
const NAMED = 3;

/** `COPY . .`: all of the context that .dockerignore does not keep out. */
export const contextRules: LintRule = function* (subject) {
  const { context, copies, dockerfile } = subject;
  const sent = dockerfile.instructions.find(({ verb, args, flags }) => {
    const isWhole = /^(?:\.\/?|\/|\[\s*"\.\/?")[\s,]/.test(args);
    return (verb === "COPY" || verb === "ADD") && isWhole && !flags.some(({ name }) => name === "from");
  });
  if (sent === undefined || context === null) return;
  const inImage = copies.some(({ instruction }) => instruction === sent);
  const found = context.folders.filter(({ path }) => JUNK.includes(path.split("/").at(-1) ?? "") || ARCHIVE.test(path));
  const kept = found.filter(({ contentBytes }) => contentBytes > 0).sort((a, b) => b.contentBytes - a.contentBytes);
  if (!context.hasIgnoreFile || kept.length > 0) {
    const bytes = kept.reduce((sum, { contentBytes }) => sum + contentBytes, 0);
    const names = kept.slice(0, NAMED).map(({ path }) => path);
    const what =
      names.length === 0 ? "" : `: ${names.join(", ")}${kept.length > NAMED ? ` and ${kept.length - NAMED} more` : ""}`;
    yield {
      rule: kept[0]?.path.endsWith(".git") === true && kept.length === 1 ? "vcs" : "context-junk",
      title: context.hasIgnoreFile
        ? `${sent.verb} . brings what an image seldom needs${what}`
        : `${sent.verb} . without a .dockerignore brings all of the context${what}`,
      line: sent.line,
      fix: `Name them in ${context.ignoreFile}${inImage ? "" : ": the build's stages are sent them as well"}.`,
      key: "context",
      bytes: context.hasIgnoreFile || kept.length > 0 ? bytes : context.contentBytes,
      paths: kept.length > 0 ? kept.map(({ path }) => path) : context.largest.map(({ path }) => path),
    };
  }
};
