import type { ImagePath } from "../image-path.ts";
import type { PackageTrouble } from "./package-db.ts";

/** Troubles of one kind that are told one by one; the rest are counted. */
const SHOWN = 3;

interface Kind {
  readonly first: PackageTrouble[];
  more: number;
  next: ImagePath;
}

/** What is wrong with a database: an image with a million broken manifests still makes few rows. */
export class TroubleList {
  readonly #kinds = new Map<string, Kind>();

  /** @param kind what the trouble is, the same for all that are counted together */
  add(path: ImagePath, kind: string, detail = ""): void {
    const known = this.#kinds.get(kind) ?? { first: [], more: 0, next: path };
    this.#kinds.set(kind, known);
    if (known.first.length < SHOWN) known.first.push({ path, message: kind + detail });
    else if (known.more++ === 0) known.next = path;
  }

  list(): PackageTrouble[] {
    const rows: PackageTrouble[] = [];
    for (const [kind, { first, more, next }] of this.#kinds) {
      rows.push(...first);
      if (more > 0) rows.push({ path: next, message: `${kind}: this one and ${more - 1} more` });
    }
    return rows;
  }
}
