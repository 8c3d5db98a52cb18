import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { formatJson } from "../../../packages/core/src/doors/report.ts";
import { type AnalyzeOptions, analyzeImage, type ProgressEvent } from "../../../packages/core/src/index.ts";
import { engineSource } from "../../../packages/core/src/source/engine/engine-source.ts";
import { temporaryDirectory } from "../../support/analyze-files.ts";
import { type FakeEngine, type FakeEngineOptions, type FakeImage, startFakeEngine } from "../../support/fake-engine.ts";
import { type BuiltImage, buildImage, type DockerDialect } from "../../support/image-builder.ts";
import { file, filler } from "../../support/tar-bytes.ts";

const engines: FakeEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

async function start(options: FakeEngineOptions): Promise<FakeEngine> {
  const engine = await startFakeEngine({ program: "Docker/20.10.24 (linux)", ...options });
  engines.push(engine);
  return engine;
}

const base = { entries: [file("base", filler(3000))] };
const built = (version: string): BuiltImage =>
  buildImage({ layers: [base, { entries: [file("app", version)] }], names: ["app:1"] });
const [ONE, TWO] = [built("one"), built("version two")];

function asHeld(image: BuiltImage, dialect: DockerDialect = "classic"): FakeImage {
  const diffIds = image.layers.map(({ diffId }) => diffId);
  return { save: image.asDockerArchive(dialect), id: image.configDigest, diffIds };
}

/** Weighs an image of the engine: the result as text, and whether the engine was asked to save it. */
async function weigh(engine: FakeEngine, directory: string | null, options: AnalyzeOptions = {}, name = "app:1") {
  const surroundings = { env: { DOCKER_HOST: engine.host }, home: "/nobody", os: "linux", exists: async () => false };
  const before = engine.requests.length;
  const cache = directory === null ? false : { directory };
  const analysis = await analyzeImage(engineSource("docker", name, { surroundings }), { cache, ...options });
  await engine.idle();
  const saved = engine.requests.slice(before).some((request) => request.includes("/images/get"));
  return { json: formatJson(analysis), saved };
}

const cold = async (engine: FakeEngine): Promise<string> => (await weigh(engine, null)).json;

