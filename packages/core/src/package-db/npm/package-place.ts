import type { ImagePath } from "../../image-path.ts";

/** Where an installed package lies. */
export interface PackagePlace {
  /** Its own directory. */
  readonly root: ImagePath;
  /** Its directory's name, with the scope; what it is called where its manifest does not say. */
  readonly directory: string;
  /** The directory that holds the outermost `node_modules`. */
  readonly project: ImagePath;
}

/**
 * Stores that lie inside `node_modules` and hold packages one level further down: `.pnpm/<id>/node_modules/<name>`
 * (pnpm), `.store/<id>/…` (yarn's pnpm linker, npm's `install-strategy=linked`), `.bun`, `.deno` (their isolated installs).
 */
const STORES: ReadonlySet<string> = new Set([".pnpm", ".store", ".bun", ".deno"]);

/**
 * The place of the package that a `package.json` describes; null for a manifest that describes none: outside
 * `node_modules`, or below a package's own directory (`dist/esm/package.json`, the trees of test fixtures). After the
 * first `node_modules` everything has to be a package, a scope with a package, or a store (`npm help folders`).
 */
export function packagePlace(manifest: ImagePath): PackagePlace | null {
  const parts = manifest.split("/");
  if (parts.pop() !== "package.json") return null;
  const first = parts.indexOf("node_modules");
  if (first < 0) return null;
  let directory: string | null = null;
  for (let i = first; i < parts.length; ) {
    if (parts[i] !== "node_modules") return null;
    const part = parts[i + 1];
    if (part === undefined) return null;
    if (STORES.has(part)) {
      // yarn ≥ 4 keeps a package right in its slot, as `.store/<id>/package`.
      const here = parts[i + 3] === "package" && part === ".store" && i + 4 === parts.length;
      directory = here ? (parts[i + 2] as string) : null;
      i += here ? 4 : 3;
    } else if (part.startsWith("@")) {
      const name = parts[i + 2];
      if (name === undefined || name === "node_modules") return null;
      directory = `${part}/${name}`;
      i += 3;
    } else {
      if (part.startsWith(".") || part === "node_modules") return null;
      directory = part;
      i += 2;
    }
  }
  if (directory === null) return null;
  return { root: parts.join("/"), directory, project: parts.slice(0, first).join("/") };
}
