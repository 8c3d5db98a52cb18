import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../packages/cli/src/render/display-width.ts";

/* The golden first screens (golden.test.ts compares them with what is printed): one screen each, and nothing overflows. */

const folder = new URL(".", import.meta.url);
const screens = readdirSync(folder).filter((name) => /^screen-.*-\d+\.md$/.test(name));

describe("first screens", () => {
  it("are of six images at four widths", () => {
    expect(screens).toHaveLength(24);
  });

  it.each(screens)("%s", (name) => {
    const text = readFileSync(new URL(name, folder), "utf8");
    const columns = Number(/COLUMNS=(\d+)/.exec(text)?.[1]);
    const lines = (/```text\n([\s\S]*?)\n```/.exec(text)?.[1] ?? "").split("\n");
    expect(text).toContain("exit code 0");
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
  });
});
