import type { ImagePath } from "../../image-path.ts";
import { bytesAsText } from "../manifest-text.ts";
import type { FileView, ViewedFile } from "../package-db.ts";
import { TroubleList } from "../trouble-list.ts";
import { readAutoInstalled } from "./extended-states.ts";
import { nativeArchOf } from "./installed.ts";
import { type DpkgPackage, readStatus } from "./status.ts";

export const STATUS = "var/lib/dpkg/status";
export const STATUS_DIRECTORY = "var/lib/dpkg/status.d/";
export const INFO_DIRECTORY = "var/lib/dpkg/info/";
export const DIVERSIONS = "var/lib/dpkg/diversions";
export const ARCHITECTURES = "var/lib/dpkg/arch";
export const EXTENDED_STATES = "var/lib/apt/extended_states";

/** A package and the file whose stanza describes it. */
export interface DescribedPackage {
  readonly found: DpkgPackage;
  readonly described: ImagePath;
}

/** The packages of one image as dpkg describes them, apart from their files. */
export interface DpkgDatabase {
  /** One for each name and architecture, in the order of the database. */
  readonly packages: readonly DescribedPackage[];
  readonly nativeArch: string;
  /** `name:arch` of what apt brought on its own; null where it keeps no record. */
  readonly auto: ReadonlySet<string> | null;
  readonly log: TroubleList;
}

/** The text of a file as a byte string; a file that was cut is told of, and read as far as it goes. */
export function readText(file: ViewedFile, log: TroubleList): string {
  if (file.truncated) log.add(file.path, "too long: only its beginning was read");
  return bytesAsText(file);
}

/** Reads `status`, the `status.d` of distroless, and `extended_states`. */
export function readDatabase(view: FileView): DpkgDatabase {
  const log = new TroubleList();
  const packages = new Map<string, DescribedPackage>();
  for (const { file, assumeInstalled } of statusFiles(view)) {
    const { packages: found, malformedLines, nameless } = readStatus(readText(file, log), assumeInstalled);
    for (const one of found) {
      const id = `${one.name}:${one.arch}`;
      if (!packages.has(id)) packages.set(id, { found: one, described: file.path });
      else log.add(file.path, "package described twice, the first counts", `: ${id}`);
    }
    if (malformedLines > 0) log.add(file.path, "malformed lines", `: ${malformedLines}`);
    if (nameless > 0) log.add(file.path, "paragraphs without a package or its status", `: ${nameless}`);
  }
  const described = [...packages.values()];
  const architectures = view.get(ARCHITECTURES);
  const nativeArch = nativeArchOf(
    described.map(({ found }) => found),
    architectures === undefined ? null : readText(architectures, log),
  );
  const states = view.get(EXTENDED_STATES);
  const auto = states === undefined ? null : readAutoInstalled(readText(states, log), nativeArch);
  return { packages: described, nativeArch, auto, log };
}

function statusFiles(view: FileView): readonly { file: ViewedFile; assumeInstalled: boolean }[] {
  const files: { file: ViewedFile; assumeInstalled: boolean }[] = [];
  const status = view.get(STATUS);
  if (status !== undefined) files.push({ file: status, assumeInstalled: false });
  for (const file of view.files) {
    if (!file.path.startsWith(STATUS_DIRECTORY) || file.path.endsWith(".md5sums")) continue;
    if (!file.path.endsWith(".list")) files.push({ file, assumeInstalled: true });
  }
  return files;
}
