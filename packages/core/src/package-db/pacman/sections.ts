/**
 * Reads the format of `desc` and `files` in pacman's local database: `%NAME%`, then its lines up to an empty one
 * (libalpm `be_local.c`, 6.0). A section that stands twice adds to the first.
 */
export function readSections(text: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let current: string[] | null = null;
  for (const line of text.split("\n")) {
    if (line === "") current = null;
    else if (current !== null) current.push(line);
    else if (line.length < MAX_NAME && /^%[A-Z0-9]+%$/.test(line)) {
      current = sections.get(line) ?? [];
      sections.set(line, current);
    }
  }
  return sections;
}

const MAX_NAME = 64;
