/**
 * What is said of packages for building that stay in an image.
 *
 * @param names of those that were asked for
 * @param brought how many more would go with them
 */
export function buildPackagesTitle(names: readonly string[], brought: number): string {
  const shown = names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  const [stay, them] = names.length > 1 ? ["stay", "them"] : ["stays", "it"];
  const packages = brought === 1 ? "1 package" : `${brought} packages`;
  const others = brought === 0 ? "" : ` with ${packages} that came with ${them}`;
  return `${shown} ${stay} in the image${others}, though only the build needs ${them}`;
}
