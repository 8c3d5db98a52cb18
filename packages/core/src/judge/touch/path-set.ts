import type { ImagePath } from "../../image-path.ts";
import { isLiteral, matchesName, type PathPattern } from "./path-pattern.ts";

interface Place {
  isMember: boolean;
  readonly below: Map<string, Place>;
}

function newPlace(): Place {
  return { isMember: false, below: new Map() };
}

/** How far a command reaches from a path that it names: the path itself, the names in it, or all that lies below. */
export type Reach = "itself" | "names" | "below";

/** Paths that can be asked for by patterns: in steps of the pattern's names, however many paths there are. */
export class PathSet {
  readonly #root = newPlace();
  #size = 0;

  static of(paths: Iterable<ImagePath>): PathSet {
    const set = new PathSet();
    for (const path of paths) set.add(path);
    return set;
  }

  get size(): number {
    return this.#size;
  }

  add(path: ImagePath): void {
    let place = this.#root;
    for (const name of path === "" ? [] : path.split("/")) {
      let next = place.below.get(name);
      if (next === undefined) {
        next = newPlace();
        place.below.set(name, next);
      }
      place = next;
    }
    if (!place.isMember) this.#size++;
    place.isMember = true;
  }

  has(path: ImagePath): boolean {
    let place: Place | undefined = this.#root;
    for (const name of path === "" ? [] : path.split("/")) place = place?.below.get(name);
    return place?.isMember === true;
  }

  /** Whether something of the set is what a pattern reaches, or lies above it on the way there. */
  isReached({ names, open }: PathPattern, reach: Reach): boolean {
    if (this.#size === 0) return false;
    let places: Place[] = [this.#root];
    for (const name of names) {
      const next: Place[] = [];
      for (const place of places) {
        if (isLiteral(name)) {
          const child = place.below.get(name);
          if (child !== undefined) next.push(child);
        } else for (const [own, child] of place.below) if (matchesName(name, own)) next.push(child);
      }
      places = next;
      if (places.length === 0) return false;
      // What lies below it is reached through it.
      if (places.some(({ isMember }) => isMember)) return true;
    }
    if (open || reach === "below") return true;
    return reach === "names" && places.some(({ below }) => [...below.values()].some(({ isMember }) => isMember));
  }
}
