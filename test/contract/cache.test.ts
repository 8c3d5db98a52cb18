import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { type AnalyzeOptions, analyzeImage, formatJson, type ImageSource } from "../../packages/core/src/index.ts";
import { temporaryDirectory } from "../support/analyze-files.ts";
import { engine, SOURCES } from "./every-source.ts";

async function jsonOf([image, options]: Opened, more: AnalyzeOptions = {}): Promise<string> {
  return formatJson(await analyzeImage(image, { ...options, ...more }));
}

type Opened = readonly [string | ImageSource, AnalyzeOptions?];

/** Layers are looked up and found, or not; a stream that can be read once only never asks. */
const isReadOnce = (name: string): boolean => /stdin|:- /.test(name);

let everybodys: string;
beforeAll(async () => {
  everybodys = temporaryDirectory();
  for (const source of SOURCES)
    await analyzeImage(source.open()[0], { ...source.open()[1], cache: { directory: everybodys } });
}, 120_000);

describe.each(SOURCES)("$name: the same JSON to the byte", (source) => {
  let opened: Opened;
  let cold: string;
  let directory: string;
  beforeAll(async () => {
    opened = source.open();
    // The stamp of a file that was changed just now is not relied on.
    if (!isReadOnce(source.name)) await sleep(120);
    cold = await jsonOf(opened);
    directory = temporaryDirectory();
  });

  test("into an empty cache, and out of a full one", async () => {
    const cache = { directory };
    const again = (): Opened => (isReadOnce(source.name) ? source.open() : opened);
    expect(await jsonOf(again(), { cache })).toBe(cold);
    expect(readdirSync(join(directory, "layers")).length).toBeGreaterThan(0);
    const saved = engine.requests.filter((line) => line.includes("/images/get")).length;
    const read: string[] = [];
    const onProgress: AnalyzeOptions["onProgress"] = ({ type }) => read.push(type);
    expect(await jsonOf(again(), { cache, onProgress })).toBe(cold);
    expect(engine.requests.filter((line) => line.includes("/images/get")).length).toBe(saved);
    // Nothing is read where the bytes are known to be the same.
    expect(read.includes("read")).toBe(isReadOnce(source.name));
    expect(read.filter((type) => type === "layer").length).toBeGreaterThan(0);
  });

  test("with --verify, which reads all the same", async () => {
    const again = isReadOnce(source.name) ? source.open() : opened;
    const saved = engine.requests.filter((line) => line.includes("/images/get")).length;
    const read: string[] = [];
    const onProgress: AnalyzeOptions["onProgress"] = ({ type }) => read.push(type);
    expect(await jsonOf(again, { cache: { directory }, verify: true, onProgress })).toBe(cold);
    const savedAgain = engine.requests.filter((line) => line.includes("/images/get")).length > saved;
    expect(read.includes("read") || savedAgain).toBe(true);
  });

  test("with a cache that another source or machine filled", async () => {
    const again = (): Opened => (isReadOnce(source.name) ? source.open() : opened);
    expect(await jsonOf(again(), { cache: { directory: everybodys } })).toBe(cold);
    const copied = join(temporaryDirectory(), "copied");
    cpSync(everybodys, copied, { recursive: true });
    expect(await jsonOf(again(), { cache: { directory: copied } })).toBe(cold);
  });

  test("with a cache that may not be written, or is none", async () => {
    const notes: string[] = [];
    const onProgress: AnalyzeOptions["onProgress"] = (event) => {
      if (event.type === "cache") notes.push(event.note);
    };
    const again = isReadOnce(source.name) ? source.open() : opened;
    expect(await jsonOf(again, { cache: { directory: "/dev/null/cache" }, onProgress })).toBe(cold);
    expect(notes).toHaveLength(1);
  });
});
