import type { ImagePath } from "../../image-path.ts";
import type { FileView, PackageChange, ViewedFile } from "../package-db.ts";
import { TroubleList } from "../trouble-list.ts";
import { apkFiles } from "./apk-files.ts";
import type { Dependency } from "./dependency.ts";
import { parseInstalled } from "./installed.ts";
import { type InstalledRecord, joinRecords, splitRecords } from "./installed-records.ts";
import { Providers } from "./provider.ts";
import { keepScripts } from "./script-archive.ts";
import { compareVersions } from "./version.ts";
import { virtualRecord, virtualToken, virtualVersion } from "./virtual-package.ts";
import { parseWorld } from "./world.ts";

/** One of apk's own files, as it would be. */
export interface RewrittenContent {
  readonly path: ImagePath;
  readonly content: Uint8Array;
}

/**
 * What apk's own files hold after a change: `installed`, `scripts.tar`, `triggers` and world, which each `apk add`, `del`,
 * `fix` and `upgrade` that succeeds writes anew, all four, changed or not. Their sizes are exact; checksum and version of
 * an added virtual package, and the times in scripts.tar, differ from run to run. Null where a file is not whole, or not
 * what apk 2 writes. Shown with 2.10.1 and 2.14.4.
 */
export function rewriteApkDatabase(view: FileView, change: PackageChange): readonly RewrittenContent[] | null {
  const { installed, world, scripts, triggers } = apkFiles(view);
  if (installed === undefined || world === undefined) return null;
  if ([installed, world, scripts, triggers].some((file) => file?.truncated)) return null;
  const before = splitRecords(installed.content);
  const apkTools = versionOf(before.find(({ name }) => name === "apk-tools"));
  const records = changedRecords(before, change, apkTools);
  const content = joinRecords(records);
  const checksums = records.map(({ checksum }) => checksum);
  const keptScripts = scripts === undefined ? undefined : keepScripts(scripts.content, checksums);
  if (keptScripts === null) return null;
  const files: { readonly file: ViewedFile | undefined; readonly content: Uint8Array | undefined }[] = [
    { file: world, content: changedWorld(world.content, content, change, apkTools) },
    { file: installed, content },
    { file: scripts, content: keptScripts },
    { file: triggers, content: triggers && keepTriggers(triggers.content, checksums) },
  ];
  return files.flatMap(({ file, content: bytes }) =>
    file === undefined || bytes === undefined ? [] : [{ path: file.path, content: bytes }],
  );
}

function versionOf(record: InstalledRecord | undefined): string | null {
  return record === undefined ? null : (/^V:(.*)$/m.exec(record.text)?.[1] ?? null);
}

/** In order of name since 2.14; before, in the order in which they came. */
function changedRecords(
  before: readonly InstalledRecord[],
  { remove, add }: PackageChange,
  apkTools: string | null,
): readonly InstalledRecord[] {
  const gone = new Set([...remove, ...add.map(({ name }) => name)]);
  const version = virtualVersion(apkTools);
  const records = [
    ...before.filter(({ name }) => !gone.has(name)),
    ...add.map(({ name, depends }) => virtualRecord(name, version, depends)),
  ];
  return apkTools !== null && compareVersions(apkTools, "2.14") < 0 ? records : records.sort(byName);
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The words of world that stay, and those that come, one a line in order of name. */
function changedWorld(
  content: Uint8Array,
  installed: Uint8Array,
  { remove, unask = [], add }: PackageChange,
  apkTools: string | null,
): Buffer {
  const gone = new Set([...remove, ...unask, ...add.map(({ name }) => name)]);
  const providers = new Providers(parseInstalled(installed, "", new TroubleList()));
  // apk does not end with a world that nobody answers.
  const answered = ({ name, conflict }: Dependency): boolean => conflict || providers.of(name).length > 0;
  const version = virtualVersion(apkTools);
  const words = [
    ...parseWorld(content).world.filter((word) => !gone.has(word.name) && answered(word)),
    ...add.map(({ name }) => ({ name, text: virtualToken(name, version) })),
  ].sort(byName);
  return Buffer.from(`${words.map(({ text }) => text).join("\n")}\n`);
}

/** A line for each package that has triggers: its checksum and the directories, in the order of the packages. */
function keepTriggers(content: Uint8Array, checksums: readonly string[]): Buffer {
  const lines = new Map<string, string>();
  for (const line of Buffer.from(content).toString("latin1").split("\n")) {
    if (line !== "") lines.set(line.split(" ", 1)[0] as string, line);
  }
  const kept = checksums.flatMap((checksum) => lines.get(checksum) ?? []);
  return Buffer.from(kept.map((line) => `${line}\n`).join(""), "latin1");
}
