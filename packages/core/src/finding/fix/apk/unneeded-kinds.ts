/** Packages that no container needs, whatever it does: what they are, by the rule that speaks of them. */
export const UNNEEDED_KINDS = {
  "apk-debug-packages": /-dbg$/,
  "apk-documentation": /^(?:docs|man-pages|mandoc(?:-apropos)?)$|-docs?$/,
  "apk-service-scripts": /-openrc$/,
  "apk-shell-completions": /^bash-completion$|-(?:bash|zsh|fish)-completion$/,
  "apk-translations": /^lang$|-lang$/,
} as const satisfies Readonly<Record<string, RegExp>>;

export type UnneededKind = keyof typeof UNNEEDED_KINDS;

/** The kind of a package by its name; null where it may be needed. */
export function unneededKindOf(name: string): UnneededKind | null {
  const kinds = Object.keys(UNNEEDED_KINDS) as UnneededKind[];
  return kinds.find((kind) => UNNEEDED_KINDS[kind].test(name)) ?? null;
}
