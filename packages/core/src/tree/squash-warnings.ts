import { type ImagePath, textOfPath } from "../image-path.ts";
import type { Warning } from "../warning.ts";

const MESSAGES = {
  "dangling-hardlink": "a hard link points to nothing",
  "implied-directory-over-file": "a file is replaced by the directory that a later entry needs",
  "symlink-loop": "a path crosses more than 40 symbolic links and is taken literally",
} as const;

/** What was odd while layers were put on top of each other: one row a layer and kind, for a hostile layer could have millions. */
export class SquashWarnings {
  readonly list: Warning[] = [];
  readonly #told = new Set<string>();

  add(code: keyof typeof MESSAGES, layer: number, path: ImagePath): void {
    const key = `${code} ${layer}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.list.push({ code, message: `layer ${layer}: ${MESSAGES[code]}`, layer, path: textOfPath(path).path });
  }
}
