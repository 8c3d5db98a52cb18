import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeJson, escapeText } from "../../packages/core/src/escape.ts";
import { formatJson } from "../../packages/core/src/report/json.ts";

/** What must never reach a terminal: controls, bidi and zero-width characters, halves of pairs, tag characters. */
function isDangerous(codePoint: number): boolean {
  const ranges = [
    [0x00, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x61c, 0x61c],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0xd800, 0xdfff],
    [0xfeff, 0xfeff],
    [0xe0000, 0xe007f],
  ];
  return ranges.some(([from = 0, to = 0]) => codePoint >= from && codePoint <= to);
}

const anyText = fc.array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0xdb40, 0xdc41, 0x202e, 0x1b)), {
  maxLength: 20,
});

describe("escapeText", () => {
  it.each([
    ["plain /usr/bin/x", "plain /usr/bin/x"],
    ["é 漢 🐳", "é 漢 🐳"],
    ["a\nb\tc\rd", "a\\nb\\tc\\rd"],
    ["\u001b[31mred", "\\u001b[31mred"],
    ["\u0000", "\\u0000"],
    ["\u007f\u009b", "\\u007f\\u009b"],
    ["exe\u202egnp", "exe\\u202egnp"],
    ["a\u200bb\ufeff", "a\\u200bb\\ufeff"],
    ["\ud83d", "\\ud83d"],
    ["\udc33x", "\\udc33x"],
    ["\u{e0041}", "\\udb40\\udc41"],
    ["\u2028", "\\u2028"],
  ])("writes %j as %j", (text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });

  it("leaves nothing dangerous in any text", () => {
    fc.assert(
      fc.property(anyText, (units) => {
        const escaped = escapeText(String.fromCharCode(...units));
        for (const character of escaped) expect(isDangerous(character.codePointAt(0) as number)).toBe(false);
      }),
    );
  });
});

describe("escapeJson", () => {
  it("changes how JSON is written, never what it says", () => {
    fc.assert(
      fc.property(anyText, (units) => {
        const value = { [String.fromCharCode(...units)]: [String.fromCharCode(...units)] };
        const json = escapeJson(JSON.stringify(value));
        expect(JSON.parse(json)).toEqual(value);
        for (const character of json) expect(isDangerous(character.codePointAt(0) as number)).toBe(false);
      }),
    );
  });

  it.each([
    ["plain ASCII", "a ~\\n", '"a ~\\\\n"'],
    ["DEL among ASCII", "a\u007fb", '"a\\u007fb"'],
    ["C1 among ASCII", "a\u009bb", '"a\\u009bb"'],
    ["letters that are not ASCII", "é\u007f漢🐳", '"é\\u007f漢🐳"'],
  ])("writes %s", (_, text, written) => {
    expect(escapeJson(JSON.stringify(text))).toBe(written);
  });

  it("keeps the line feeds of the layout", () => {
    expect(formatJson({ a: "\u009b\n", b: [1] })).toBe('{\n  "a": "\\u009b\\n",\n  "b": [\n    1\n  ]\n}\n');
  });
});
