/** The name of a package without its ecosystem: `gcc` of `deb/gcc`. */
export function plainName(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}
