import { baseName, type ImagePath, normalizePath } from "../image-path.ts";
import type { ElfFacts } from "../layer/elf-facts.ts";
import { KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { FATE } from "../tree/fate.ts";
import { NONE, ROOT } from "../tree/path-tree.ts";
import { LOOKUP, walk } from "../tree/resolve.ts";
import { LIBRARY_PATHS_ID, SCRIPTS_ID } from "./runtime-captures.ts";
import { readScriptLine, type ScriptLine } from "./script-line.ts";

/** A file that a path leads to in the final image. */
export interface Located {
  /** Where it lies, symlinks followed. */
  readonly path: ImagePath;
  /** Where it was looked for: at this path those who need it find it, whatever is linked to what. */
  readonly at: ImagePath;
  /** The entry that carries its bytes. */
  readonly instance: number;
  /** The entries of the symlinks that were followed on the way, directories' included. */
  readonly links: readonly number[];
}

/** A program or library of the final image. */
export interface LiveBinary {
  readonly path: ImagePath;
  readonly instance: number;
  readonly facts: ElfFacts;
}

/** A script of the final image, with the line that says what runs it. */
export interface LiveScript {
  readonly path: ImagePath;
  readonly instance: number;
  readonly line: ScriptLine;
  /** All of it; null where it is too long to have been kept. */
  readonly text: string | null;
  /** Some permission bit says that it can be started. */
  readonly executable: boolean;
}

/** The final file system, as far as programs look at it when they start. */
export interface LiveFiles {
  /** By instance, in order of layers. */
  readonly binaries: ReadonlyMap<number, LiveBinary>;
  readonly scripts: ReadonlyMap<number, LiveScript>;
  /** Texts that say where libraries are searched, by path. */
  readonly libraryPaths: ReadonlyMap<ImagePath, string>;
  /** The regular file that a path leads to; null where there is none. Absolute or relative to the root. */
  locate(path: string): Located | null;
  isDirectory(path: ImagePath): boolean;
  /** What stands in a directory, by name. */
  list(path: ImagePath): readonly string[];
}

/** What the kernel reads of a script (`BINPRM_BUF_SIZE` of include/uapi/linux/binfmts.h). */
const KERNEL_BYTES = 256;

export function liveFiles({ image, squash }: Ledger): LiveFiles {
  const { tree, starts, fates, nodes } = squash;
  const binaries = new Map<number, LiveBinary>();
  const scripts = new Map<number, LiveScript>();
  const libraryPaths = new Map<ImagePath, string>();
  image.layers.forEach(({ index }, layer) => {
    const start = starts[layer] as number;
    const livePath = (entry: number): ImagePath | null => {
      const node = nodes[start + entry] as number;
      return fates[start + entry] === FATE.live && node !== NONE ? tree.pathOf(node) : null;
    };
    for (const { entry, facts } of index.binaries) {
      const path = livePath(entry);
      if (path !== null) binaries.set(start + entry, { path, instance: start + entry, facts });
    }
    for (const { request, entry, content, truncated } of index.captures) {
      if (request !== LIBRARY_PATHS_ID && request !== SCRIPTS_ID) continue;
      const path = livePath(entry);
      if (path === null) continue;
      const text = Buffer.from(content).toString("latin1");
      if (request === LIBRARY_PATHS_ID) {
        libraryPaths.set(path, text);
        continue;
      }
      const line = readScriptLine(text.slice(0, KERNEL_BYTES));
      const executable = ((index.entries.modes[entry] as number) & 0o111) !== 0;
      if (line !== null)
        scripts.set(start + entry, { path, instance: start + entry, line, text: truncated ? null : text, executable });
    }
  });
  const trace = (path: string, links: number[]): number =>
    walk(tree, path, {
      missing: (_parent, _name, existing) => existing,
      target: (node, own) => {
        links.push(tree.setBy[node] as number);
        return own;
      },
      loop: LOOKUP.loop,
    });
  /** `bin/../lib` is not `lib` where `bin` is a symlink: with `..` the directory is the one that it leads to. */
  const askedFor = (path: string): ImagePath => {
    const plain = normalizePath(path).path;
    if (!path.includes("..")) return plain;
    const directory = trace(path.slice(0, path.lastIndexOf("/")), []);
    return directory <= ROOT ? plain : `${tree.pathOf(directory)}/${baseName(path)}`;
  };
  return {
    binaries,
    scripts,
    libraryPaths,
    locate(path) {
      const links: number[] = [];
      const node = trace(path, links);
      const instance = node === NONE ? NONE : (tree.inodes[node] as number);
      if (instance === NONE) return null;
      return { path: tree.pathOf(node), at: askedFor(path), instance, links };
    },
    isDirectory(path) {
      const node = trace(path, []);
      return node !== NONE && tree.kinds[node] === KIND.directory;
    },
    list(path) {
      const node = trace(path, []);
      return node === NONE ? [] : [...(tree.childrenOf(node)?.keys() ?? [])];
    },
  };
}
