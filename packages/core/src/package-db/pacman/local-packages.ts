import { type ImagePath, normalizePath } from "../../image-path.ts";
import type { FileView } from "../package-db.ts";
import { TroubleList } from "../trouble-list.ts";
import { readSections } from "./sections.ts";

export const LOCAL = "var/lib/pacman/local/";

/** A package of pacman's local database. */
export interface PacmanPackage {
  readonly name: string;
  readonly version: string;
  /** `%REASON%` is absent or 0: it was asked for by name (libalpm `ALPM_PKG_REASON_EXPLICIT`). */
  readonly explicit: boolean;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly files: readonly ImagePath[];
}

export interface LocalPackages {
  readonly packages: readonly PacmanPackage[];
  readonly troubles: TroubleList;
}

/** Reads `local/<name>-<version>/{desc,files}`, in order of path; of a name that stands twice the first counts. */
export function readLocalPackages(view: FileView): LocalPackages {
  const troubles = new TroubleList();
  const packages = new Map<string, PacmanPackage>();
  for (const file of view.files) {
    if (!file.path.startsWith(LOCAL) || !file.path.endsWith("/desc")) continue;
    const sections = readSections(textOf(file.content));
    const name = sections.get("%NAME%")?.[0];
    const version = sections.get("%VERSION%")?.[0];
    if (file.truncated) troubles.add(file.path, "too long: only its beginning was read");
    if (name === undefined || version === undefined) troubles.add(file.path, "package without a name or version");
    else if (packages.has(name)) troubles.add(file.path, "package described twice, the first counts", `: ${name}`);
    else {
      packages.set(name, {
        name,
        version,
        explicit: (sections.get("%REASON%")?.[0] ?? "0").trim() !== "1",
        depends: sections.get("%DEPENDS%") ?? [],
        provides: sections.get("%PROVIDES%") ?? [],
        files: filesBeside(view, file.path, troubles),
      });
    }
  }
  return { packages: [...packages.values()], troubles };
}

/** `%FILES%` names files without a first slash, and directories with a last one, which own no bytes. */
function filesBeside(view: FileView, desc: ImagePath, troubles: TroubleList): readonly ImagePath[] {
  const file = view.get(`${desc.slice(0, -"desc".length)}files`);
  if (file === undefined) {
    troubles.add(desc, "package without a list of files beside it");
    return [];
  }
  if (file.truncated) troubles.add(file.path, "too long: only its beginning was read");
  const bytes = Buffer.from(file.content.buffer, file.content.byteOffset, file.content.byteLength).toString("latin1");
  const paths = readSections(bytes).get("%FILES%") ?? [];
  return paths.filter((path) => !path.endsWith("/")).map((path) => normalizePath(path).path);
}

function textOf(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("utf8");
}
