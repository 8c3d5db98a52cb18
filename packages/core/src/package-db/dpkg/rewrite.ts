import { bytesAsText } from "../manifest-text.ts";
import type { FileView, PackageChange, RewrittenFile } from "../package-db.ts";
import { ARCHITECTURES, EXTENDED_STATES, STATUS } from "./database.ts";
import { rewriteDebconf } from "./debconf.ts";
import { nativeArchOf } from "./installed.ts";
import { readStatus } from "./status.ts";

const STATUS_BACKUP = "var/lib/dpkg/status-old";

/**
 * The sizes of `status`, its backup, apt's `extended_states` and debconf's databases once packages are purged. dpkg and apt
 * drop whole paragraphs and keep the others as they are, and `extended_states` has none of a package that was marked as
 * asked for; the last run of dpkg within a purge changes nothing any more, so that the backup equals `status` (dpkg 1.21,
 * apt 2.6). Null where `status` is not whole.
 */
export function rewriteDpkgDatabase(
  view: FileView,
  { remove, ask = [] }: PackageChange,
): readonly RewrittenFile[] | null {
  const status = view.get(STATUS);
  const states = view.get(EXTENDED_STATES);
  if (status === undefined || status.truncated || states?.truncated) return null;
  const text = bytesAsText(status);
  const { packages } = readStatus(text);
  const architectures = view.get(ARCHITECTURES);
  const native = nativeArchOf(packages, architectures === undefined ? null : bytesAsText(architectures));
  const isOneOf =
    (names: ReadonlySet<string>) =>
    (paragraph: string): boolean => {
      const name = fieldOf(paragraph, "Package");
      const arch = fieldOf(paragraph, "Architecture") ?? native;
      return name !== null && (names.has(name) || names.has(`${name}:${arch}`));
    };
  const bytes = bytesLeft(text, isOneOf(new Set(remove)));
  const files = [status.path, STATUS_BACKUP].map((path) => ({ path, bytes }));
  if (states !== undefined)
    files.push({
      path: states.path,
      bytes: bytesLeft(bytesAsText(states), isOneOf(new Set([...remove, ...ask]))),
    });
  return [...files, ...rewriteDebconf(view, remove)];
}

/** Bytes of the paragraphs that stay, each with the empty line after it. */
function bytesLeft(text: string, isGone: (paragraph: string) => boolean): number {
  let left = 0;
  for (let start = 0; start < text.length; ) {
    const blank = text.indexOf("\n\n", start);
    const end = blank < 0 ? text.length : blank + 2;
    if (!isGone(text.slice(start, end))) left += end - start;
    start = end;
  }
  return left;
}

/** The value of a field that stands on one line. */
function fieldOf(paragraph: string, name: string): string | null {
  const at = paragraph.startsWith(`${name}: `) ? 0 : paragraph.indexOf(`\n${name}: `) + 1;
  if (at === 0 && !paragraph.startsWith(`${name}: `)) return null;
  const end = paragraph.indexOf("\n", at);
  return paragraph.slice(at + name.length + 2, end < 0 ? undefined : end).trim();
}
