import { baseName, parentPath } from "../../image-path.ts";
import type { Facts } from "../facts.ts";
import { shellWord } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";
import type { StoredFile } from "../rule.ts";

/** The gem is unpacked beside its archive. */
function isInstalled({ path }: StoredFile, facts: Facts): boolean {
  const home = parentPath(parentPath(path));
  const name = baseName(path).slice(0, -".gem".length);
  return facts.exists(`${home}/gems/${name}`) || facts.exists(`${home}/specifications/${name}.gemspec`);
}

function removeArchives(files: readonly StoredFile[]): string | null {
  const directories = [...new Set(files.map(({ path }) => parentPath(path)))].sort().map(shellWord);
  if (directories.includes(null) || directories.length > 4) return null;
  return `rm -f ${directories.map((directory) => `${directory}/*.gem`).join(" ")}`;
}

/** Archives of gems that are installed. */
export const gemCache = pathRule({
  id: "gem-cache",
  title: "archives of installed gems",
  about:
    "The .gem archives that RubyGems and Bundler keep beside the gems they unpacked from them. Archives of gems that are not " +
    "installed (bundle package) are not counted.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["**/cache/*.gem"],
  sentence: "Archives of installed gems stay in the image",
  counts: isInstalled,
  remove: {
    command: removeArchives,
    advice: "",
    assumes: ["Nothing runs gem pristine, which restores gems from their archives."],
    broughtBy: ["gem", "bundle", "bundler"],
  },
});
