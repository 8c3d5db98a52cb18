import type { Digest } from "../oci/digest.ts";
import { canonicalReference, parseReference } from "../oci/reference.ts";
import type { Found, ImageGroup, ListedImage } from "./listed-image.ts";

/** What tells names of the same image: all that is implied written out, where it is a reference at all. */
function canonical(name: string): string {
  try {
    return canonicalReference(parseReference(name));
  } catch {
    return name;
  }
}

/** The tag of a whole name: annotations often have nothing else. */
function tagOf(name: string): string | null {
  try {
    return parseReference(name).tag;
  } catch {
    return null;
  }
}

/** A group that is still being filled. */
export class GrowingGroup {
  readonly names: string[];
  /** Whether it was named inside a group that has a name. */
  inner: boolean;
  #digest: Digest | null = null;
  readonly #images = new Map<string, ListedImage>();

  constructor(name: string | null, inner: boolean) {
    this.names = name === null ? [] : [name];
    this.inner = inner;
  }

  /** Where it comes from an index, its digest: of the outermost one. */
  isIndex(digest: Digest, depth: number): void {
    if (depth === 0 || this.#digest === null) this.#digest = digest;
  }

  /** One manifest may stand for several platforms; for the same one it is listed once. */
  add(image: ListedImage): void {
    this.#images.set(JSON.stringify([image.digest, image.place, image.platform]), image);
  }

  get images(): readonly ListedImage[] {
    return [...this.#images.values()];
  }

  finish(): ImageGroup {
    return { names: this.names, digest: this.#digest, images: this.images, inner: this.inner };
  }
}

/**
 * Groups what is listed by what people named: a manifest is in the group of every index, and of every name, that leads
 * to it.
 */
export class GroupsByName {
  readonly #named = new Map<string, GrowingGroup>();
  readonly #all: GrowingGroup[] = [];
  readonly #holding = new Map<Digest, Set<GrowingGroup>>();

  /** One for each manifest. */
  get images(): readonly ListedImage[] {
    const images = new Map<unknown, ListedImage>();
    for (const group of this.#all) for (const image of group.images) images.set(image.digest ?? image, image);
    return [...images.values()];
  }

  /** The groups that something belongs to which has this name, and lies in the index of the groups `above`. */
  of(name: string | null, above: readonly GrowingGroup[] = []): readonly GrowingGroup[] {
    if (name === null) return above.length > 0 ? above : [this.#open(null, false)];
    const named = above.filter(({ names }) => names.length > 0);
    const own = this.#named.get(canonical(name)) ?? this.#open(name, named.length > 0);
    if (named.length === 0) own.inner = false;
    return named.includes(own) ? named : [...named, own];
  }

  /** Adds an image to groups. */
  put(image: ListedImage, groups: readonly GrowingGroup[]): void {
    for (const group of groups) {
      group.add(image);
      if (image.digest === null) continue;
      const holding = this.#holding.get(image.digest) ?? new Set();
      this.#holding.set(image.digest, holding.add(group));
    }
  }

  /** Adds an image under its names, or under none. */
  add(image: ListedImage, names: readonly string[]): void {
    for (const name of names.length === 0 ? [null] : names) this.put(image, this.of(name));
  }

  /** Whether a manifest is known by one of these names, or there are none to go by. */
  share(digest: Digest, names: readonly string[]): boolean {
    const groups = this.#holding.get(digest) ?? new Set();
    return names.length === 0 || names.some((name) => groups.has(this.#named.get(canonical(name)) as GrowingGroup));
  }

  /** What looking at a manifest finds, whatever it would have been. */
  settle(digest: Digest, found: Found): void {
    for (const group of this.#holding.get(digest) ?? [])
      for (const image of group.images) if (image.digest === digest) group.add({ ...image, look: async () => found });
  }

  /** Gives an image of an index its whole names, as another list has them. */
  rename(image: ListedImage, digest: Digest, names: readonly string[]): void {
    const holding = [...(this.#holding.get(digest) ?? [])];
    const adopted = new Set<GrowingGroup>();
    for (const name of names) {
      const key = canonical(name);
      const known = this.#named.get(key);
      const tag = tagOf(name);
      const adopting = holding.find(
        (group) => group.names.length === 0 || adopted.has(group) || (tag !== null && group.names[0] === tag),
      );
      const group = known ?? adopting ?? this.#open(name, false);
      const at = group.names.findIndex((other) => canonical(other) === key || (group !== known && other === tag));
      if (at < 0) group.names.push(name);
      else group.names[at] = name;
      adopted.add(group);
      this.#named.set(key, group);
      if (!holding.includes(group)) this.put(image, [group]);
    }
  }

  finish(): readonly ImageGroup[] {
    return this.#all.map((group) => group.finish());
  }

  #open(name: string | null, inner: boolean): GrowingGroup {
    const group = new GrowingGroup(name, inner);
    this.#all.push(group);
    if (name !== null) this.#named.set(canonical(name), group);
    return group;
  }
}
