import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { runAction } from "../support/action-runner.ts";
import { type FakeEngine, type FakeEngineOptions, startFakeEngine } from "../support/fake-engine.ts";
import { startPackageRegistry } from "../support/package-registry.ts";
import { cleanEnvironment, PNPM, ROOT, ran, reachesRegistry, run } from "./workspace.ts";

const online = await reachesRegistry();

/** Every stage of the library in the hands of a user, with the strictest compiler there is. */
const USER_FILE = `
import { isDeepStrictEqual } from "node:util";
import { type Analyses, type Analysis, analyzeImage, type AnalyzeOptions, analyzePlatforms, type CheckedImages, checkImages, type CheckResult, diff, type Diff, type DockerfileOptions, type ErrorCode, explain, type Finding, findWaste, fixDockerfile, type FixedDockerfile, type Image, type ImageSource, ImgweighError, inspectImage, type Inspection, inspectPlatforms, isImgweighError, type Ledger, loadImage, type ProgressEvent, readBuild, readSnapshot, resolveSource, type Snapshot, snapshotImage, summarize, type Waste, weigh, type WeighedImage } from "@imgweigh/core";
import {
  applyFlags, cacheDirectory, type CacheOptions, type CheckConfig, clearCache, CONFIG_FILES, type ConfigFile,
  evaluate, findConfig, firstConfig, inspectCache, LEVELS, limitFlag, type LimitName, LIMITS, METRICS, parseBytes,
  parseConfig, parseDiveConfig, parseSnapshot, pruneCache, readBaseline, readConfig, readConfigText,
  readDockerfileOptions, SCOPES, SETTINGS, slimSnapshot, summarizeCheck, tightenConfig, type TightenedConfig,
} from "@imgweigh/core/config";
import {
  describeRules, type Draft, type Facts, type Fix, nearestRule, nearestWord, PACKAGE_DATABASES, type PackageDb, type Rule, RULES,
  type StoredFile,
} from "@imgweigh/core/extend";
import {
  categoryTitle, type Entry, entryLink, entryPath, type EqualContent, explainPackage, explainPath, FATE,
  findEqualContent, findPackages, groupByBase, groupByCategory, groupByDirectory, groupByInstruction, groupByLayer,
  groupByPackage, groupEntries, findBranches, LISTING_ORDERS, listPath, ImageTree, KIND, type LayerChanges, type LayerLinks, type LayerRows, LedgerFold,
  listPackages, listUnowned, PACKAGE_STATE, type PackageLife, type PackageReason, type PathChange, type PathLife,
  type PathReason, type RemovalEffect, type Squash, squash, takeSnapshot, type TreePlace, UNOWNED, type Weights,
} from "@imgweigh/core/ledger";
import {
  ANALYSIS_FORMATS, analysisDocument, baselineChunks, cellText, DIFF_GROUPINGS, diffDocument, DOCUMENT_FORMATS,
  escapeText, formatAmount, formatAnalysis, formatBaseline, formatBytes, formatChange, formatCount, formatDiff,
  formatDifference, formatJson, formatPair, formatReport, formatSigned, jsonChunks, listingChunks, limitDiff, limitLists, nameBudget,
  REPORTS, resultOfAnalysis, tellBudget, tellSaving, withoutMoved,
} from "@imgweigh/core/report";
import {
  type BaseImage, type BudgetVerdict, type Build, type DiffRow, ERROR_CODES, type GroupRow, type ImageVerdict,
  type Libc, NOT_IN_BASELINE, type PackageRow, WARNING_CODES, WITHOUT_CONTENT,
} from "@imgweigh/core/results";

const events: ProgressEvent[] = [];
const { signal } = new AbortController();
const options: AnalyzeOptions = { signal, onProgress: (event) => events.push(event), limits: { maxEntries: 1_000_000 } };

// All at once, and stage by stage.
const analysis: Analysis = await analyzeImage("demo:", options);
const source: ImageSource = resolveSource("demo:");
const image: Image = await loadImage(source, options);
const squashed: Squash = squash(image.layers.map(({ index }) => index));
const ledger: Ledger = weigh(image);
const build: Build = await readBuild(ledger);
const waste: Waste = findWaste(ledger, build, { rules: [...RULES] });
const byStage: Analysis = summarize(ledger, waste, build);
const dockerfile: DockerfileOptions = { name: "Dockerfile", text: "FROM scratch\\nCOPY a /a\\n" };
// Another image's Dockerfile is not edited.
const fixed: FixedDockerfile | string = await fixDockerfile("demo:", { ...options, dockerfile }).catch(
  (error: unknown) => (isImgweighError(error) ? error.code : "odd"),
);
const mine: Rule = {
  id: "mine", title: "mine", about: "mine", severity: "info", confidence: "low", related: [], paths: ["bin/**"],
  *find(facts: Facts, files: readonly StoredFile[]): Generator<Draft> {
    const fix: Fix = { kind: "none", text: "Leave it out.", image: [{ kind: "omit", instances: files.map(({ instance }) => instance) }], build: [], assumes: [] };
    yield { title: String(facts.build.steps.length), key: "mine", paths: files.map(({ path }) => path), layers: [0], fix };
  },
};
const own: readonly Finding[] = findWaste(ledger, build, { rules: [mine] }).findings;
const platforms: Analyses = await analyzePlatforms("demo:", options);
const looks: readonly Inspection[] = [await inspectImage("demo:"), ...(await inspectPlatforms("demo:")).images];
const life: PathLife = explainPath(ledger, "/bin/busybox");
const equal: readonly EqualContent[] = findEqualContent(ledger);
const fold = new LedgerFold();
for (const layer of image.layers) fold.add(layer);
const folded: Weights = fold.finish(image);
if (folded.contentBytes !== ledger.contentBytes) throw new Error("a fold");
const tree = new ImageTree(ledger);
if ([...listingChunks(listPath(ledger, { sort: LISTING_ORDERS[0] }), "csv")].length === 0) throw new Error("a listing");
if (findBranches(ledger).contentBytes !== ledger.contentBytes) throw new Error("branches");
const place: TreePlace = tree.at("/bin/busybox");
const changes: LayerChanges = tree.changesIn(0);
const change: PathChange = changes.at(place.number);
const row: Entry = ledger.entry(0);
const columns: LayerRows = ledger.rowsOf(row.layer);
const links: LayerLinks = ledger.links(row.layer);
if (change !== "added" || columns.count === 0 || links.count !== 0) throw new Error("a tree");
const groupings: readonly (readonly GroupRow[])[] = [
  groupByLayer(ledger), groupByInstruction(ledger), groupByPackage(ledger), groupByCategory(ledger),
  groupByDirectory(ledger), groupByBase(ledger), listUnowned(ledger),
];
const rows: readonly GroupRow[] = groupings.flat();
const owned: readonly PackageRow[] = listPackages(ledger);
const bash: PackageLife = explainPackage(ledger, "apk/bash");
const reason: PackageReason | PathReason = explain(ledger, "/bin/bash");
const freed: RemovalEffect | null = bash.removal;
const base: BaseImage = analysis.base;
const libc: Libc = analysis.libc;
const ids: string[] = PACKAGE_DATABASES.map((database: PackageDb) => database.id);
const cut: Analysis = limitLists(analysis, 2);
const code: ErrorCode = await analyzeImage("tar:./nowhere.tar").then(
  () => { throw new Error("it should have failed"); },
  (error: unknown) => { if (isImgweighError(error)) return error.code; throw error; },
);
const names: string[] = Object.keys(LIMITS).map((name) => limitFlag(name as LimitName));

if (!isDeepStrictEqual(JSON.parse(JSON.stringify(analysis)), analysis)) throw new Error("not plain JSON data");
if (!isDeepStrictEqual(analysis, byStage)) throw new Error("the stages give something else");
if (squashed.fates.length === 0 || life.events.length === 0 || rows.length === 0) throw new Error("a stage is empty");
if (cut.wasted.length !== 2 || code !== "FILE_UNREADABLE" || names.length === 0 || events.length === 0) throw new Error("odd");
if (reason.kind !== "path" || reason.owner !== "apk/bash" || categoryTitle(reason.category ?? "") === "") throw new Error("why");
if (owned.length === 0 || freed?.refusal !== null || findPackages(ledger, "bash").length !== 1) throw new Error("packages");
if (analysis.plan.findings.length === 0 || describeRules().length !== RULES.length || nearestRule("apk-indx") !== "apk-index" || nearestWord("jsn", ["json"]) !== "json") throw new Error("findings");
if (own[0]?.bytes.content === 0 || fixed !== "DOCKERFILE_MISMATCH") throw new Error("rules");
if (platforms.analyses.length !== 1 || looks.length !== 2) throw new Error("platforms");
if (base.layers !== 1 || libc.kind !== null || !ids.includes("apk")) throw new Error("base");
if (!groupings[2]?.some(({ key }) => key === UNOWNED) || !groupings[2].some(({ key }) => key === PACKAGE_STATE)) throw new Error("owners");
if (parseBytes("1MB") !== 1_000_000 || new ImgweighError("NOT_AN_IMAGE", "x").code !== "NOT_AN_IMAGE") throw new Error("odd");
const cache: CacheOptions = { directory: cacheDirectory({ env: { HOME: process.cwd() } }) ?? "", maxBytes: 2 ** 20 };
const cached: Analysis = await analyzeImage("demo:", { ...options, cache });
if (!isDeepStrictEqual(cached, analysis) || (await inspectCache(cache)).entries === 0) throw new Error("cache");
if ((await pruneCache(cache)).removedEntries !== 0 || (await clearCache(cache)).removedEntries === 0) throw new Error("upkeep");

// Two images side by side, a baseline, and a check of its own.
const weighed: WeighedImage = await snapshotImage("demo:", options);
const snapshot: Snapshot = takeSnapshot(ledger, analysis);
if (!isDeepStrictEqual(weighed.snapshot, snapshot)) throw new Error("a snapshot differs");
const kept: Snapshot = parseSnapshot(formatBaseline(slimSnapshot(snapshot)));
if ([...baselineChunks(snapshot)].join("") !== formatBaseline(snapshot)) throw new Error("a baseline in chunks");
const delta: Diff = limitDiff(diff(kept, snapshot), 3);
const changed: readonly DiffRow[] = Object.values(delta.groups).flat();
if (changed.length !== 0 || withoutMoved(delta).length !== 0 || delta.change.contentBytes !== 0 || formatDiff(delta, "markdown") === "") throw new Error("diff");
const written: string = firstConfig(analysis, { image: "demo:" });
const config: CheckConfig = applyFlags(await parseConfig(written, { file: "imgweigh.yaml" }), {
  metric: "content", scope: "path:/srv", max: "1 kB", rules: ["apk-*=warn"], ignores: ["vcs until 2030-01-31=served"],
});
const [asked] = config.images;
if (asked === undefined) throw new Error("no image");
const verdict: ImageVerdict = evaluate({ check: asked, analysis, snapshot, baseline: kept, today: "2020-01-01" });
const result: CheckResult = summarizeCheck([verdict], config.notes);
const over: BudgetVerdict | undefined = verdict.budgets.find(({ status }) => status === "failed");
if (result.passed || over === undefined) throw new Error("it should have failed");
if (nameBudget(over) !== "content of path /srv" || !tellBudget(over).startsWith("content of path /srv is ")) throw new Error("sentences");
if (verdict.findings.every((found) => tellSaving(found) === null)) throw new Error("savings");
for (const { name } of REPORTS) if (formatReport(result, name) === "") throw new Error(name);
if (formatReport(resultOfAnalysis(analysis), "sarif") === "") throw new Error("sarif");
const dive: CheckConfig = await parseDiveConfig("rules:\\n  lowestEfficiency: 0.9\\n", ".dive-ci", "demo:");
const tightened: TightenedConfig = await tightenConfig(written, "imgweigh.yaml", result);
const { result: ran, failures }: CheckedImages = await checkImages(config, { ...options, today: "2020-01-01" });
if (ran.passed || failures.length !== 0 || (await findConfig(".")) !== null) throw new Error("a check");
const onDisk: ConfigFile = { name: "imgweigh.yaml", path: "/nowhere/imgweigh.yaml", isDive: false };
for (const absent of [readConfig(onDisk), readConfigText(onDisk), readDockerfileOptions({ path: "nowhere", cwd: "." })])
  if (await absent.then(() => true, () => false)) throw new Error("it should have failed");
if ((await readBaseline("demo:", { cwd: "." })) !== null || !isDeepStrictEqual(await readSnapshot("demo:", options), snapshot)) throw new Error("a baseline");
void CONFIG_FILES;
if (dive.images.length !== 1 || tightened.text === "") throw new Error("configuration");
if (formatAmount(0.5, "ratio") !== "50.00 %" || formatDifference(0.5, "ratio") !== "50.00 points") throw new Error("ratios");
if (formatPair(1, 2, "bytes")[0] !== "1 B" || formatSigned(1, "bytes") !== "+1 B" || formatChange(1, 1, "bytes") === "") throw new Error("amounts");
void [NOT_IN_BASELINE, WITHOUT_CONTENT, LEVELS, METRICS, SCOPES, SETTINGS];
for (const format of ANALYSIS_FORMATS) if (formatAnalysis(analysis, format) === "") throw new Error(format);
for (const format of DOCUMENT_FORMATS) if (formatDiff(delta, format) === "") throw new Error(format);
const told = [...analysisDocument(analysis).sections, ...diffDocument(delta).sections].flatMap(({ rows }) => rows.flat());
if (told.map(cellText).length === 0 || !("path" in DIFF_GROUPINGS)) throw new Error("documents");
void [equal, groupEntries, entryLink, entryPath, ERROR_CODES, escapeText, FATE, formatCount, KIND, WARNING_CODES];
if ([...jsonChunks(analysis)].join("") !== formatJson(analysis)) throw new Error("JSON in chunks");
console.log(formatJson(analysis));
console.error(formatBytes(analysis.sizes.contentBytes));
`;

