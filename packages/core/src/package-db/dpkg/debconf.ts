import type { ImagePath } from "../../image-path.ts";
import { bytesAsText } from "../manifest-text.ts";
import type { FileView, RewrittenFile } from "../package-db.ts";

/**
 * What packages ask, and what of it was answered. Passwords are kept apart, in `passwords.dat`, which is not for anyone
 * to look into.
 */
export const QUESTIONS = "var/cache/debconf/config.dat";
export const TEMPLATES = "var/cache/debconf/templates.dat";

/**
 * The sizes of debconf's databases, and of their backups, once packages are purged (debconf 1.5.82). Each postrm calls
 * db_purge: the package is no owner of questions any more, a question without owners goes and owns its template no longer,
 * and a template without owners goes. A file of which that changes anything is written whole, and the one before is its
 * backup: as it was before the last package that owned anything. In which order packages go only dpkg knows; taken is that
 * of their names. Nothing where no package owns anything, or where the files are not as debconf writes them.
 */
export function rewriteDebconf(view: FileView, gone: readonly string[]): readonly RewrittenFile[] {
  const [questions, templates] = [itemsAt(view, QUESTIONS), itemsAt(view, TEMPLATES)];
  if (questions === null || templates === null) return [];
  const owning = gone.filter((name) => questions.items.some(({ owners }) => owners.has(name))).sort();
  if (owning.length === 0) return [];
  const [after, before] = [owning, owning.slice(0, -1)].map((names) =>
    purge(questions.items, templates.items, new Set(names)),
  ) as [Purged, Purged];
  return [
    { path: questions.path, bytes: after.questions },
    { path: `${questions.path}-old`, bytes: before.questions },
    { path: templates.path, bytes: after.templates },
    { path: `${templates.path}-old`, bytes: before.templates },
  ];
}

/** One paragraph of a database. */
interface Item {
  readonly name: string;
  /** Packages that own a question, questions that own a template. */
  readonly owners: ReadonlySet<string>;
  readonly bytes: number;
}

/** Bytes of each database. */
interface Purged {
  readonly questions: number;
  readonly templates: number;
}

function purge(questions: readonly Item[], templates: readonly Item[], packages: ReadonlySet<string>): Purged {
  const known = new Set(questions.map(({ name }) => name));
  const gone = new Set(
    questions.filter(({ owners }) => owners.size > 0 && isSubset(owners, packages)).map(({ name }) => name),
  );
  // One that is not there takes a password: its name begins with that of its package (debconf-devel(7)).
  const isGone = (question: string): boolean =>
    gone.has(question) || (!known.has(question) && packages.has(question.slice(0, Math.max(0, question.indexOf("/")))));
  const without = (items: readonly Item[], drops: (owner: string) => boolean): number =>
    items.reduce((sum, item) => sum + bytesWithout(item, drops), 0);
  return { questions: without(questions, (owner) => packages.has(owner)), templates: without(templates, isGone) };
}

function isSubset(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  for (const one of some) if (!all.has(one)) return false;
  return true;
}

const SEPARATOR = ", ";

/** What an item weighs without some owners; nothing without any. */
function bytesWithout({ owners, bytes }: Item, drops: (owner: string) => boolean): number {
  let left = owners.size;
  let dropped = 0;
  for (const owner of owners) {
    if (!drops(owner)) continue;
    left -= 1;
    dropped += owner.length + SEPARATOR.length;
  }
  return dropped > 0 && left === 0 ? 0 : bytes - dropped;
}

/** Paragraphs as `Debconf::Format::822` writes them; null where the file is not there, cut short, or written otherwise. */
function itemsAt(
  view: FileView,
  path: ImagePath,
): { readonly path: ImagePath; readonly items: readonly Item[] } | null {
  const file = view.get(path);
  if (file === undefined || file.truncated) return null;
  const text = bytesAsText(file);
  const items: Item[] = [];
  for (let start = 0; start < text.length; ) {
    const blank = text.indexOf("\n\n", start);
    const end = blank + "\n\n".length;
    if (blank < 0 || !text.startsWith(NAME, start)) return null;
    items.push(itemOf(text.slice(start, end)));
    start = end;
  }
  return { path: file.path, items };
}

const NAME = "Name: ";
const OWNERS = "\nOwners: ";

function itemOf(paragraph: string): Item {
  const at = paragraph.indexOf(OWNERS);
  const owners = at < 0 ? [] : lineAt(paragraph, at + OWNERS.length).split(SEPARATOR);
  return { name: lineAt(paragraph, NAME.length), owners: new Set(owners), bytes: paragraph.length };
}

function lineAt(text: string, start: number): string {
  return text.slice(start, text.indexOf("\n", start));
}
