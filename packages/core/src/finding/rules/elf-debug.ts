import type { ShellEdit } from "../../build/edit-shell.ts";
import { callsOf, subcommandAt } from "../../build/shell-calls.ts";
import { isOsPackage } from "../../category/categorize.ts";
import type { ShellScript } from "../../dockerfile/shell-script.ts";
import { UNOWNED } from "../../ledger/owner-keys.ts";
import { FATE } from "../../tree/fate.ts";
import { elfOf } from "../facts/elf-of.ts";
import { isGoToolchain } from "../facts/go-programs.ts";
import type { Facts } from "../facts.ts";
import { byLayer, isEditable } from "../fix/leave-out.ts";
import { shellWord } from "../fix/removal-command.ts";
import { keyOf } from "../path-rule.ts";
import type { Draft, Fix, Rule, StoredFile } from "../rule.ts";

const LEAST = 4096;
const MAX_STRIPPED = 12;
const PACKAGE_MANAGERS = ["apk", "apt", "apt-get", "aptitude", "dnf", "microdnf", "yum", "zypper"];
const REMOVES = new Set(["autoremove", "del", "erase", "purge", "remove", "rm"]);
const ADDS = new Set(["add", "in", "install"]);
/** Packages that have `strip`, or need the one that has. */
const HAVE_STRIP = /^(?:binutils|gcc|g\+\+|build-base|build-essential|alpine-sdk|gcc-c\+\+|base-devel)(?:[=<>~].*)?$/;
/** Programs after which a built file may be another. */
const MAKERS = [
  "c++",
  "cargo",
  "cc",
  "clang",
  "cmake",
  "cp",
  "curl",
  "g++",
  "gcc",
  "go",
  "install",
  "ld",
  "make",
  "meson",
  "mv",
  "ninja",
  "tar",
  "wget",
];
const NO_SYMBOLS = '"-ldflags=-s -w"';

type Kind = "go" | "rust" | "native";

function kindOf(facts: Facts, file: StoredFile): Kind {
  const elf = elfOf(facts, file);
  if (elf?.goBuildInfo != null) return "go";
  return elf?.rustDependencies != null || file.owner.startsWith("rust/") ? "rust" : "native";
}

/** Programs and libraries that the build made or brought, by the layer that stores them. */
function strippable(facts: Facts): readonly StoredFile[] {
  return [...facts.ledger.attribution.debugBytes.keys()]
    .map((instance) => facts.file(instance))
    .filter((file) => {
      const { fate, inBase, owner, category, path } = file;
      if (fate !== FATE.live || inBase || isOsPackage(owner) || category === "debug-symbols") return false;
      const type = elfOf(facts, file)?.type;
      return (type === "executable" || type === "shared") && category !== "build-toolchain" && !isGoToolchain(path);
    });
}

/** Wheels, gems and Node modules bring their binaries as they were published. */
function isPublished({ owner }: StoredFile): boolean {
  return owner !== UNOWNED && !owner.startsWith("go/") && !owner.startsWith("rust/");
}

function subcommandsOf(script: ShellScript) {
  return callsOf(script, PACKAGE_MANAGERS).map((call) => {
    const at = subcommandAt(call);
    return { call, name: at === null ? "" : (call.words[at] ?? "") };
  });
}

function hasStrip(facts: Facts, script: ShellScript, layer: number): boolean {
  const program = facts.fileAt("usr/bin/strip") ?? facts.fileAt("usr/local/bin/strip");
  if (program !== null && program.layer < layer) return true;
  return subcommandsOf(script).some(
    ({ call, name }) => ADDS.has(name) && call.words.some((word) => word !== null && HAVE_STRIP.test(word)),
  );
}

/** Where `strip` runs: after all that may write the files, before the compiler goes. */
function stripEdit(script: ShellScript, text: string): ShellEdit | null {
  const removal = subcommandsOf(script).find(({ name }) => REMOVES.has(name))?.call.command;
  if (removal === undefined) return { kind: "append", text };
  const isMadeLater = callsOf(script, MAKERS).some(({ command }) => command > removal);
  const isCertain = script.commands[removal]?.always === true;
  return isMadeLater || !isCertain ? null : { kind: "insert-before", command: removal, text };
}

