import type { PathText } from "../image-path.ts";

/** Code-unit order: the same on every machine. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What tells two paths apart: their text, and the bytes behind it where it could not hold them. */
export function keyOfFile({ path, pathBase64 }: PathText): string {
  return pathBase64 === undefined ? path : `${path} [base64 ${pathBase64}]`;
}

export function byPath(a: PathText, b: PathText): number {
  return byText(a.path, b.path) || byText(a.pathBase64 ?? "", b.pathBase64 ?? "");
}

export function keyOfPackage({ ecosystem, name }: { readonly ecosystem: string; readonly name: string }): string {
  return `${ecosystem}/${name}`;
}
