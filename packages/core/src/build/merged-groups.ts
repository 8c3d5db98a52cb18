/** Groups of numbers that share one become one; each in ascending order. */
export function mergedGroups(groups: readonly (readonly number[])[]): number[][] {
  let out: Set<number>[] = [];
  for (const group of groups) {
    const own = new Set(group);
    const touching = out.filter((other) => group.some((step) => other.has(step)));
    for (const other of touching) for (const step of other) own.add(step);
    out = [...out.filter((other) => !touching.includes(other)), own];
  }
  return out.map((group) => [...group].sort((a, b) => a - b));
}