/** Edits that give Go's linker the flags; null where nothing is built here, or its flags are set already. */
function goEdits(script: ShellScript): readonly ShellEdit[] | null {
  const edits: ShellEdit[] = [];
  for (const call of callsOf(script, ["go"])) {
    const at = subcommandAt(call);
    if (at === null || !["build", "install"].includes(call.words[at] ?? "")) continue;
    if (call.words.some((word) => word === null || /^--?ldflags/.test(word))) return null;
    edits.push({ kind: "insert-words", command: call.command, at: at + 1, words: [NO_SYMBOLS] });
  }
  return edits.length === 0 ? null : edits;
}

const HINTS: Readonly<Record<Kind, string>> = {
  go: 'Build with go build -ldflags="-s -w": stack traces keep their names and lines, debuggers lose theirs.',
  rust: 'Set strip = true in [profile.release] of Cargo.toml, or build with RUSTFLAGS="-C strip=symbols".',
  native: "Link with -s, or run strip on the result.",
};

function editsFor(facts: Facts, files: readonly StoredFile[], kinds: readonly Kind[]): readonly ShellEdit[] | null {
  const [first] = files;
  const step = first === undefined ? null : facts.stepOf(first.layer);
  if (first === undefined || step === null || step.script === null || !isEditable(step)) return null;
  if (kinds.every((kind) => kind === "go")) {
    const edits = goEdits(step.script);
    if (edits !== null) return edits;
  }
  const words = files.map(({ path }) => shellWord(path));
  if (words.includes(null) || words.length > MAX_STRIPPED || !hasStrip(facts, step.script, first.layer)) return null;
  const edit = stripEdit(step.script, `strip ${words.join(" ")}`);
  return edit === null ? null : [edit];
}

function fixOf(facts: Facts, files: readonly StoredFile[], published: boolean): Fix {
  const debug = facts.ledger.attribution.debugBytes;
  const kinds = [...new Set(files.map((file) => kindOf(facts, file)))].sort();
  const image = files.map(({ instance, bytes }) => ({
    kind: "resize" as const,
    instance,
    bytes: bytes - (debug.get(instance) ?? 0),
  }));
  if (published)
    return {
      kind: "none",
      text: "They were published so. Strip them only where you test the result: some are broken by it.",
      image,
      build: [],
      assumes: ["The libraries work when stripped."],
    };
  const edits = editsFor(facts, files, kinds);
  const step = facts.stepOf((files[0] as StoredFile).layer)?.step;
  return {
    kind: edits === null ? "none" : "edit-run",
    text: kinds.map((kind) => HINTS[kind]).join(" "),
    image,
    build: edits === null || step === undefined ? [] : [{ kind: "edit-run", step, edits }],
    assumes: ["Nobody debugs or profiles the program inside the container."],
  };
}

/** Programs and libraries that still have their symbol tables and debugging information. */
export const elfDebug: Rule = {
  id: "elf-debug",
  title: "programs with symbol tables and debugging information",
  about:
    "Programs and libraries of the build that still have their symbol tables and debugging information, which only debuggers " +
    "and profilers read. The bytes are those of the sections that strip would free; strip also moves what follows, so the " +
    "result differs by a few bytes.",
  severity: "info",
  confidence: "medium",
  related: [],
  *find(facts): Iterable<Draft> {
    const debug = facts.ledger.attribution.debugBytes;
    for (const [layer, files] of byLayer(strippable(facts)))
      for (const published of [false, true]) {
        const own = files.filter((file) => isPublished(file) === published);
        if (own.reduce((sum, { instance }) => sum + (debug.get(instance) ?? 0), 0) < LEAST) continue;
        yield {
          title: published
            ? "Binaries of packages have symbol tables and debugging information"
            : "Programs have symbol tables and debugging information",
          key: `${keyOf(facts, layer)} ${published ? "published" : "built"}`,
          paths: own.map(({ path }) => path),
          layers: [layer],
          exact: false,
          ...(published ? { confidence: "low" as const } : {}),
          fix: fixOf(facts, own, published),
        };
      }
  },
};
