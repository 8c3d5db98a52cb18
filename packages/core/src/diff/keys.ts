import type { PathText } from "../image-path.ts";

/** Code-unit order: the same on every machine. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function byPath(a: PathText, b: PathText): number {
  return byText(a.path, b.path) || byText(a.pathBase64 ?? "", b.pathBase64 ?? "");
}

export function keyOfPackage({ ecosystem, name }: { readonly ecosystem: string; readonly name: string }): string {
  return `${ecosystem}/${name}`;
}
