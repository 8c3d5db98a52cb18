import { ImgweighError } from "../errors.ts";
import type { Image } from "../image/image.ts";
import { type ImagePath, type PathText, pathFromText, textOfPath } from "../image-path.ts";
import { contentHashText } from "../layer/content-hash.ts";
import { type EntryKind, entryLink, KIND, type LayerIndex } from "../layer/layer-index.ts";
import { FATE, FATE_NAMES, type FateName } from "../tree/fate.ts";
import { NONE, ROOT } from "../tree/path-tree.ts";
import { LOOKUP, lookup, walk } from "../tree/resolve.ts";
import { type Squash, squash } from "../tree/squash.ts";
import type { TreeEvent } from "../tree/squash-observer.ts";
import type { Ledger } from "./ledger.ts";

/** What stood at a path, in words of tar. */
export type PathKind = "file" | "hard link" | "symlink" | "directory" | "device" | "fifo" | "other";

/** One thing that a layer did to a path. */
export interface LifeEvent {
  readonly layer: number;
  readonly instruction: string | null;
  /**
   * `added`: it was not there before. `attributes`: a directory was stored again. Else what became of what stood there;
   * for a rewrite, what the layer put in its place is told beside it.
   */
  readonly what: "added" | "attributes" | FateName | "rewritten";
  /** What stands there afterwards; null where nothing does. */
  readonly now: PathState | null;
}

/** What stands at a path after a layer. */
export interface PathState {
  readonly kind: PathKind;
  /** Content bytes that the layer stores for it; 0 for a hard link, whose bytes stand elsewhere. */
  readonly bytes: number;
  /** `0755` */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly linkTarget: string | null;
  /** null for what is no file, or was not read. */
  readonly sha256: string | null;
}

/** Content bytes at and below a path that one layer stores, by whether they are still there in the end. */
export interface LifeBytes {
  readonly layer: number;
  readonly instruction: string | null;
  readonly files: number;
  readonly contentBytes: number;
  readonly liveBytes: number;
}

/** The life of one path, layer by layer. */
export interface PathLife extends PathText {
  readonly schemaVersion: 1;
  /** The path as it was asked for, where symlinks led from it to `path`. */
  readonly asked: string;
  readonly exists: boolean;
  readonly events: readonly LifeEvent[];
  /** Only layers that store something there. */
  readonly layers: readonly LifeBytes[];
  readonly contentBytes: number;
  readonly liveBytes: number;
}

const KIND_WORDS: Readonly<Record<number, PathKind>> = {
  [KIND.regular]: "file",
  [KIND.hardLink]: "hard link",
  [KIND.symlink]: "symlink",
  [KIND.charDevice]: "device",
  [KIND.blockDevice]: "device",
  [KIND.directory]: "directory",
  [KIND.fifo]: "fifo",
};

/**
 * Tells what happened to a path in each layer, and what the layers store at and below it. Symlinks on the way are
 * followed as a container would; the last component is not.
 *
 * @param path as inside a container; relative ones count from the root
 * @throws {ImgweighError} PATH_NOT_FOUND where no layer ever had it
 */
export function explainPath({ image, squash: final }: Ledger, path: string): PathLife {
  const wanted = pathFromText(path);
  const resolved = resolveFinally(final, wanted);
  const events: TreeEvent[] = [];
  // Where a path leads is known only in the end, so the layers are put together once more; nodes are numbered alike.
  const indexes = image.layers.map(({ index }) => index);
  squash(indexes, {
    event: (event) => {
      if (isAt(event.node, resolved, final.tree)) events.push(event);
    },
  });
  const layers = bytesBelow(image, final, resolved);
  if (events.length === 0 && layers.length === 0 && resolved !== "") {
    throw new ImgweighError("PATH_NOT_FOUND", `no layer of the image has ${textOfPath(resolved).path}`, {
      hint: "paths are those inside the container; imgweigh analyze lists the largest",
    });
  }
  const node = lookup(final.tree, resolved);
  return {
    schemaVersion: 1,
    asked: textOfPath(wanted).path,
    ...textOfPath(resolved),
    exists: node !== NONE && final.tree.kinds[node] !== NONE,
    events: mergeEvents(image, events),
    layers,
    contentBytes: layers.reduce((sum, layer) => sum + layer.contentBytes, 0),
    liveBytes: layers.reduce((sum, layer) => sum + layer.liveBytes, 0),
  };
}

