import type { CaptureRequest } from "../layer/capture.ts";
import type { FileView } from "../package-db/package-db.ts";

/** Files that say which distribution this is (os-release(5)); older ones have only their own. */
export const RELEASE_FILES = {
  captures: [
    {
      id: "os-release",
      version: 1,
      names: ["etc/os-release", "usr/lib/os-release", "etc/alpine-release", "etc/debian_version", "etc/redhat-release"],
      prefixes: [],
      suffixes: [],
      magic: [],
      maxBytes: 65_536,
    },
  ] satisfies readonly CaptureRequest[],
  binaries: false,
  archives: false,
} as const;

export interface OsRelease {
  /** `alpine`, `debian`, `ubuntu`, `wolfi`, `rhel` … */
  readonly id: string;
  readonly version: string | null;
  readonly prettyName: string | null;
  /** The file that says so. */
  readonly path: string;
}

function text(view: FileView, path: string): string | null {
  const file = view.get(path);
  return file === undefined ? null : Buffer.from(file.content).toString("utf8");
}

/** `KEY=value` lines, values bare or quoted as in a shell. */
function parseAssignments(content: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of content.split("\n")) {
    const match = /^([A-Z_][A-Z0-9_]*)=(?:"([^"]*)"|'([^']*)'|(\S*))\s*$/.exec(line.slice(0, 1000));
    if (match) values.set(match[1] as string, match[2] ?? match[3] ?? match[4] ?? "");
  }
  return values;
}

/** What the release files say; null where there are none. */
export function readOsRelease(view: FileView): OsRelease | null {
  for (const path of ["etc/os-release", "usr/lib/os-release"]) {
    const content = text(view, path);
    if (content === null) continue;
    const values = parseAssignments(content);
    const id = values.get("ID");
    if (id)
      return { id, version: values.get("VERSION_ID") || null, prettyName: values.get("PRETTY_NAME") || null, path };
  }
  const first = (path: string): string | null => text(view, path)?.split("\n", 1)[0]?.trim() || null;
  const alpine = first("etc/alpine-release");
  if (alpine !== null) return { id: "alpine", version: alpine, prettyName: null, path: "etc/alpine-release" };
  const debian = first("etc/debian_version");
  if (debian !== null) return { id: "debian", version: debian, prettyName: null, path: "etc/debian_version" };
  const redhat = first("etc/redhat-release");
  return redhat === null ? null : { id: "rhel", version: null, prettyName: redhat, path: "etc/redhat-release" };
}
