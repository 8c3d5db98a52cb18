import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadImage } from "../../packages/core/src/image/load-image.ts";
import { apkDatabase } from "../../packages/core/src/package-db/apk/apk-db.ts";
import { removePackages } from "../../packages/core/src/package-db/apk/removal.ts";
import type { FileView, PackageDb } from "../../packages/core/src/package-db/package-db.ts";
import { PackageHistory } from "../../packages/core/src/package-db/package-history.ts";
import { resolveSource } from "../../packages/core/src/source/resolve-source.ts";
import { squash } from "../../packages/core/src/tree/squash.ts";
import { ALPINES, databaseAfter, deletedNames, systemOf } from "../support/apk-situations.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "shared", "corpus");
const SCENARIOS = join(ROOT, "apk-scenarios.json");
const present = existsSync(SCENARIOS);

interface Recorded {
  readonly base_installed: readonly string[];
  readonly scenarios: readonly {
    readonly id: string;
    readonly steps: readonly {
      readonly command: string;
      readonly exit_code: number;
      readonly installed: readonly string[];
      readonly freed: readonly string[];
      readonly base_packages_lost: readonly string[];
    }[];
  }[];
}

const RECORDED: Readonly<Record<string, Recorded>> = present ? JSON.parse(readFileSync(SCENARIOS, "utf8")) : {};

describe.skipIf(!present)("apk-scenarios.json of the corpus", () => {
  test.each(Object.keys(ALPINES))(
    "%s: the fixtures are the same situations, and each removal frees the same",
    (label) => {
      const alpine = ALPINES[label];
      const recorded = RECORDED[label];
      if (alpine === undefined || recorded === undefined) throw new Error(`no ${label}`);
      expect(alpine.situations.map(({ id }) => id)).toEqual(recorded.scenarios.map(({ id }) => id));
      recorded.scenarios.forEach(({ id, steps }, s) => {
        const own = alpine.situations[s]?.steps ?? [];
        expect(own.map(({ command }) => command.replace(/http\S+/, "REPOSITORY"))).toEqual(
          steps.map(({ command }) => command),
        );
        steps.forEach((step, i) => {
          const before = systemOf(databaseAfter(alpine, own[i - 1]));
          const after = systemOf(databaseAfter(alpine, own[i]));
          const beyond = after.packages
            .map(({ name }) => name)
            .filter((name) => !recorded.base_installed.includes(name));
          expect(beyond.sort(), `${id} ${step.command}`).toEqual(step.installed);
          const names = deletedNames(step);
          if (names === null || id === "provider-swapped" || step.command.includes(" -s ")) return;
          const { freed, refusal } = removePackages(before, names);
          expect(refusal !== null, `${id} ${step.command}`).toBe(step.exit_code !== 0);
          const gone = [...step.freed, ...step.base_packages_lost].map((name) => `apk/${name}`);
          expect([...freed].sort(), `${id} ${step.command}`).toEqual(gone.sort());
        });
      });
    },
  );
});

function namesIn(directory: string): string[] {
  return existsSync(join(ROOT, directory)) ? readdirSync(join(ROOT, directory)) : [];
}

const IMAGES = [
  ...namesIn("rootfs")
    .filter((name) => name.startsWith("alpine-"))
    .map((name) => `tar:${join(ROOT, "rootfs", name)}`),
  ...namesIn("images")
    .filter((name) => !/go-on-scratch|images/.test(name))
    .map((name) => join(ROOT, "images", name)),
];

describe.skipIf(!present)("every Alpine of the corpus", () => {
  test.each(IMAGES.map((reference) => [reference.slice(reference.lastIndexOf("/") + 1), reference]))(
    "%s: world needs all that is installed",
    async (name, reference) => {
      const views: FileView[] = [];
      const probe: PackageDb = {
        ...apkDatabase,
        read: (view) => {
          views.push(view);
          return apkDatabase.read(view);
        },
      };
      const image = await loadImage(resolveSource(reference), { captures: apkDatabase.captures });
      const indexes = image.layers.map(({ index }) => index);
      const history = new PackageHistory([probe]);
      squash(indexes, { layerApplied: (layer, state) => history.layerApplied(layer, state) });
      const installed = [...history.records.values()].filter((record) => record.installed);
      const last = views.at(-1);
      if (/whiteout|rewrites/.test(name)) {
        // BusyBox without apk.
        expect(installed).toEqual([]);
        return;
      }
      expect(installed.length).toBeGreaterThan(10);
      expect(history.troubles).toEqual([]);
      expect(last && apkDatabase.remove?.(last, [])).toMatchObject({ freed: [], refusal: null });
    },
  );
});
