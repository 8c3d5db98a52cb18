import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printChunks } from "../../../packages/cli/src/commands/output-options.ts";
import { UsageError } from "../../../packages/cli/src/failure.ts";
import type { Host } from "../../../packages/cli/src/host.ts";
import { FakeHost } from "../../support/fake-host.ts";

let cwd = "";
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "imgweigh-print-"));
});
afterAll(() => rmSync(cwd, { recursive: true }));

type Done = (error?: Error | null) => void;

/** A process whose standard output does with each chunk what the test says. */
function hostWith(write: (text: string, done: Done) => void): Host {
  const stdout = {
    write(text: string, done: Done) {
      write(text, done);
      return false;
    },
    on: () => undefined,
  };
  return Object.assign(new FakeHost([], { cwd }), { stdout });
}

/** Numbers as chunks; tells of each before it is made. */
function* numbers(count: number, onNext: (i: number) => void): Generator<string, void, undefined> {
  for (let i = 0; i < count; i++) {
    onNext(i);
    yield `${i}\n`;
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`write ${code}`), { code });
}

describe("printChunks to stdout", () => {
  it("makes a chunk when the one before it is written, however slow the reader", async () => {
    const told: string[] = [];
    const host = hostWith((text, done) => {
      setTimeout(() => {
        told.push(`written ${text.trim()}`);
        done();
      }, 2);
    });
    await printChunks(
      numbers(3, (i) => told.push(`made ${i}`)),
      {},
      host,
    );
    expect(told).toEqual(["made 0", "written 0", "made 1", "written 1", "made 2", "written 2"]);
  });

  it("makes no more of them when the reader has gone", async () => {
    const made: number[] = [];
    const host = hostWith((text, done) => done(text === "1\n" ? failure("EPIPE") : null));
    await printChunks(
      numbers(9, (i) => made.push(i)),
      {},
      host,
    );
    expect(made).toEqual([0, 1]);
  });

  it("tells of any other failure", async () => {
    const host = hostWith((_text, done) => done(failure("ENOSPC")));
    await expect(
      printChunks(
        numbers(9, () => {}),
        {},
        host,
      ),
    ).rejects.toThrow("ENOSPC");
  });
});

describe("printChunks to a file", () => {
  const toFile = () => hostWith((_text, done) => done(failure("unexpected")));

  it("replaces it when all of them are written, not before", async () => {
    const path = join(cwd, "result.json");
    writeFileSync(path, "old");
    const seen = new Set<string>();
    await printChunks(
      numbers(500, () => seen.add(readFileSync(path, "utf8"))),
      { output: "result.json" },
      toFile(),
    );
    expect([...seen]).toEqual(["old"]);
    expect(readFileSync(path, "utf8")).toBe(Array.from({ length: 500 }, (_, i) => `${i}\n`).join(""));
    expect(readdirSync(cwd)).toEqual(["result.json"]);
  });

  it("leaves it as it was where they cannot all be made", async () => {
    const path = join(cwd, "result.json");
    writeFileSync(path, "old");
    const breaking = numbers(5, (i) => {
      if (i === 3) throw new Error("no more of it");
    });
    await expect(printChunks(breaking, { output: path }, toFile())).rejects.toThrow(UsageError);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(cwd)).toEqual(["result.json"]);
  });
});
