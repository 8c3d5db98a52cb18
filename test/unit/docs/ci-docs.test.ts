import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { run } from "../../../packages/cli/src/run.ts";
import { FakeHost } from "../../support/fake-host.ts";
import { type FakeRegistry, startFakeRegistry } from "../../support/fake-registry.ts";
import { mistakesIn } from "../../support/github-schema.ts";
import { buildImage } from "../../support/image-builder.ts";
import { file } from "../../support/tar-bytes.ts";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const { splitArguments } = (await import(join(ROOT, "action/split-arguments.mjs"))) as {
  splitArguments(text: string): string[];
};
const { version: VERSION } = JSON.parse(read("packages/cli/package.json")) as { version: string };

const PAGES = ["docs/ci.md", "README.md"];

const yaml = PAGES.flatMap((page) =>
  [...read(page).matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text as string),
);
const workflows = yaml.filter((text) => /^jobs:/m.test(text));
const fragments = yaml.filter((text) => text.includes("uses: ") && !workflows.includes(text));

/** Steps as they stand in a job. */
const jobOf = (steps: string): string => `on: pull_request\njobs:\n  job:\n    runs-on: x\n    steps:\n${steps}`;

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
}

const steps: Step[] = [...workflows, ...fragments.map(jobOf)].flatMap((text) => {
  const { jobs } = parse(text) as { jobs: Record<string, { steps: Step[] }> };
  return Object.values(jobs).flatMap((job) => job.steps);
});
const ours = steps.filter(({ uses }) => uses?.startsWith("imgweigh/"));

const ACTIONS: Readonly<Record<string, string>> = {
  [`imgweigh/imgweigh@v${VERSION}`]: "action.yml",
  [`imgweigh/imgweigh/comment@v${VERSION}`]: "comment/action.yml",
};

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly required?: boolean }>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}
const action = (path: string): Action => parse(read(path)) as Action;

/** The commands of all pages, wherever they stand: in shell blocks, in jobs, in pipelines. */
const commands = PAGES.flatMap((page) =>
  [...read(page).matchAll(/npx --yes imgweigh@[\d.]+ (check|baseline)((?:[^\n'&]|\n {6}(?=--|"))*)/g)].map(
    ([, name, args]) => [name as string, ...splitArguments(args as string)],
  ),
);

/** What the action would run for a step of the docs. */
const checks = ours.flatMap(({ uses, with: given = {} }) =>
  uses?.includes("/comment@")
    ? []
    : [
        [
          "check",
          given["image"] ?? "",
          `--baseline=${given["baseline"] ?? ""}`,
          ...splitArguments(given["args"] ?? ""),
        ],
      ],
);

describe("the commands of the docs", () => {
  let folder: string;
  let registry: FakeRegistry;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "imgweigh-docs-"));
    registry = await startFakeRegistry();
    const image = buildImage({
      names: ["acme/api:1"],
      layers: [{ createdBy: "COPY server /srv/", entries: [file("srv/server", "s".repeat(1000))] }],
    });
    for (const tag of ["main", "pr"]) registry.push("acme/api", tag, image);
    await writeFile(join(folder, "api.tar"), image.asDockerArchive());
    await writeFile(join(folder, "Dockerfile"), "FROM scratch\nCOPY server /srv/\n");
    await Promise.all([mkdir(join(folder, ".imgweigh")), mkdir(join(folder, "results"))]);
  });
  afterAll(async () => {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A CI's variables and the hosts of examples, as they are here. */
  const here = (text: string): string =>
    text
      .replaceAll("$CI_REGISTRY_IMAGE", `${registry.host}/acme/api`)
      .replaceAll("$CI_COMMIT_SHORT_SHA", "pr")
      .replaceAll("$CI_DEFAULT_BRANCH", "main")
      .replaceAll("ghcr.io/", `registry:${registry.host}/`)
      .replaceAll("docker:api:pr", "./api.tar");

  it("are there", () => {
    expect(commands.map(([name]) => name)).toEqual(["check", "check", "baseline", "check", "check", "check"]);
    expect(checks).toHaveLength(4);
  });

  it.each([...commands, ...checks].map((command) => [command.join(" "), command] as const))(
    "run: %s",
    async (_, args) => {
      const host = new FakeHost(args.filter((argument) => argument !== "--baseline=").map(here), { cwd: folder });
      const { code, stderr } = host.transcript(await run(host));
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    },
  );

  it("write what the jobs pick up", async () => {
    for (const name of ["gl-code-quality-report.json", "imgweigh.xml", "imgweigh.sarif", "results/imgweigh.xml"])
      expect((await stat(join(folder, name))).size).toBeGreaterThan(0);
  });

  it("find the configuration that is shown valid", async () => {
    const [config = ""] = yaml.filter((text) => text.includes("$schema"));
    await writeFile(join(folder, "imgweigh.yaml"), here(config));
    const host = new FakeHost(["check"], { cwd: folder, env: { IMAGE: "./api.tar" } });
    const { code, stderr, stdout } = host.transcript(await run(host));
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("api");
  });
});

describe("the workflows of the docs", () => {
  it("are there", () => {
    expect(workflows).toHaveLength(3);
    expect(fragments).toHaveLength(3);
    expect(ours).toHaveLength(5);
  });

  it.each([...workflows, ...fragments.map(jobOf)])("are GitHub's: %#", (text) => {
    expect(mistakesIn("workflow", text)).toEqual([]);
  });

  it("never run with the rights of pull_request_target", () => {
    for (const text of workflows)
      expect(Object.keys((parse(text) as { on: object }).on)).not.toContain("pull_request_target");
  });

  it.each(ours)("give an action what it takes: $uses", ({ uses, with: given = {} }) => {
    const path = ACTIONS[uses as string];
    expect(path, uses).toBeDefined();
    const { inputs } = action(path as string);
    for (const name of Object.keys(given)) expect(Object.keys(inputs)).toContain(name);
    for (const [name, { required }] of Object.entries(inputs))
      if (required === true) expect(given).toHaveProperty(name);
  });

  it("hand on what the action names its report", () => {
    expect(read("action/check.mjs")).toContain('"report.md"');
    const comment = ours.find(({ uses }) => uses?.includes("/comment@"));
    expect(comment?.with?.["markdown"]).toMatch(/\/report\.md$/);
  });
});

it("docs/ci.md explains every input and output of the action, and no other", () => {
  const rows = [...read("docs/ci.md").matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell);
  const { inputs, outputs = {} } = action("action.yml");
  expect(rows).toEqual([...Object.keys(inputs), ...Object.keys(outputs)]);
});

it("every version in the docs is this one", () => {
  const versions = [
    ...PAGES.map(read)
      .join("")
      .matchAll(/imgweigh(?:\/comment)?@v?([\d.]+)/g),
  ].map(([, version]) => version);
  expect(versions.length).toBeGreaterThan(8);
  expect(new Set(versions)).toEqual(new Set([VERSION]));
});

it("the GitLab job keeps its reports whether it fails or not", () => {
  const job = yaml
    .map((text) => parse(text) as { "image-size"?: { artifacts: object } })
    .find((one) => one["image-size"]);
  expect(job?.["image-size"]?.artifacts).toEqual({
    when: "always",
    reports: { codequality: "gl-code-quality-report.json", junit: "imgweigh.xml" },
  });
});
