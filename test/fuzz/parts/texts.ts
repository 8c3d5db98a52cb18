import { parseDiveConfig } from "../../../packages/core/src/check/dive-config.ts";
import { parseConfig } from "../../../packages/core/src/check/parse-config.ts";
import { diff } from "../../../packages/core/src/diff/diff-images.ts";
import { parseSnapshot } from "../../../packages/core/src/diff/parse-snapshot.ts";
import { parseCreatedBy } from "../../../packages/core/src/dockerfile/created-by.ts";
import { readDockerfile } from "../../../packages/core/src/dockerfile/dockerfile.ts";
import { dockerfileProblems } from "../../../packages/core/src/dockerfile/problems.ts";
import { loadShell } from "../../../packages/core/src/dockerfile/shell-parser.ts";
import { parseShell } from "../../../packages/core/src/dockerfile/shell-script.ts";
import { PACKAGE_DATABASES } from "../../../packages/core/src/package-db/databases.ts";
import type { FileView, ViewedFile } from "../../../packages/core/src/package-db/package-db.ts";
import { snapshotOfFiles } from "../../support/snapshots.ts";
import { databaseFile } from "../databases.ts";
import { dockerfileText } from "../dockerfiles.ts";
import { script } from "../images.ts";
import { mutatedJson, mutatedText, word } from "../mutate.ts";
import { Broken, type Part } from "../part.ts";

/** Scripts of the shell: offsets stay within the text and in order. */
export const shell: Part = {
  name: "shell",
  weight: 24_000,
  async run(random) {
    await loadShell();
    const text = random.chance(0.4) ? mutatedText(random, script(random)) : script(random);
    const { commands, complete } = parseShell(text, { dialect: random.pick(["dockerfile", "script"] as const) });
    for (const { start, end, wordStarts, wordEnds } of commands)
      for (const at of [start, end, ...wordStarts, ...wordEnds])
        if (!(at >= 0 && at <= text.length)) throw new Broken(`an offset of ${at} in a text of ${text.length}`);
    parseCreatedBy({ createdBy: text, comment: null, author: null, created: null, emptyLayer: false });
    return complete;
  },
};

/** Dockerfiles, read and linted. */
export const dockerfiles: Part = {
  name: "dockerfiles",
  weight: 16_000,
  async run(random) {
    await loadShell();
    const text = dockerfileText(random);
    const dockerfile = await readDockerfile(text);
    for (const { start, end } of dockerfile.instructions)
      if (!(start >= 0 && start <= end && end <= text.length))
        throw new Broken(`an instruction from ${start} to ${end}`);
    dockerfileProblems(dockerfile);
    return true;
  },
};

/** Package databases and manifests by themselves. */
export const databases: Part = {
  name: "databases",
  weight: 20_000,
  run(random) {
    const files = random.some(6, (): ViewedFile => {
      const { name, content } = databaseFile(random);
      return { path: String(name), content: Buffer.from(content as Uint8Array), truncated: random.chance(0.1) };
    });
    const byPath = new Map(files.map((file) => [file.path, file]));
    const view: FileView = {
      files: [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
      get: (path) => byPath.get(path),
      binaries: [],
      archives: [],
      exists: (path) => byPath.has(path),
    };
    let found = 0;
    for (const database of PACKAGE_DATABASES) {
      const { packages } = database.read(view);
      found += packages.length;
      const names = packages.slice(0, 2).map(({ name }) => name);
      if (names.length > 0) database.remove?.(view, names);
      if (names.length > 0) database.rewrite?.(view, { remove: names, add: [{ name: ".v", depends: names }] });
    }
    return found > 0;
  },
};

const CONFIG = {
  version: 1,
  failOn: "warn",
  defaults: { budgets: [{ metric: "content", max: "10MB" }], rules: { "tmp-files": "off" } },
  images: [
    {
      image: "./a.tar",
      baseline: "b.json",
      budgets: [
        { metric: "wasted", maxIncrease: "2%" },
        { metric: "efficiency", min: 0.9 },
      ],
      ignore: [{ rule: "tmp-files", path: "/a/**", reason: "why", until: "2030-01-01" }],
    },
  ],
};

/** Configurations, as YAML that people and programs write. */
export const configurations: Part = {
  name: "configurations",
  weight: 8_000,
  async run(random) {
    const value = random.chance(0.7) ? mutatedJson(random, CONFIG) : CONFIG;
    const yaml = random.chance(0.5) ? JSON.stringify(value, null, 1) : yamlOf(value, "");
    const text = random.chance(0.4) ? mutatedText(random, yaml) : yaml;
    if (random.chance(0.2)) await parseDiveConfig(text, ".dive-ci", "app");
    else await parseConfig(text, { file: "imgweigh.yaml" });
    return true;
  },
};

/** Baseline files, compared with themselves. */
export const baselines: Part = {
  name: "baselines",
  weight: 8_000,
  run(random) {
    const files = random.some(5, () => ({ path: `/${word(random)}`, live: random.upTo(999), wasted: random.upTo(99) }));
    const given = snapshotOfFiles(files);
    const file = JSON.stringify(random.chance(0.7) ? mutatedJson(random, given) : given);
    const snapshot = parseSnapshot(random.chance(0.2) ? mutatedText(random, file) : file);
    diff(snapshot, snapshot);
    return true;
  },
};

/** YAML in block style, as people write it. */
function yamlOf(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return ` ${JSON.stringify(value)}\n`;
  const members = Object.entries(value);
  if (members.length === 0) return Array.isArray(value) ? " []\n" : " {}\n";
  const lines = members.map(
    ([key, one]) => `${indent}${Array.isArray(value) ? "-" : `${key}:`}${yamlOf(one, `${indent}  `)}`,
  );
  return `\n${lines.join("")}`;
}
