import { describe, expect, it } from "vitest";
import { formatJson, jsonChunks } from "../../../packages/core/src/doors/report.ts";

describe("jsonChunks", () => {
  it("divides what is long, wherever it stands, and keeps what is short together", () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ path: `srv/${i}`, bytes: i, hash: null }));
    const files = Object.fromEntries(rows.map((row) => [row.path, row]));
    const lengths = [...jsonChunks({ rows, findings: [{ rows }, { files }] })].map(({ length }) => length);
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThanOrEqual(65_536);
    expect(Math.max(...lengths)).toBeLessThan(200_000);
    expect([...jsonChunks({ rows: rows.slice(0, 10) })]).toHaveLength(1);
  });

  it("looks at a row when its chunk is asked for", () => {
    let seen = 0;
    const rows = Array.from({ length: 20_000 }, (_, i) => ({
      get path() {
        seen = Math.max(seen, i);
        return `srv/${i}`;
      },
    }));
    const chunks = jsonChunks({ rows })[Symbol.iterator]();
    expect((chunks.next().value as string).length).toBeGreaterThan(0);
    expect(seen).toBeLessThan(10_000);
    chunks.return?.();
  });

  it("has nothing of members that are undefined, however many", () => {
    const none = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, undefined]));
    expect(formatJson({ none, a: [none] })).toBe('{\n  "none": {},\n  "a": [\n    {}\n  ]\n}\n');
    expect(formatJson({ none, ...none, last: 1 })).toBe('{\n  "none": {},\n  "last": 1\n}\n');
  });

  it("refuses what holds itself, as JSON.stringify does", () => {
    const long: unknown[] = Array.from({ length: 10_000 }, () => "row");
    const holder = { long };
    long.push(holder);
    expect(() => formatJson(holder)).toThrow(TypeError);
  });
});
