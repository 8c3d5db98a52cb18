import type { ImagePath } from "../image-path.ts";
import type { Located } from "./live-files.ts";
import type { CommandName } from "./run-commands.ts";

/** Who needs something: a file, or an instruction of the config. */
export type Needer = { readonly path: ImagePath; readonly instance: number } | { readonly command: CommandName };

/** `library`: DT_NEEDED; `loader`: PT_INTERP; `script`: a `#!` line; `command`: the config. */
export type NeedKind = "library" | "loader" | "script" | "command";

/** A file that others need at run time. */
export interface NeededFile extends Located {
  /** As it is asked for: `libstdc++.so.6`, `/lib/ld-musl-x86_64.so.1`, `/usr/bin/env`, `python3`. */
  readonly name: string;
  readonly kind: NeedKind;
  readonly neededBy: readonly Needer[];
}

/** Something that is asked for and is not in the image. */
export interface MissingFile {
  readonly name: string;
  readonly kind: NeedKind;
  readonly neededBy: readonly Needer[];
}

/** What a set of files needs at run time. */
export interface Needs {
  /** In order of path, then of name. */
  readonly files: readonly NeededFile[];
  /** In order of name. */
  readonly missing: readonly MissingFile[];
  /** The files asked about and all that they need, symlinks on the way included. */
  readonly instances: ReadonlySet<number>;
  /** Whole sentences: what cannot be seen. */
  readonly uncertain: readonly string[];
  /** All of them were followed. Where not, what is not among them may be needed all the same. */
  readonly complete: boolean;
}

/** One thing asking for another. */
export interface Want {
  readonly located: Located | null;
  readonly name: string;
  readonly kind: NeedKind;
  readonly by: Needer;
}

/** Gathers what was asked for while needs are followed. */
export interface NeedTally {
  add(want: Want): void;
  /** A file that nothing asked for, but that is one of them. */
  include(instance: number): void;
  /** A library was taken from a directory that is not searched. */
  guess(name: string, by: ImagePath, found: ImagePath): void;
  /** Not all is followed. */
  giveUp(): void;
  finish(): Needs;
}

const MAX_GUESSES = 20;
/** In place of an instance: nothing answers the name. */
const NOWHERE = -1;

/** A want, and all whose it is. */
interface Gathered {
  readonly want: Want;
  readonly neededBy: Map<string | number, Needer>;
}

export function needTally(): NeedTally {
  // Found by name and file without a key that would have to be put together for each of very many wants.
  const gathered: Gathered[] = [];
  const byName: Readonly<Record<NeedKind, Map<string, Map<number, Gathered>>>> = {
    library: new Map(),
    loader: new Map(),
    script: new Map(),
    command: new Map(),
  };
  const gatheredFor = (want: Want): Gathered => {
    const { name, kind, located } = want;
    const byInstance = byName[kind].get(name) ?? new Map<number, Gathered>();
    byName[kind].set(name, byInstance);
    const instance = located?.instance ?? NOWHERE;
    let known = byInstance.get(instance);
    if (known === undefined) {
      known = { want, neededBy: new Map() };
      byInstance.set(instance, known);
      gathered.push(known);
      if (located !== null) for (const one of [located.instance, ...located.links]) instances.add(one);
    }
    return known;
  };
  const instances = new Set<number>();
  const guesses = new Map<string, string>();
  let complete = true;
  return {
    add(want) {
      gatheredFor(want).neededBy.set("path" in want.by ? want.by.instance : want.by.command, want.by);
    },
    include(instance) {
      instances.add(instance);
    },
    guess(name, by, found) {
      if (guesses.size >= MAX_GUESSES || guesses.has(name)) return;
      guesses.set(name, `/${by} needs ${name}, which no directory that is searched has; taken to be /${found}.`);
    },
    giveUp() {
      complete = false;
    },
    finish() {
      const files: NeededFile[] = [];
      const missing: MissingFile[] = [];
      for (const { want, neededBy } of gathered) {
        const { name, kind, located } = want;
        if (located === null) missing.push({ name, kind, neededBy: [...neededBy.values()] });
        else files.push({ ...located, name, kind, neededBy: [...neededBy.values()] });
      }
      const usesGlibc = files.some(({ name }) => name === "libc.so.6");
      return {
        files: files.sort((a, b) => compare(a.path, b.path) || compare(a.name, b.name)),
        missing: missing.sort((a, b) => compare(a.name, b.name) || compare(a.kind, b.kind)),
        instances,
        uncertain: [...(usesGlibc ? [GLIBC_PLUGINS] : []), ...guesses.values(), ...(complete ? [] : [GIVEN_UP])],
        complete,
      };
    },
  };
}

const GLIBC_PLUGINS =
  "glibc loads libnss_*.so (name services) and gconv modules (character sets) by name at run time; they are named by no binary.";

const GIVEN_UP = "There are too many libraries in too many directories to look for all of them.";

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
