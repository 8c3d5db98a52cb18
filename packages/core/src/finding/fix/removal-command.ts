import { type ImagePath, textOfPath } from "../../image-path.ts";
import type { StoredFile } from "../rule.ts";

/** More than that is no line that anyone would put into a Dockerfile. */
const MAX_TARGETS = 12;

// biome-ignore lint/suspicious/noControlCharactersInRegex: a line of a Dockerfile cannot hold them
const UNWRITABLE = /[\u0000-\u001f\u007f]/;
const PLAIN = /^[\w@%+=:,./-]+$/;

/** A path as one word of a shell; null where it cannot be written in a Dockerfile's line. */
export function shellWord(path: ImagePath): string | null {
  const { path: text, pathBase64 } = textOfPath(path);
  if (pathBase64 !== undefined || UNWRITABLE.test(text)) return null;
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function removing(targets: readonly ImagePath[], flags: string): string | null {
  const distinct = [...new Set(targets)].sort();
  const outermost = distinct.filter((path, i) => !distinct.slice(0, i).some((above) => path.startsWith(`${above}/`)));
  if (outermost.length === 0 || outermost.length > MAX_TARGETS) return null;
  const words = outermost.map(shellWord);
  return words.includes(null) ? null : `rm ${flags} ${words.join(" ")}`;
}

/** A directory of a path by its last components, such as `.cache/pip`; the path itself where none of them is on it. */
function directoryOf(path: ImagePath, ends: readonly string[]): ImagePath {
  for (const end of ends) {
    const at = `/${path}/`.indexOf(`/${end}/`);
    if (at >= 0) return path.slice(0, at + end.length);
  }
  return path;
}

/**
 * A command that removes directories in which nothing else lies, told by their last components; a file outside of all
 * is removed by its name. Null where it would be no line to write.
 */
export function removeDirectories(...ends: readonly string[]): (files: readonly StoredFile[]) => string | null {
  return (files) =>
    removing(
      files.map(({ path }) => directoryOf(path, ends)),
      "-rf",
    );
}

/** A command that removes the files one by one; null where they are too many for a line. */
export function removeFiles(files: readonly StoredFile[]): string | null {
  return removing(
    files.map(({ path }) => path),
    "-f",
  );
}

/** Directories above files, as few as there can be with at most so many components. */
export function directoriesAbove(files: readonly StoredFile[], components: number): readonly ImagePath[] {
  return [...new Set(files.map(({ path }) => path.split("/").slice(0, -1).slice(0, components).join("/")))].sort();
}

/**
 * A command that finds files by tests of `find` below the directories that have some, and deletes them; by name where
 * they are few.
 */
export function findAndRemove(tests: string, components = 4): (files: readonly StoredFile[]) => string | null {
  return (files) => {
    const few = files.length <= 3 ? removeFiles(files) : null;
    if (few !== null) return few;
    const directories = directoriesAbove(files, components);
    const outermost = directories.filter((path) => !directories.some((above) => path.startsWith(`${above}/`)));
    const words = outermost.map(shellWord);
    if (words.includes(null) || words.length > MAX_TARGETS || outermost.includes("")) return null;
    return `find ${words.join(" ")} ${tests}`;
  };
}

/** The same below directories told by their last components. */
export function findIn(tests: string, ...ends: readonly string[]): (files: readonly StoredFile[]) => string | null {
  return (files) => {
    const few = files.length <= 3 ? removeFiles(files) : null;
    if (few !== null) return few;
    const directories = [...new Set(files.map(({ path }) => directoryOf(path, ends)))].sort();
    const words = directories.map(shellWord);
    return words.includes(null) || words.length > MAX_TARGETS ? null : `find ${words.join(" ")} ${tests}`;
  };
}

/** A command that removes what lies directly in some directories, told by their last components, and has the files. */
export function removeChildren(...ends: readonly string[]): (files: readonly StoredFile[]) => string | null {
  return (files) =>
    removing(
      files.map(({ path }) => {
        const directory = directoryOf(path, ends);
        const child = path.slice(directory.length + 1).split("/")[0];
        return directory === path ? path : `${directory}/${child}`;
      }),
      "-rf",
    );
}
