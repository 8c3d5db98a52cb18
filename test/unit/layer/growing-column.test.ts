import { describe, expect, it } from "vitest";
import { ColumnMemory, GrowingColumn } from "../../../packages/core/src/layer/growing-column.ts";

describe("a column that grows", () => {
  it("keeps every number, however many parts it takes", () => {
    const memory = new ColumnMemory();
    const [halves, wholes] = [new GrowingColumn(Float64Array, memory), new GrowingColumn(Uint16Array, memory)];
    const count = 400_001;
    for (let i = 0; i < count; i++) {
      halves.push(i / 2);
      wholes.push(i % 65_536);
    }
    expect([halves.length, wholes.length]).toEqual([count, count]);
    const [halvesThen, wholesThen] = [halves.finish(), wholes.finish()];
    expect([halvesThen.length, wholesThen.length]).toEqual([count, count]);
    expect(halvesThen.findIndex((value, i) => value !== i / 2)).toBe(-1);
    expect(wholesThen.findIndex((value, i) => value !== i % 65_536)).toBe(-1);
  });

  it("takes a text that is longer than any part, and one after it", () => {
    const column = new GrowingColumn(Uint8Array, new ColumnMemory());
    const long = "ab".repeat(2 ** 20);
    column.appendLatin1("x");
    column.appendLatin1(long);
    column.appendLatin1("yz");
    expect(Buffer.from(column.finish()).toString("latin1") === `x${long}yz`).toBe(true);
  });

  it("begins each part where its elements may lie", () => {
    const memory = new ColumnMemory();
    const offsets = [memory.take(Uint8Array, 3), memory.take(Float64Array, 2), memory.take(Uint16Array, 1)].map(
      ({ byteOffset }) => byteOffset,
    );
    expect(offsets).toEqual([0, 8, 24]);
  });
});
