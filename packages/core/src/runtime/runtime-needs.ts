import type { ImagePath } from "../image-path.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { UNOWNED } from "../ledger/owner-keys.ts";
import type { Ecosystem } from "../package-db/package-db.ts";
import { type LibrarySearch, librarySearch, type SearchOrder } from "./library-search.ts";
import { type LiveBinary, type LiveFiles, type Located, liveFiles } from "./live-files.ts";
import { type NeededFile, type Needs, type NeedTally, needTally, type Want } from "./needs.ts";
import { environmentValue, findProgram, type RunCommand, runCommands } from "./run-commands.ts";

/** A needed file that would go. */
export interface KeptFile extends NeededFile {
  /** Key of its owner: `apk/libstdc++`, `[unowned]`. */
  readonly owner: string;
  /** How to ask for it; null where no OS package has it, or where only others that would go need it: they bring it. */
  readonly token: string | null;
}

/** What removing packages would take away from files that stay. */
export interface KeptNeeds {
  /** How to ask the package manager for it, each once, sorted: `so:libstdc++.so.6` (apk), `libstdc++6` (dpkg, rpm). */
  readonly tokens: readonly string[];
  readonly files: readonly KeptFile[];
  readonly uncertain: readonly string[];
  /** All needs were followed. Where not, anything that would go may be needed. */
  readonly complete: boolean;
}

/** Run-time needs of the files of one image. */
export interface RuntimeNeeds {
  readonly files: LiveFiles;
  /** What the config starts. */
  readonly commands: readonly RunCommand[];
  /**
   * All that files need, and what that needs in turn: libraries, loaders, interpreters of scripts.
   *
   * @param start instances, or paths (relative to the root, symlinks followed); what is not there is left out
   */
  needsOf(start: Iterable<number | ImagePath>): Needs;
  /**
   * What would go but is needed by what stays: by every ELF file, by the config's commands, and by scripts that can be
   * started and belong to no package (those of packages are their package manager's business).
   *
   * @param stays of an instance (any entry but a directory) of the final image
   */
  keptTokens(stays: (instance: number) => boolean): KeptNeeds;
}

/** Ways to come to one library that are told apart by the directories they add: real ones have one or two. */
const MAX_LOADERS = 8;
const OS_ECOSYSTEMS: ReadonlySet<string> = new Set<Ecosystem>(["apk", "deb", "rpm", "pacman"]);

/** What files need at run time, seen from the final image. Synchronous and pure. */
export function runtimeNeeds(ledger: Ledger): RuntimeNeeds {
  const { run } = ledger.image.description.config;
  const files = liveFiles(ledger);
  const search = librarySearch(files, ledger.attribution.libc.kind, environmentValue(run, "LD_LIBRARY_PATH"));
  const commands = runCommands(run, files);
  const commandNeeds = commands.flatMap(commandWants);

  const close = (start: Iterable<number>, wanted: readonly Want[] = []): Needs =>
    closure({ files, search, program: (word) => findProgram(word, run, files) }, start, wanted);

  return {
    files,
    commands,
    needsOf(start) {
      const instances: number[] = [];
      for (const one of start) {
        const instance = typeof one === "number" ? one : files.locate(one)?.instance;
        if (instance !== undefined) instances.push(instance);
      }
      return close(instances);
    },
    keptTokens(stays) {
      const start = [...files.binaries.keys()].filter(stays);
      for (const { instance, executable } of files.scripts.values())
        if (executable && ledger.ownerOf(instance) === UNOWNED && stays(instance)) start.push(instance);
      const needs = close(start, commandNeeds);
      return keptOf(ledger, needs, stays);
    },
  };
}

function commandWants({ from, program, mentions }: RunCommand): Want[] {
  return [program, ...mentions].map(({ word, file }) => ({
    located: file,
    name: word,
    kind: "command",
    by: { command: from },
  }));
}

interface Surroundings {
  readonly files: LiveFiles;
  readonly search: LibrarySearch;
  program(word: string): Located | null;
}

