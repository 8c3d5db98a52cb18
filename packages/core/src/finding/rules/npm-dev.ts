import type { BuildStep } from "../../build/build.ts";
import type { ShellEdit } from "../../build/edit-shell.ts";
import { callsOf, subcommandAt, withFlag } from "../../build/shell-calls.ts";
import { isObject, type JsonObject } from "../../oci/json.ts";
import { readJsonObject } from "../../package-db/manifest-text.ts";
import { npmDatabase } from "../../package-db/npm/npm.ts";
import { TroubleList } from "../../package-db/trouble-list.ts";
import { FATE } from "../../tree/fate.ts";
import { isStarted } from "../facts/is-started.ts";
import type { Facts } from "../facts.ts";
import { byLayer, isEditable } from "../fix/leave-out.ts";
import { keyOf } from "../path-rule.ts";
import type { Draft, Fix, Rule, StoredFile } from "../rule.ts";

const NEEDED = ["dependencies", "optionalDependencies", "peerDependencies"];
/** Programs whose scripts may need whatever is installed. */
const RUNNERS = ["npm", "npx", "yarn", "pnpm", "pnpx", "bun", "bunx", "ts-node", "tsx", "nodemon"];
const INSTALLS = new Set(["add", "cache", "ci", "config", "i", "install", "--version", "-v"]);
const GLOBAL = /^(?:usr\/(?:local\/)?lib|opt|root\/\.nvm)\//;

function namesIn(manifest: JsonObject, fields: readonly string[]): string[] {
  return fields.flatMap((field) => (isObject(manifest[field]) ? Object.keys(manifest[field]) : []));
}

/** Manifests of projects: those in no `node_modules`. */
function projectsOf(facts: Facts): readonly JsonObject[] {
  const files = facts.ledger.attribution.packages.finalViews.get(npmDatabase)?.files ?? [];
  return files
    .filter(({ path }) => !/(?:^|\/)node_modules\//.test(path) && !GLOBAL.test(path))
    .map((file) => readJsonObject(file, new TroubleList()))
    .filter((manifest) => manifest !== null);
}

/** Packages that some names lead to, over everything that they need. */
function closureOf(facts: Facts, names: readonly string[]): ReadonlySet<string> {
  const { records } = facts.ledger.attribution.packages;
  const keys = new Set(names.map((name) => `npm/${name}`).filter((key) => records.has(key)));
  for (const key of keys) for (const needed of records.get(key)?.found.requires ?? []) keys.add(needed);
  return keys;
}

function devFiles(facts: Facts): readonly StoredFile[] {
  // A distribution's Node packages have hundreds of manifests, and all of their files are the package manager's.
  if (!facts.ledger.attribution.ownerKeys.some((key) => key.startsWith("npm/"))) return [];
  const projects = projectsOf(facts);
  const development = closureOf(
    facts,
    projects.flatMap((project) => namesIn(project, ["devDependencies"])),
  );
  if (development.size === 0) return [];
  const needed = closureOf(
    facts,
    projects.flatMap((project) => namesIn(project, NEEDED)),
  );
  return [...development]
    .filter((key) => !needed.has(key))
    .flatMap((key) => facts.ownedBy(key))
    .filter(({ path, fate, inBase }) => fate === FATE.live && !inBase && !GLOBAL.test(path))
    .sort((a, b) => a.instance - b.instance);
}

/** Whether a RUN starts scripts or programs of packages: a build needs what it was installed for. */
function runsScripts({ instruction: { verb, text }, script }: BuildStep): boolean {
  if (verb !== "RUN") return false;
  if (script?.complete !== true || text.includes("node_modules/.bin/")) return true;
  return callsOf(script, RUNNERS).some((call) => {
    const at = subcommandAt(call);
    return at !== null && !INSTALLS.has(call.words[at] ?? "");
  });
}

function installEdits({ script }: BuildStep): readonly ShellEdit[] | null {
  if (script === null) return null;
  const installs = ["ci", "install", "i"];
  return (
    withFlag(script, { programs: ["npm"], subcommands: installs, flag: "--omit=dev" }) ??
    withFlag(script, { programs: ["pnpm"], subcommands: installs, flag: "--prod" }) ??
    withFlag(script, { programs: ["yarn", "bun"], subcommands: ["install"], flag: "--production" })
  );
}

function fixOf(facts: Facts, layer: number, files: readonly StoredFile[]): Fix {
  const step = facts.stepOf(layer);
  const builds = step !== null && facts.build.steps.some((later) => later.step >= step.step && runsScripts(later));
  const edits = step === null || builds || !isEditable(step) ? null : installEdits(step);
  return {
    kind: edits === null ? (builds ? "stage" : "none") : "edit-run",
    text: builds
      ? "Build in a stage of its own; in the final one, npm ci --omit=dev and a COPY of what was built."
      : "Install without them: npm ci --omit=dev, pnpm install --prod, yarn install --production.",
    image: [{ kind: "omit", instances: files.map(({ instance }) => instance) }],
    build: edits === null || step === null ? [] : [{ kind: "edit-run", step: step.step, edits }],
    assumes: ["The program loads no package that only devDependencies asks for."],
  };
}

/** Packages that a project asks for to develop it. */
export const npmDev: Rule = {
  id: "npm-dev",
  title: "Node packages for development",
  about:
    "Installed packages that only devDependencies of the project lead to: compilers, bundlers, test frameworks. Told by the " +
    "package.json of the project and of all that is installed. Where the container starts through npm or its like, a script may " +
    "need them, and confidence is low.",
  severity: "warn",
  confidence: "medium",
  related: [],
  *find(facts): Iterable<Draft> {
    const uncertain = isStarted(facts, RUNNERS);
    for (const [layer, files] of byLayer(devFiles(facts)))
      yield {
        title: "Node packages for development stay in the image",
        key: keyOf(facts, layer),
        paths: files.map(({ path }) => path),
        layers: [layer],
        ...(uncertain ? { confidence: "low" as const } : {}),
        // npm's own list of what is installed shrinks too.
        exact: false,
        fix: fixOf(facts, layer, files),
      };
  },
};
