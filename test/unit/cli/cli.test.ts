import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Output } from "../../../packages/cli/src/host.ts";
import { showProgress } from "../../../packages/cli/src/progress.ts";
import { run } from "../../../packages/cli/src/run.ts";
import type { ProgressEvent } from "../../../packages/core/src/progress.ts";
import { FakeHost, type FakeHostOptions, type Transcript } from "../../support/fake-host.ts";
import { buildImage } from "../../support/image-builder.ts";
import { file } from "../../support/tar-bytes.ts";

let cwd = "";
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "imgweigh-cli-"));
});
afterAll(() => rmSync(cwd, { recursive: true }));

async function imgweigh(args: readonly string[], options: Partial<FakeHostOptions> = {}): Promise<Transcript> {
  const host = new FakeHost(args, { cwd, ...options });
  return host.transcript(await run(host));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

const image = buildImage({ names: ["acme/api:1"], layers: [{ entries: [file("a", "x".repeat(1234))] }] });

describe("the command line", () => {
  it("reads standard input", async () => {
    const { stdout, code } = await imgweigh(["analyze", "-", "--format", "json"], {
      stdin: once(image.asDockerArchive()),
    });
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { sizes: { contentBytes: number } }).sizes.contentBytes).toBe(1234);
  });

  it("writes the result to a file, and then nothing to stdout", async () => {
    const { stdout, stderr, code } = await imgweigh(["-", "-f", "json", "-o", "out.json"], {
      stdin: once(image.asDockerArchive()),
    });
    expect({ stdout, stderr, code }).toEqual({ stdout: "", stderr: "", code: 0 });
    expect((JSON.parse(readFileSync(join(cwd, "out.json"), "utf8")) as { image: object }).image).toMatchObject({
      reference: "acme/api:1",
    });
  });

  it("says that a file cannot be written, as a usage error", async () => {
    const { stderr, code } = await imgweigh(["-", "-o", "no/such/folder/out"], {
      stdin: once(image.asDockerArchive()),
    });
    expect(code).toBe(2);
    expect(stderr).toContain("cannot write");
  });

  it.each([
    [["--top", "-1"], "--top wants a whole number"],
    [["--limit", "x"], "--limit wants a whole number"],
    [["--concurrency", "0"], "--concurrency wants a whole number of at least 1"],
    [["--max-entries", "1e3"], "--max-entries wants a number"],
    [["--platform", "a/b/c/d"], "not a platform"],
    [["--pull", "often"], '--pull wants missing, always, never, not "often"'],
    [["--format", "xml"], "--format wants table, json"],
  ])("refuses %s", async (flags, message) => {
    const { stdout, stderr, code } = await imgweigh(["analyze", "demo:", ...flags]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
    expect(stderr).toContain(message);
  });

  it("colours only where it is wanted", async () => {
    const control = "\u001b[";
    expect((await imgweigh(["demo"])).stdout).not.toContain(control);
    expect((await imgweigh(["demo"], { terminal: true })).stdout).toContain(control);
    expect((await imgweigh(["demo"], { terminal: true, env: { NO_COLOR: "1" } })).stdout).not.toContain(control);
    expect((await imgweigh(["demo", "--no-color"], { terminal: true })).stdout).not.toContain(control);
    expect((await imgweigh(["demo", "--color"])).stdout).toContain(control);
    expect((await imgweigh(["demo", "--format", "json", "--color"])).stdout).not.toContain(control);
  });

  it.each([40, 60, 80, 200])("fits a terminal of %i columns", async (columns) => {
    const { stdout } = await imgweigh(["demo"], { columns });
    // Numbers are never cut, so the narrowest terminals may be left by a table of many columns.
    const limit = Math.max(columns, 75);
    const [tables = ""] = stdout.split("\nThis image was made");
    for (const line of tables.split("\n").slice(2)) expect(line.length).toBeLessThanOrEqual(limit);
  });

  it("behaves alike whatever CI says", async () => {
    const plain = await imgweigh(["demo"]);
    expect(await imgweigh(["demo"], { env: { CI: "true" } })).toEqual(plain);
  });

  it("ends with 130 when it is interrupted", async () => {
    async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
      const archive = image.asDockerArchive();
      yield archive.subarray(0, 600);
      for (;;) {
        await sleep(20);
        yield Buffer.alloc(0);
      }
    }
    const host = new FakeHost(["analyze", "-"], { cwd, stdin: endless() });
    const running = run(host);
    await sleep(200);
    expect(host.signal("SIGINT")).toBe(1);
    const { code, stderr, stdout } = host.transcript(await running);
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain("interrupted");
    expect(host.signal("SIGINT")).toBe(0);
  });
});

describe("progress", () => {
  function record(terminal: boolean): { output: Output; text: () => string } {
    const chunks: string[] = [];
    const output: Output = {
      isTTY: terminal,
      columns: 80,
      write: (text) => {
        chunks.push(text);
        return true;
      },
      on: () => undefined,
    };
    return { output, text: () => chunks.join("") };
  }
  const reading: ProgressEvent = { type: "read", bytes: 5_000_000, totalBytes: 10_000_000 };

  it("is silent about what is quickly done", () => {
    const { output, text } = record(false);
    showProgress(output, "imgweigh", () => 0).onProgress(reading);
    expect(text()).toBe("");
  });

  it("says in a log what takes longer than a second", () => {
    const { output, text } = record(false);
    let now = 0;
    const progress = showProgress(output, "imgweigh", () => now);
    progress.onProgress(reading);
    now = 1.05;
    progress.onProgress({ type: "layer", done: 1, total: 2, entries: 3 });
    progress.onProgress(reading);
    progress.finish();
    expect(text()).toBe("imgweigh: reading 5.00 MB of 10.0 MB, 1 of 2 layers weighed\n");
  });

  it("takes its line away on a terminal", () => {
    const { output, text } = record(true);
    let now = 0;
    const progress = showProgress(output, "imgweigh", () => now);
    now = 1.05;
    progress.onProgress({ type: "pull", layer: "abc", status: "Downloading", currentBytes: 1000, totalBytes: 2000 });
    progress.finish();
    expect(text()).toBe("imgweigh: pulling abc downloading 1.00 kB of 2.00 kB\r\u001b[2K");
  });

  it("tells at once which engine was passed over, escaped", () => {
    const { output, text } = record(false);
    showProgress(output, "imgweigh", () => 0).onProgress({
      type: "source",
      source: "docker",
      note: "passed over: \u001b[31mgone",
    });
    expect(text()).toBe("imgweigh: docker passed over: \\u001b[31mgone\n");
  });
});
