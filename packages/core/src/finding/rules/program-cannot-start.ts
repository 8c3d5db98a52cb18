import { libcOf } from "../../base/libc.ts";
import { type ImagePath, textOfPath } from "../../image-path.ts";
import { UNOWNED } from "../../ledger/owner-keys.ts";
import type { MissingFile, Needer } from "../../runtime/needs.ts";
import type { RunCommand } from "../../runtime/run-commands.ts";
import type { Facts } from "../facts.ts";
import type { Draft, Rule } from "../rule.ts";

/** Programs whose loader, interpreter or libraries are not in the image, and commands that are not there at all. */
export const programCannotStart: Rule = {
  id: "program-cannot-start",
  title: "programs that cannot start in this image",
  about:
    "A program asks for a loader, an interpreter or a library that the image does not have: the kernel answers 'no such file " +
    "or directory', though the file is there. Typical are programs built for glibc on Alpine, scripts for bash where there is " +
    "none, and shell forms on scratch. Nothing is saved by it; the image does not work. A program that a volume brings is " +
    "none of it.",
  severity: "error",
  confidence: "high",
  related: [],
  *find(facts) {
    const told = new Set<string>();
    for (const command of facts.needs.commands) yield* ofCommand(facts, command, told);
    yield* ofPrograms(facts, told);
  },
};

function* ofCommand(facts: Facts, command: RunCommand, told: Set<string>): Generator<Draft, void, undefined> {
  const { from, shell, program, mentions } = command;
  if (program.file === null) {
    if (isMounted(facts, program.word)) return;
    told.add(program.word);
    yield draft({
      title:
        shell === null
          ? `${from} starts ${program.word}, which is not in the image`
          : `${from} is a shell form, and ${shell} is not in the image`,
      key: `${from} ${program.word}`,
      path: null,
      confidence: shell === null ? "medium" : "high",
      text:
        shell === null
          ? `Copy ${program.word} into the image, or correct its name: a bare name is looked up in PATH.`
          : `Write it in exec form, ${from} ["program", "argument"], or use a base with a shell.`,
    });
    return;
  }
  const started = [program, ...mentions].flatMap(({ file }) => (file === null ? [] : [file.instance]));
  const { missing } = facts.needs.needsOf(started);
  const loaders = missing.filter(({ kind }) => kind === "loader");
  // Without its loader a program does not come to ask for libraries.
  for (const one of loaders.length > 0 ? loaders : missing) yield* ofMissing(facts, one, "high", told);
}

/** Programs that no package owns, in the image's own layers: those of packages are there for whoever wants them. */
function* ofPrograms(facts: Facts, told: Set<string>): Generator<Draft, void, undefined> {
  const { binaries } = facts.needs.files;
  for (const { instance, facts: elf } of binaries.values()) {
    if (elf.interpreter === null || (elf.type !== "executable" && !elf.pie)) continue;
    const { owner, inBase } = facts.file(instance);
    if (owner !== UNOWNED || inBase || facts.needs.files.locate(elf.interpreter) !== null) continue;
    const { missing } = facts.needs.needsOf([instance]);
    for (const one of missing) if (one.kind === "loader") yield* ofMissing(facts, one, "medium", told);
  }
}

const WHAT = { loader: "loader", library: "library", script: "interpreter", command: "program" } as const;

function* ofMissing(
  facts: Facts,
  { name, kind, neededBy }: MissingFile,
  confidence: "high" | "medium",
  told: Set<string>,
): Generator<Draft, void, undefined> {
  const needer = neededBy.find((one): one is Extract<Needer, { path: ImagePath }> => "path" in one);
  if (needer === undefined || told.has(`${name} ${needer.path}`)) return;
  told.add(`${name} ${needer.path}`);
  yield draft({
    title: `${textOfPath(needer.path).path} cannot start: its ${WHAT[kind]} ${name.replace(/\r$/, "\\r")} is not in the image`,
    key: `${name} ${needer.path}`,
    path: needer,
    layer: facts.file(needer.instance).layer,
    confidence,
    text: remedy(facts, name, kind),
  });
}

function remedy(facts: Facts, name: string, kind: MissingFile["kind"]): string {
  if (kind === "library") return `Install the package that provides ${name}, or copy the library beside the program.`;
  if (kind === "script")
    return name.endsWith("\r")
      ? "The script has line ends of Windows: convert it (dos2unix, or eol=lf in .gitattributes)."
      : `Install ${name}, or write the script for a shell that is there.`;
  const image = facts.ledger.attribution.libc.kind;
  if (libcOf(name) === "glibc" && image === "musl")
    return "The program is built for glibc, and the image has musl. Build it in this base, or statically (CGO_ENABLED=0 for Go, a musl target for Rust), or use a base with glibc, such as debian:12-slim or gcr.io/distroless/base-debian12.";
  if (libcOf(name) === "musl") return "The program is built for musl. Use an Alpine base, or build it in this base.";
  return "Build it statically, or use a base that has its C library.";
}

interface Cannot {
  readonly title: string;
  readonly key: string;
  readonly path: { readonly path: ImagePath } | null;
  readonly layer?: number;
  readonly confidence: "high" | "medium";
  readonly text: string;
}

function draft({ title, key, path, layer, confidence, text }: Cannot): Draft {
  return {
    title,
    key,
    paths: path === null ? [] : [path.path],
    layers: layer === undefined ? [] : [layer],
    confidence,
    fix: { kind: "none", text, image: [], build: [], assumes: [] },
  };
}

/** A file below a declared volume may come when the container starts. */
function isMounted({ ledger }: Facts, word: string): boolean {
  const { volumes } = ledger.image.description.config.run;
  return volumes.some((volume) => word.startsWith(volume.endsWith("/") ? volume : `${volume}/`));
}