/** Where a path leads in the final root file system, as far as it still leads anywhere. */
function resolveFinally({ tree }: Squash, path: ImagePath): ImagePath {
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    const parent = walk(tree, path.slice(0, slash), LOOKUP);
    if (parent === NONE) continue;
    const rest = path.slice(slash + 1);
    return parent === ROOT ? rest : `${tree.pathOf(parent)}/${rest}`;
  }
  return path;
}

/** Compares from the last component upwards: nearly every node fails at its name, and no path is put together. */
function isAt(node: number, path: ImagePath, tree: Squash["tree"]): boolean {
  let end = path.length;
  for (let at = node; at > ROOT; at = tree.parents[at] as number) {
    const name = tree.names[at] as string;
    if (!path.endsWith(name, end)) return false;
    end -= name.length;
    if (tree.parents[at] === ROOT) return end === 0;
    if (path[--end] !== "/") return false;
  }
  return path === "";
}

/** A rewrite shows as an end and a beginning by one entry: one event of a life. */
function mergeEvents(image: Image, events: readonly TreeEvent[]): LifeEvent[] {
  const life: LifeEvent[] = [];
  let ended: LifeEvent["what"] | null = null;
  let placedIn = NONE;
  events.forEach((event, i) => {
    const { layer, entry, what } = event;
    const instruction = image.history.layers[layer]?.instruction?.text ?? null;
    const state = stateOf((image.layers[layer] as Image["layers"][number]).index, entry);
    if (what === "placed") {
      life.push({ layer, instruction, what: ended ?? "added", now: state });
      placedIn = layer;
    } else if (what === "metadata") life.push({ layer, instruction, what: "attributes", now: state });
    else {
      const next = events[i + 1];
      // Put there by the same layer it is a duplicate entry, whatever else it looks like.
      const fate = placedIn === layer ? "duplicate-entry" : (FATE_NAMES[what] ?? "rewritten");
      if (next?.what === "placed" && next.layer === layer && next.entry === entry) {
        ended = fate;
        return;
      }
      life.push({ layer, instruction, what: fate, now: null });
    }
    ended = null;
  });
  return life;
}

function stateOf({ entries }: LayerIndex, entry: number): PathState {
  const kind = entries.kinds[entry] as EntryKind;
  const isLink = kind === KIND.symlink || kind === KIND.hardLink;
  const link = isLink ? Buffer.from(entryLink(entries, entry), "latin1").toString("utf8") : null;
  return {
    kind: KIND_WORDS[kind] ?? "other",
    bytes: entries.sizes[entry] as number,
    mode: `0${(entries.modes[entry] as number).toString(8).padStart(3, "0")}`,
    uid: entries.uids[entry] as number,
    gid: entries.gids[entry] as number,
    linkTarget: link !== null && kind === KIND.hardLink ? `/${link}` : link,
    sha256: contentHashText(entries, entry),
  };
}

/** What each layer stores at the path and below it. */
function bytesBelow(image: Image, { tree, nodes, fates, starts }: Squash, path: ImagePath): LifeBytes[] {
  const below = new Map<number, boolean>([[ROOT, path === ""]]);
  // Not by recursion: symlinks let a tree be deeper than any one path is long.
  const isBelow = (node: number): boolean => {
    const unknown: number[] = [];
    let at = node;
    for (; !below.has(at); at = tree.parents[at] as number) unknown.push(at);
    let answer = below.get(at) as boolean;
    for (const step of unknown.reverse()) {
      answer ||= isAt(step, path, tree);
      below.set(step, answer);
    }
    return answer;
  };
  return image.layers
    .map(({ index: { entries } }, layer) => {
      const start = starts[layer] as number;
      const bytes = { files: 0, contentBytes: 0, liveBytes: 0 };
      for (let i = 0; i < entries.count; i++) {
        if (entries.kinds[i] !== KIND.regular || !isBelow(nodes[start + i] as number)) continue;
        const size = entries.sizes[i] as number;
        bytes.files++;
        bytes.contentBytes += size;
        if (fates[start + i] === FATE.live) bytes.liveBytes += size;
      }
      return { layer, instruction: image.history.layers[layer]?.instruction?.text ?? null, ...bytes };
    })
    .filter(({ files }) => files > 0);
}
