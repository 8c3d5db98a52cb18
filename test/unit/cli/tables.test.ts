import { describe, expect, it } from "vitest";
import { renderTable } from "../../../packages/cli/src/render/table.ts";
import { styleFor } from "../../../packages/cli/src/style.ts";

const surface = { width: 80, style: styleFor(false) };
const columns = [{ title: "n", align: "right" }, { title: "x" }] as const;

describe("a table", () => {
  it.each([0, 1, 249, 250, 251, 1000])("of %i rows has a head, a line each, and one width", (count) => {
    const rows = Array.from({ length: count }, (_, i) => [{ text: String(i) }, { text: "日本" }]);
    const width = Math.max(1, String(count - 1).length * Number(count > 0));
    expect(renderTable(columns, rows, surface)).toBe(
      [`  ${"n".padStart(width)}  x\n`, ...rows.map((_, i) => `  ${String(i).padStart(width)}  日本\n`)].join(""),
    );
  });
});
