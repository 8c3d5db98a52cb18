import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { editShell } from "../../packages/core/src/build/edit-shell.ts";
import { joinScripts } from "../../packages/core/src/build/join-scripts.ts";
import { loadShell } from "../../packages/core/src/dockerfile/shell-parser.ts";
import { parseShell } from "../../packages/core/src/dockerfile/shell-script.ts";

beforeAll(loadShell);

const GAP = " \\\n    && ";

interface Outcome {
  readonly output: string;
  readonly succeeds: boolean;
}

/** What `sh -c` makes of a script, its continued lines joined as a builder does. */
function ran(script: string): Outcome {
  const { stdout, status } = spawnSync("sh", ["-c", script.replaceAll("\\\n", "")], { cwd: "/", encoding: "utf8" });
  return { output: stdout, succeeds: status === 0 };
}

/** RUNs one after the other, each in a shell of its own, up to the first that fails. */
function ranInTurn(scripts: readonly string[]): Outcome {
  let output = "";
  for (const script of scripts) {
    const outcome = ran(script);
    output += outcome.output;
    if (!outcome.succeeds) return { output, succeeds: false };
  }
  return { output, succeeds: true };
}

const word = fc.integer({ min: 0, max: 99 }).map((n) => `echo ${n}`);
// What a RUN may leave behind, rely on, or pass over.
const simple = fc.oneof(
  { weight: 5, arbitrary: word },
  fc.constantFrom("false", "true", "pwd", "cd /tmp", "cd /usr", "X=1", "export X=2", 'echo "x$X"', "set -e", "set +e"),
);
const compound = fc.oneof(
  { weight: 4, arbitrary: simple },
  fc.tuple(simple, simple).map(([a, b]) => `(${a}; ${b})`),
  fc.tuple(simple, simple).map(([a, b]) => `{ ${a} && ${b}; }`),
  fc.tuple(simple, simple, simple).map(([a, b, c]) => `if ${a}; then ${b}; else ${c}; fi`),
  simple.map((a) => `for i in 1 2; do ${a}; done`),
  simple.map((a) => `echo $(${a})`),
);
const joint = fc.constantFrom(" && ", " && ", " && ", "; ", " || ", GAP, "; \\\n    ");
const script = fc
  .tuple(fc.boolean(), compound, fc.array(fc.tuple(joint, compound), { maxLength: 4 }))
  .map(([isStrict, first, rest]) => `${isStrict ? "set -e; " : ""}${first}${rest.map(([j, c]) => j + c).join("")}`);

describe("what sh makes of edited scripts", () => {
  it("a joined script does what its parts do one after the other", () => {
    let joinedOnes = 0;
    fc.assert(
      fc.property(fc.array(script, { minLength: 2, maxLength: 4 }), (texts) => {
        const parts = texts.map((text) => ({ script: parseShell(text), directory: null }));
        const joined = joinScripts(parts, GAP, "\\");
        if (joined.kind === "refused") return;
        joinedOnes++;
        expect(ran(joined.text)).toEqual(ranInTurn(texts));
      }),
      { numRuns: 120 },
    );
    // A join that is always refused would hold as well.
    expect(joinedOnes).toBeGreaterThan(15);
  });

  it("a dropped `true` changes nothing", () => {
    let dropped = 0;
    fc.assert(
      fc.property(fc.tuple(joint, script), ([connector, rest]) => {
        const text = `true${connector}${rest}`;
        const read = parseShell(text);
        const before = ran(text);
        for (const [index, { name, words }] of read.commands.entries()) {
          if (name !== "true" || words.length > 0) continue;
          const result = editShell(read, [{ kind: "drop-command", command: index }]);
          if (result.kind !== "edited" || result.assumes.length > 0) continue;
          dropped++;
          expect(ran(result.text), result.text).toEqual(before);
        }
      }),
      { numRuns: 120 },
    );
    expect(dropped).toBeGreaterThan(60);
  });

  it("what is added runs where all before it succeeded", () => {
    fc.assert(
      fc.property(script, fc.constantFrom("echo end", "echo end; true", "false || echo end"), (text, added) => {
        const result = editShell(parseShell(text), [{ kind: "append", text: added }]);
        if (result.kind !== "edited") return;
        const before = ran(text);
        const expected = before.succeeds ? `${before.output}end\n` : before.output;
        expect(ran(result.text)).toEqual({ output: expected, succeeds: before.succeeds });
      }),
      {
        numRuns: 80,
        // `set -e` on the way means nothing in the last group once something follows it.
        examples: [["for i in 1 2; do set -e; done && (false; echo 0)", "echo end"]],
      },
    );
  });
});

describe("edits of words", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9.:+_-]{0,12}$/);
  const gap = fc.constantFrom(" ", "  ", " \\\n    ", " \\\n  # why\n  ");

  it("leave every other word, and the text between, as they were", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(gap, name), { minLength: 1, maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        fc.array(name, { maxLength: 3 }),
        fc.nat(8),
        (given, drops, added, place) => {
          const text = `apk${given.map(([g, n]) => g + n).join("")}`;
          const script = parseShell(text);
          const words = given.map(([, n]) => n);
          expect(script.commands[0]?.words).toEqual(words);
          const at = Math.min(place, words.length);
          const dropped = [...words.keys()].filter((i) => drops[i]);
          const result = editShell(script, [
            { kind: "drop-words", command: 0, words: dropped },
            ...(added.length > 0 ? [{ kind: "insert-words", command: 0, at, words: added } as const] : []),
          ]);
          const kept = words.map((own, i) => (dropped.includes(i) ? [] : [own]));
          const expected = [...kept.slice(0, at), added, ...kept.slice(at)].flat();
          expect(result.kind).toBe("edited");
          if (result.kind === "edited") expect(parseShell(result.text).commands[0]?.words).toEqual(expected);
        },
      ),
    );
  });
});