/** Aborts in the middle of a stage and looks at what is left; the process must then end by itself. */
const ABORT_FILE = `
import { analyzeImage, loadImage, resolveSource } from "@imgweigh/core";

const [, , target, when] = process.argv;
const controller = new AbortController();
const reason = new Error("the user's own reason");
const abort = () => controller.abort(reason);
const options = { signal: controller.signal, concurrency: 2 };
if (when === "before") abort();
else if (when.startsWith("after:")) setTimeout(abort, Number(when.slice("after:".length)));
else options.onProgress = (event) => { if (event.type === when) abort(); };

const caught = await analyzeImage(target, options).then(() => "it was not aborted", (error) => error);
if (caught !== reason) throw new Error("not the reason: " + (caught.stack ?? caught));
// What closes does so in the next turns of the loop.
await new Promise((resolve) => setTimeout(resolve, 100));
const left = process.getActiveResourcesInfo().filter((name) => name !== "TTYWrap");
console.log(JSON.stringify({ left }));
`;

describe.skipIf(!online)("the packages, installed in an empty folder", { timeout: 120_000 }, () => {
  let folder: string;
  let user: string;
  let tarballs: Record<"core" | "page" | "cli", string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "imgweigh-package-"));
    user = join(folder, "user");
    await mkdir(user);
    for (const name of ["core", "page", "cli"]) {
      await ran("npx", [...PNPM, "pack", "--pack-destination", folder], { cwd: join(ROOT, "packages", name) });
    }
    const packed = (await readdir(folder)).filter((file) => file.endsWith(".tgz"));
    const find = (prefix: RegExp): string => join(folder, packed.find((file) => prefix.test(file)) ?? "not packed");
    tarballs = { core: find(/^imgweigh-core-/), page: find(/^imgweigh-page-/), cli: find(/^imgweigh-\d/) };
    await writeFile(join(user, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
    const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts"];
    await ran("npm", ["install", ...quiet, tarballs.core, tarballs.page, tarballs.cli, "@types/node@20.19.0"], {
      cwd: user,
    });
    await writeFile(join(user, "abort.mjs"), ABORT_FILE);
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const bin = (...args: string[]) => run(join(user, "node_modules/.bin/imgweigh"), args, { cwd: user });

  test("hold what they need and nothing else", async () => {
    for (const tarball of Object.values(tarballs)) {
      const files = (await ran("tar", ["-tf", tarball], { cwd: folder })).trim().split("\n");
      const odd = files.filter(
        (file) =>
          !/^package\/(?:(?:dist|bin|schema)\/.*\.(?:js|d\.ts|json)|dist\/assets\/page\.css|(?:dist|bin)\/.*\.map|rules\/[a-z0-9-]+\.md|package\.json|README\.md|LICENSE)$/.test(
            file,
          ),
      );
      expect(odd).toEqual([]);
    }
    const manifest = JSON.parse(await readFile(join(user, "node_modules/imgweigh/package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    expect(manifest.dependencies["@imgweigh/core"]).toMatch(/^\d/);
  });

  test("every stage type-checks in a user's strict file, declarations of the library included, and runs", async () => {
    const project = join(user, "typed");
    await mkdir(project);
    await writeFile(join(project, "user.ts"), USER_FILE);
    const compilerOptions = {
      target: "es2022",
      module: "nodenext",
      strict: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      // TypeScript's own declarations are its own affair, and half of the time.
      skipDefaultLibCheck: true,
      types: ["node"],
      outDir: "out",
      rootDir: ".",
    };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["user.ts"] }));
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const { code, stdout } = await run(process.execPath, [tsc, "-p", project], { cwd: project });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    const printed = await ran(process.execPath, [join(project, "out/user.js")], { cwd: user });
    expect(JSON.parse(printed)).toMatchObject({ schemaVersion: 1, source: { kind: "demo" } });
  });

  test("has no deep paths and no default", async () => {
    const deep =
      'await import("@imgweigh/core/dist/bytes.js").then(() => console.log("it is there"), (e) => console.log(e.code))';
    const text = await ran(process.execPath, ["--input-type=module", "-e", deep], { cwd: user });
    expect(text.trim()).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
    const keys = 'console.log("default" in (await import("@imgweigh/core")))';
    expect((await ran(process.execPath, ["--input-type=module", "-e", keys], { cwd: user })).trim()).toBe("false");
  });

  test("publishes its schemas, which describe what the program prints", async () => {
    const schemas = await readdir(join(user, "node_modules/@imgweigh/core/schema"));
    expect(schemas.filter((name) => name.endsWith(".json")).length).toBeGreaterThan(0);
  });

  test("the program runs", async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, "packages/cli/package.json"), "utf8")) as {
      version: string;
    };
    expect(await bin("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    const demo = await bin("demo", "--format", "json");
    expect(demo.code).toBe(0);
    expect(JSON.parse(demo.stdout)).toMatchObject({ schemaVersion: 1, source: { kind: "demo" } });
    expect((await bin("--help")).stdout).toContain("analyze");
    expect((await bin("--no-such-flag")).code).toBe(2);
    expect((await bin("analyze", "./nowhere.tar")).code).toBe(3);
  });

  test("the action takes the program from the package registry, by npx", async () => {
    const upstream = (await ran("npm", ["config", "get", "registry"], { cwd: folder })).trim();
    const registry = await startPackageRegistry(
      { imgweigh: tarballs.cli, "@imgweigh/core": tarballs.core, "@imgweigh/page": tarballs.page },
      upstream,
    );
    try {
      const run = join(folder, "action");
      await mkdir(run);
      const { PATH = "", ...machine } = cleanEnvironment();
      const env = { ...(machine as Record<string, string>), npm_config_registry: registry.url, HOME: run };
      const inputs = { image: "demo:", args: "--max 1MB" };
      const event = { ref: "refs/heads/main" };
      const { conclusion, outputs } = await runAction(join(ROOT, "action.yml"), {
        folder: run,
        workspace: user,
        inputs,
        eventName: "push",
        event,
        apiUrl: "http://127.0.0.1:1",
        token: "none",
        path: [PATH],
        env,
      });
      expect({ conclusion, outputs }).toMatchObject({ conclusion: "failure", outputs: { "exit-code": "1" } });
      expect(Number(outputs["bytes"])).toBeGreaterThan(1_000_000);
      expect(registry.asked).toEqual(expect.arrayContaining(["imgweigh", "@imgweigh/core"]));
    } finally {
      await registry.close();
    }
  });

  test("passes publint and attw", async () => {
    const tool = (name: string): string => join(ROOT, "node_modules/.bin", name);
    for (const tarball of Object.values(tarballs)) {
      const { code, stdout } = await run(tool("publint"), ["--strict", tarball], { cwd: folder });
      expect({ code, stdout: code === 0 ? "" : stdout }).toEqual({ code: 0, stdout: "" });
    }
    // The program has no types to be wrong about.
    const { code, stdout } = await run(tool("attw"), ["--profile", "esm-only", "--no-emoji", tarballs.core], {
      cwd: folder,
    });
    expect({ code, stdout: code === 0 ? "" : stdout }).toEqual({ code: 0, stdout: "" });
  });

  describe("an abort leaves no socket, timer or handle", () => {
    const closing: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });

    /** The whole process ends by itself soon after the abort, with the user's own reason and nothing left open. */
    async function aborts(target: string, when: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
      const result = await Promise.race([
        run(process.execPath, ["abort.mjs", target, when], { cwd: user, env }),
        sleep(60_000, null, { ref: false }),
      ]);
      expect(result, "the process goes on running").not.toBeNull();
      const { code, stdout, stderr } = result as NonNullable<typeof result>;
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      expect(withoutPipes((JSON.parse(stdout) as { left: string[] }).left)).toEqual([]);
    }

    async function engineWith(options: FakeEngineOptions): Promise<{ engine: FakeEngine; env: NodeJS.ProcessEnv }> {
      const engine = await startFakeEngine(options);
      closing.push(() => engine.close());
      return { engine, env: { DOCKER_HOST: engine.host, CONTAINER_HOST: "unix:///nowhere/podman.sock" } };
    }

    const image = { save: Buffer.alloc(2_000_000), architecture: "amd64" };
    const images = { "alpine:3.20": image };

    test.each<[string, FakeEngineOptions]>([
      ["being reached", { images, faults: { ping: { type: "hang" } } }],
      ["being asked", { images, faults: { inspect: { type: "hang" } } }],
      ["pulling", { pulls: { "alpine:3.20": { lines: [], image, end: "hang" } } }],
      ["about to save", { images, faults: { save: { type: "hang" } } }],
      ["saving", { images, faults: { save: { type: "stall", afterBytes: 700 } } }],
    ])("an engine %s", async (_, options) => {
      // Of a plain reference that the engine has not got, it is the registry that is asked.
      const plain = options.pulls === undefined ? ["alpine:3.20"] : [];
      for (const target of ["docker:alpine:3.20", ...plain]) {
        const { engine, env } = await engineWith(options);
        await aborts(target, "after:400", env);
        await engine.idle();
      }
    });

    test("before anything has begun", async () => {
      for (const target of ["demo:", "docker:alpine:3.20", "-", "./no-such.tar"]) await aborts(target, "before");
    });

    test.each(["read", "layer"])("files, at the first event of kind %s", async (when) => {
      const generate = join(ROOT, "bench/generate.mjs");
      const plain = join(folder, "plain.tar");
      const oci = join(folder, "oci.tar");
      const size = ["--layers", "3", "--files", "2000", "--bytes", "3000"];
      await ran(process.execPath, [generate, "--out", plain, ...size], { cwd: folder });
      await ran(process.execPath, [generate, "--out", oci, "--compression", "gzip", ...size], { cwd: folder });
      await ran("gzip", ["-k", "-f", "-1", plain], { cwd: folder });
      const layout = join(folder, "layout");
      await mkdir(layout, { recursive: true });
      await ran("tar", ["-xf", oci, "-C", layout], { cwd: folder });
      for (const target of [plain, oci, `${plain}.gz`, layout, "demo:"]) await aborts(target, when);
    });

    test("between the synchronous stages", async () => {
      // All layers are read when the last event comes; what follows is weighing.
      await aborts("demo:", "layer");
    });
  });
});

/** Our own two ends of the pipes that the test reads from. */
function withoutPipes(resources: readonly string[]): string[] {
  return resources.filter((name) => name !== "PipeWrap");
}