/** Follows needs until nothing new comes up. */
function closure(around: Surroundings, start: Iterable<number>, wanted: readonly Want[]): Needs {
  const tally = needTally();
  const pending: { instance: number; loader: SearchOrder | null }[] = [];
  const visited = new Map<number, Set<number | null>>();
  const visit = (instance: number, loader: SearchOrder | null): void => {
    const loaders = visited.get(instance) ?? new Set();
    visited.set(instance, loaders);
    const key = loader?.id ?? null;
    if (loaders.has(key) || loaders.size >= MAX_LOADERS) return;
    loaders.add(key);
    tally.include(instance);
    pending.push({ instance, loader });
  };
  const take = (want: Want, loader: SearchOrder | null): void => {
    tally.add(want);
    if (want.located !== null) visit(want.located.instance, loader);
  };
  for (const want of wanted) take(want, null);
  for (const instance of start) visit(instance, null);
  for (let at = pending.pop(); at !== undefined && !around.search.isExhausted; at = pending.pop()) {
    const binary = around.files.binaries.get(at.instance);
    if (binary !== undefined) followBinary(around, binary, at.loader, take, tally);
    else for (const want of wantsOfScript(around, at.instance)) take(want, null);
  }
  if (around.search.isExhausted) tally.giveUp();
  return tally.finish();
}

function followBinary(
  { search, files }: Surroundings,
  binary: LiveBinary,
  loader: SearchOrder | null,
  take: (want: Want, loader: SearchOrder | null) => void,
  tally: NeedTally,
): void {
  const { facts, path, instance } = binary;
  const by = { path, instance };
  // A library's own interpreter is for those who start it as a program, as libc.so.6 can be.
  if (loader === null && facts.interpreter !== null)
    take({ located: files.locate(facts.interpreter), name: facts.interpreter, kind: "loader", by }, null);
  if (facts.needed.length === 0) return;
  const order = search.orderFor(binary, loader);
  for (const name of facts.needed) {
    const located = search.find(name, binary, order);
    if (search.isExhausted) return;
    if (located?.elsewhere) tally.guess(name, path, located.path);
    take({ located, name, kind: "library", by }, order);
  }
}

function wantsOfScript({ files, program }: Surroundings, instance: number): Want[] {
  const script = files.scripts.get(instance);
  if (script === undefined) return [];
  const { interpreter, program: word } = script.line;
  const by = { path: script.path, instance };
  const wants: Want[] = [{ located: files.locate(interpreter), name: interpreter, kind: "script", by }];
  if (word !== null) wants.push({ located: program(word), name: word, kind: "script", by });
  return wants;
}

/** Needed files of which something would go: the file itself, or a symlink that leads to it. */
function keptOf(ledger: Ledger, needs: Needs, stays: (instance: number) => boolean): KeptNeeds {
  const files = needs.files.flatMap((file) => {
    const gone = [file.instance, ...file.links].filter((instance) => !stays(instance));
    const direct = file.neededBy.some((needer) => "command" in needer || stays(needer.instance));
    const owners = new Set(gone.map((instance) => ledger.ownerOf(instance)));
    return [...owners].map((owner) => ({ ...file, owner, token: direct ? tokenOf(file, owner) : null }));
  });
  const tokens = new Set(files.flatMap(({ token }) => (token === null ? [] : [token])));
  return { tokens: [...tokens].sort(), files, uncertain: needs.uncertain, complete: needs.complete };
}

/** apk packages provide their libraries by soname, as `scanelf --needed --format %n#p` prints them after `so:`. */
function tokenOf({ kind, name }: NeededFile, owner: string): string | null {
  const slash = owner.indexOf("/");
  const ecosystem = owner.slice(0, slash);
  if (!OS_ECOSYSTEMS.has(ecosystem)) return null;
  const isSoname = kind === "library" && !name.includes("/");
  return ecosystem === "apk" && isSoname ? `so:${name}` : owner.slice(slash + 1);
}
