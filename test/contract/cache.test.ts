import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { formatJson } from "../../packages/core/src/doors/report.ts";
import { type AnalyzeOptions, analyzeImage, type ImageSource } from "../../packages/core/src/index.ts";
import { expectReleased, openHandles, temporaryDirectory } from "../support/analyze-files.ts";
import { engine, SOURCES, type Source } from "./every-source.ts";

type Opened = readonly [string | ImageSource, AnalyzeOptions?];

/** A stream that is gone once it was read, of which nothing is known before. */
const isReadOnce = ({ name }: Source): boolean => /stdin|:- /.test(name);

const opened = new Map<Source, Opened>();
/** Filled from every source there is, as it may have been on another machine. */
let everybodys: string;

function open(source: Source): Opened {
  return isReadOnce(source) ? source.open() : (opened.get(source) as Opened);
}

interface Run {
  readonly json: string;
  /** Something of the image was read, or an engine was asked to save it. */
  readonly read: boolean;
  readonly layers: number;
}

async function weigh(source: Source, more: AnalyzeOptions): Promise<Run> {
  const [image, options] = open(source);
  const saves = (): number => engine.requests.filter((line) => line.includes("/images/get")).length;
  const before = saves();
  const events: string[] = [];
  const onProgress: AnalyzeOptions["onProgress"] = ({ type }) => events.push(type);
  const analysis = await analyzeImage(image, { ...options, onProgress, ...more });
  return {
    json: formatJson(analysis),
    read: events.includes("read") || saves() > before,
    layers: events.filter((type) => type === "layer").length,
  };
}

beforeAll(async () => {
  everybodys = temporaryDirectory();
  for (const source of SOURCES) opened.set(source, source.open());
  // A file that was changed just now is not relied on.
  await sleep(120);
  for (const source of SOURCES) await weigh(source, { cache: { directory: everybodys } });
}, 120_000);

describe.each(SOURCES)("$name: the same JSON to the byte", (source) => {
  let cold: string;
  beforeAll(async () => {
    cold = (await weigh(source, {})).json;
  });

  test("into an empty cache, out of a full one, and past it with --verify", async () => {
    const cache = { directory: temporaryDirectory() };
    const first = await weigh(source, { cache });
    expect(first.json).toBe(cold);
    expect(readdirSync(join(cache.directory, "layers")).length).toBeGreaterThan(0);
    const second = await weigh(source, { cache });
    expect(second).toMatchObject({ json: cold, read: isReadOnce(source) });
    expect(second.layers).toBeGreaterThan(0);
    expect(await weigh(source, { cache, verify: true })).toMatchObject({ json: cold, read: first.read });
  });

  test("with a cache that other sources filled too", async () => {
    expect(await weigh(source, { cache: { directory: everybodys } })).toMatchObject({
      json: cold,
      read: isReadOnce(source),
    });
  });
});

describe("an abort with a cache", () => {
  const names = ["OCI file", "OCI layout directory", "classic file, gzip", "engine that saves like classic"];

  test.each(names)("%s: throws the reason, leaves nothing open, and the cache is as good as before", async (name) => {
    const source = SOURCES.find((one) => one.name === name) as Source;
    const cache = { directory: temporaryDirectory() };
    const { json } = await weigh(source, {});
    for (let step = 1; step <= 12; step += 2) {
      const controller = new AbortController();
      const reason = { step };
      let seen = 0;
      const onProgress = (): void => {
        if (++seen === step) controller.abort(reason);
      };
      const before = await openHandles();
      const outcome = await weigh(source, { cache, signal: controller.signal, onProgress }).catch((error) => error);
      if (seen >= step) expect(outcome).toBe(reason);
      else expect(outcome).toMatchObject({ json });
      const left = readdirSync(cache.directory).flatMap((folder) => readdirSync(join(cache.directory, folder)));
      expect(left.filter((file) => file.endsWith(".tmp"))).toEqual([]);
      await expectReleased(before);
    }
    expect(await weigh(source, { cache })).toMatchObject({ json });
    expect(await weigh(source, { cache })).toMatchObject({ json, read: false });
  });
});
