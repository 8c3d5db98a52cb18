import { type ImagePath, pathFromText } from "../image-path.ts";

const HOME = "HOME=";

/** The home directory that an image's environment names (`HOME`), beside those that every image has; the last one counts. */
export function homesIn(env: readonly string[]): readonly ImagePath[] {
  const named = env.findLast((line) => line.startsWith(HOME));
  return named === undefined ? [] : [pathFromText(named.slice(HOME.length))];
}
