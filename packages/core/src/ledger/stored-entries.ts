import type { Category } from "../category/catalogue.ts";
import { type PathText, textOfPath } from "../image-path.ts";
import { KIND_NAMES, type KindName } from "../layer/kind-names.ts";
import { KIND } from "../layer/layer-index.ts";
import { FATE_NAMES, type FateName } from "../tree/fate.ts";
import { NONE } from "../tree/path-tree.ts";
import type { Ledger } from "./ledger.ts";

/** One entry of a layer as JSON: a row of the ledger, live or not. */
export interface StoredEntry extends PathText {
  readonly kind: KindName;
  /** Content bytes: of a regular file its size, of anything else 0. */
  readonly bytes: number;
  /** What it costs in the compressed layer, header and padding included; null where that is not known. */
  readonly blobBytes: number | null;
  /** What became of a regular file, `live` of anything else; null where contents were not read to tell. */
  readonly fate: FateName | null;
  /** The layer that stores it. */
  readonly addedIn: number;
  /** The layer that took a regular file's last path; null while it lives, and for anything else. */
  readonly removedIn: number | null;
  /** As the keys of `groups.package`. */
  readonly owner: string;
  readonly category: Category;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Where a symlink or a hard link leads, as text; null for anything else. */
  readonly link: string | null;
}

/** Every entry of every layer, in the order in which they are stored. */
export function listEntries(ledger: Ledger): StoredEntry[] {
  const listed: StoredEntry[] = [];
  for (const { layer } of ledger.rows) {
    for (const entry of ledger.entries(layer)) {
      const { kind, bytes, blobBytes, fate, removedIn, owner, category, mode, uid, gid, linkTarget } = entry;
      const isLink = kind === KIND.symlink || kind === KIND.hardLink;
      const { path, pathBase64 } = textOfPath(entry.path);
      listed.push({
        path,
        ...(pathBase64 === undefined ? undefined : { pathBase64 }),
        kind: KIND_NAMES[kind],
        bytes,
        blobBytes,
        fate: FATE_NAMES[fate] as FateName | null,
        addedIn: layer,
        removedIn: removedIn === NONE ? null : removedIn,
        owner,
        category,
        mode,
        uid,
        gid,
        link: isLink ? Buffer.from(linkTarget, "latin1").toString("utf8") : null,
      });
    }
  }
  return listed;
}