describe("an engine's image that was weighed before", () => {
  test("is not saved again: the engine is pinged and asked which image it is", async () => {
    const engine = await start({ images: { "app:1": asHeld(ONE) } });
    const directory = temporaryDirectory();
    const json = await cold(engine);
    expect(await weigh(engine, directory)).toEqual({ json, saved: true });
    const before = engine.requests.length;
    expect(await weigh(engine, directory)).toEqual({ json, saved: false });
    expect(engine.requests.slice(before)).toEqual(["GET /_ping?", "GET /images/app:1/json?"]);
  });

  test("is saved again under --verify", async () => {
    const engine = await start({ images: { "app:1": asHeld(ONE) } });
    const directory = temporaryDirectory();
    const { json } = await weigh(engine, directory);
    expect(await weigh(engine, directory, { verify: true })).toEqual({ json, saved: true });
  });

  test("is another one once the name stands for another", async () => {
    const engine = await start({ images: { "app:1": asHeld(ONE) } });
    const directory = temporaryDirectory();
    await weigh(engine, directory);
    engine.images.set("app:1", asHeld(TWO));
    const json = await cold(engine);
    expect(await weigh(engine, directory)).toEqual({ json, saved: true });
    expect(await weigh(engine, directory)).toEqual({ json, saved: false });
  });

  test("is not remembered where the name came to stand for another while it was saved", async () => {
    const engine = await start({ images: { "app:1": asHeld(ONE) } });
    const directory = temporaryDirectory();
    const json = await cold(engine);
    const swap = ({ type }: ProgressEvent): void => {
      if (type === "layer") engine.images.set("app:1", asHeld(TWO));
    };
    expect(await weigh(engine, directory, { onProgress: swap })).toEqual({ json, saved: true });
    expect((await weigh(engine, directory)).json).toBe(await cold(engine));
    engine.images.set("app:1", asHeld(ONE));
    expect(await weigh(engine, directory)).toEqual({ json, saved: true });
  });

  test("is saved again by an engine of another version, which may write it differently", async () => {
    const older = await start({ images: { "app:1": asHeld(ONE) } });
    const newer = await start({ images: { "app:1": asHeld(ONE, "docker25") }, program: "Docker/26.1.5 (linux)" });
    const directory = temporaryDirectory();
    await weigh(older, directory);
    expect(await weigh(newer, directory)).toEqual({ json: await cold(newer), saved: true });
    expect(await weigh(older, directory)).toEqual({ json: await cold(older), saved: false });
    expect(await cold(newer)).not.toBe(await cold(older));
  });

  test("is saved by an engine that does not tell its layers", async () => {
    const { diffIds: _, ...untold } = asHeld(ONE);
    const engine = await start({ images: { "app:1": untold } });
    const directory = temporaryDirectory();
    const { json } = await weigh(engine, directory);
    expect(await weigh(engine, directory)).toEqual({ json, saved: true });
  });

  test.each([".layer", ".blob", ".image"])("is saved again where a %s is gone", async (kind) => {
    const engine = await start({ images: { "app:1": asHeld(ONE) } });
    const directory = temporaryDirectory();
    const { json } = await weigh(engine, directory);
    const [name = ""] = readdirSync(join(directory, "layers")).filter((one) => one.endsWith(kind));
    rmSync(join(directory, "layers", name));
    expect(await weigh(engine, directory)).toEqual({ json, saved: true });
    expect(await weigh(engine, directory)).toEqual({ json, saved: false });
  });

  test("is not saved to be named as the base of another", async () => {
    const images = { "app:1": asHeld(ONE), "base:1": asHeld(buildImage({ layers: [base], names: ["base:1"] })) };
    const engine = await start({ images });
    const directory = temporaryDirectory();
    const surroundings = { env: { DOCKER_HOST: engine.host }, home: "/nobody", os: "linux", exists: async () => false };
    const options = { base: engineSource("docker", "base:1", { surroundings }) };
    const { json } = await weigh(engine, null, options);
    expect(await weigh(engine, directory, options)).toEqual({ json, saved: true });
    expect(await weigh(engine, directory, options)).toEqual({ json, saved: false });
    expect(JSON.parse(json)).toMatchObject({ base: { layers: 1, name: "base:1" } });
    // What was only described was not read: its layers have to be, unless another image brought them.
    const alone = temporaryDirectory();
    await analyzeImage("demo:", { cache: { directory: alone }, base: options.base });
    expect((await weigh(engine, alone, {}, "base:1")).saved).toBe(true);
    expect((await weigh(engine, alone, {}, "base:1")).saved).toBe(false);
  });

  test("goes by the name that it was asked for by", async () => {
    const engine = await start({ images: { "app:1": asHeld(ONE) } });
    const directory = temporaryDirectory();
    await weigh(engine, directory);
    for (const name of ["app:1", ONE.configDigest, ONE.configDigest.slice("sha256:".length, 19)]) {
      const { json } = await weigh(engine, null, {}, name);
      await weigh(engine, directory, {}, name);
      expect(await weigh(engine, directory, {}, name)).toEqual({ json, saved: false });
    }
  });

  test("of which a second asking fails is weighed all the same, and not remembered", async () => {
    const engine = await start({ images: { "app:1": asHeld(ONE) } });
    const directory = temporaryDirectory();
    const json = await cold(engine);
    const fail = ({ type }: ProgressEvent): void => {
      if (type === "layer") engine.faults.inspect = { type: "status", status: 500, body: "{}" };
    };
    expect(await weigh(engine, directory, { onProgress: fail })).toEqual({ json, saved: true });
    engine.faults.inspect = undefined as never;
    expect(await weigh(engine, directory)).toEqual({ json, saved: true });
  });
});
