import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseInstalled } from "../../packages/core/src/package-db/apk/installed.ts";
import type { ApkSystem } from "../../packages/core/src/package-db/apk/removal.ts";
import { parseWorld } from "../../packages/core/src/package-db/apk/world.ts";
import type { FileView, ViewedFile } from "../../packages/core/src/package-db/package-db.ts";
import { TroubleList } from "../../packages/core/src/package-db/trouble-list.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "apk");

/** What the real apk did; see the fixtures' README. */
export interface Step {
  readonly command: string;
  readonly exitCode: number;
  readonly purged: readonly string[];
  readonly records: readonly number[];
  readonly world: readonly string[];
}

export interface Alpine {
  readonly apkTools: string;
  readonly world: readonly string[];
  readonly records: readonly string[];
  readonly situations: readonly { readonly id: string; readonly steps: readonly Step[] }[];
}

export const ALPINES: Readonly<Record<string, Alpine>> = JSON.parse(
  readFileSync(join(FIXTURES, "situations.json"), "utf8"),
);

export function baseInstalled({ apkTools }: Pick<Alpine, "apkTools">): string {
  return readFileSync(join(FIXTURES, `base-${apkTools}.installed`), "utf8");
}

/** `installed` and world as they stand after a step, or in the base. */
export function databaseAfter(alpine: Alpine, step: Step | undefined): { installed: string; world: string } {
  const records = (step?.records ?? []).map((index) => `${alpine.records[index]}\n\n`);
  return {
    installed: baseInstalled(alpine) + records.join(""),
    world: `${(step?.world ?? alpine.world).join("\n")}\n`,
  };
}

export function systemOf({ installed, world }: { installed: string; world: string }): ApkSystem {
  return {
    packages: parseInstalled(Buffer.from(installed), "lib/apk/db/installed", new TroubleList()),
    world: parseWorld(Buffer.from(world)).world,
  };
}

/** What `apk del` was asked to remove; null for other commands. */
export function deletedNames({ command }: Pick<Step, "command">): string[] | null {
  const [apk, verb, ...rest] = command.split(" ");
  return apk === "apk" && verb === "del" ? rest.filter((word) => !word.startsWith("-")) : null;
}

/** A view of files given by path. */
export function apkView(contents: Readonly<Record<string, string>>): FileView {
  const files = Object.entries(contents).map(([path, content]): ViewedFile => {
    return { path, content: Buffer.from(content, "latin1"), truncated: false };
  });
  const get = (path: string): ViewedFile | undefined => files.find((file) => file.path === path);
  return { files, binaries: [], archives: [], get, exists: (path) => get(path) !== undefined };
}
