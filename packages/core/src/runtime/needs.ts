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
  /** Something else that cannot be seen. */
  note(sentence: string): void;
  finish(): Needs;
}

const MAX_GUESSES = 20;

export function needTally(): NeedTally {
  const gathered = new Map<string, { want: Want; neededBy: Map<string, Needer> }>();
  const instances = new Set<number>();
  const guesses = new Map<string, string>();
  const notes: string[] = [];
  return {
    add(want) {
      for (const instance of want.located === null ? [] : [want.located.instance, ...want.located.links])
        instances.add(instance);
      const key = `${want.kind}\0${want.name}\0${want.located?.instance ?? ""}`;
      const known = gathered.get(key);
      const neededBy = known?.neededBy ?? new Map<string, Needer>();
      if (known === undefined) gathered.set(key, { want, neededBy });
      neededBy.set("path" in want.by ? `/${want.by.path}` : want.by.command, want.by);
    },
    include(instance) {
      instances.add(instance);
    },
    guess(name, by, found) {
      if (guesses.size >= MAX_GUESSES || guesses.has(name)) return;
      guesses.set(name, `/${by} needs ${name}, which no directory that is searched has; taken to be /${found}.`);
    },
    note(sentence) {
      notes.push(sentence);
    },
    finish() {
      const files: NeededFile[] = [];
      const missing: MissingFile[] = [];
      for (const { want, neededBy } of gathered.values()) {
        const { name, kind, located } = want;
        if (located === null) missing.push({ name, kind, neededBy: [...neededBy.values()] });
        else files.push({ ...located, name, kind, neededBy: [...neededBy.values()] });
      }
      const usesGlibc = files.some(({ name }) => name === "libc.so.6");
      return {
        files: files.sort((a, b) => compare(a.path, b.path) || compare(a.name, b.name)),
        missing: missing.sort((a, b) => compare(a.name, b.name) || compare(a.kind, b.kind)),
        instances,
        uncertain: [...(usesGlibc ? [GLIBC_PLUGINS] : []), ...guesses.values(), ...notes],
      };
    },
  };
}

const GLIBC_PLUGINS =
  "glibc loads libnss_*.so (name services) and gconv modules (character sets) by name at run time; they are named by no binary.";

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
