import type { ImagePath } from "../../image-path.ts";
import type { PackageTrouble } from "../package-db.ts";

/** Of each kind of trouble only so many rows are told one by one. */
const ROWS_PER_KIND = 3;

/** Collects what is wrong: the first few of a kind, then how many more. */
export class Troubles {
  readonly #rows: PackageTrouble[] = [];
  readonly #kinds = new Map<string, { readonly path: ImagePath; count: number }>();

  /** `kind` names the sort of trouble; `detail` tells one case from the other. */
  add(path: ImagePath, kind: string, detail = ""): void {
    const seen = this.#kinds.get(`${path}\0${kind}`) ?? { path, count: 0 };
    seen.count++;
    this.#kinds.set(`${path}\0${kind}`, seen);
    if (seen.count <= ROWS_PER_KIND) this.#rows.push({ path, message: detail === "" ? kind : `${kind}: ${detail}` });
  }

  rows(): PackageTrouble[] {
    const more: PackageTrouble[] = [];
    for (const [key, { path, count }] of this.#kinds) {
      if (count <= ROWS_PER_KIND) continue;
      more.push({ path, message: `${key.slice(path.length + 1)}: ${count - ROWS_PER_KIND} more` });
    }
    return [...this.#rows, ...more];
  }
}
