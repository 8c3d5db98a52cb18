import { beforeAll, describe, expect, it } from "vitest";
import { editShell, type ShellEdit } from "../../../packages/core/src/build/edit-shell.ts";
import { loadShell } from "../../../packages/core/src/dockerfile/shell-parser.ts";
import { parseShell, type ShellScript } from "../../../packages/core/src/dockerfile/shell-script.ts";

beforeAll(loadShell);

/** The commands as text, with what joins them and whether they always run. */
function outline(script: ShellScript): string[] {
  return script.commands.map(
    ({ start, end, connector, always, depth }) =>
      `${connector} ${script.text.slice(start, end)}${always ? "" : " ?"}${depth === 0 ? "" : ` @${depth}`}`,
  );
}

describe("parseShell", () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["a && b || c; d", ["start a", "&& b", "|| c ?", "; d"]],
    ["a | b |& c", ["start a", "| b", "| c"]],
    ["! a && b & c", ["start a ?", "&& b ?", "; c"]],
    ["(a; b) && { c; }", ["start a @1", "; b @1", "start c @1"]],
    ["if a; then b; else c; fi; d", ["start a ? @1", "start b ? @1", "start c ? @1", "; d"]],
    ["for i in 1 2; do a $i; done", ["start a $i ? @1"]],
    ["f() { a; }; f", ["start a ? @1", "; f"]],
    ["a $(b && c) `d`", ["start a $(b && c) `d`", "start b ? @1", "&& c ? @1", "start d ? @1"]],
    ["a\nb\n# c\nd", ["start a", "newline b", "newline d"]],
  ];
  it.each(rows)("%s", (text, expected) => {
    const script = parseShell(text);
    expect(outline(script)).toEqual(expected);
    expect(script.complete).toBe(true);
  });

  it("gives the text of words, and nothing where the shell makes it", () => {
    const [command] = parseShell(`A=1 B=$C "apt-get" 'in'stall -y "$x" *.deb {a,b} a\\ b > /dev/null`).commands;
    expect(command).toMatchObject({
      name: "apt-get",
      words: ["install", "-y", null, "*.deb", null, "a b"],
      assignments: [
        { name: "A", value: "1" },
        { name: "B", value: null },
      ],
      redirects: [{ operator: ">", target: "/dev/null" }],
    });
  });

  it("counts offsets in the text as written, comments and empty lines of a Dockerfile between", () => {
    const text = "apk add \\\n    # why\n\n    gc\\\nc \\  \n  && make";
    const script = parseShell(text);
    expect(script.commands.map(({ name, words }) => [name, ...words])).toEqual([["apk", "add", "gcc"], ["make"]]);
    const [first, second] = script.commands;
    expect(text.slice(first?.wordStarts[1], first?.wordEnds[1])).toBe("gc\\\nc");
    expect(text.slice(second?.start, second?.end)).toBe("make");
  });

  it("takes the escape character of the Dockerfile", () => {
    const text = "a `\n  && b";
    expect(parseShell(text, { escapeCharacter: "`" }).commands.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("joins nothing in a heredoc's body", () => {
    const script = parseShell("cat <<EOF > /x && b\n# no \\\ncomment\nEOF\n");
    expect(script.commands.map(({ name }) => name)).toEqual(["cat", "b"]);
    expect(script.complete).toBe(true);
  });

  it("knows what stops at a failure", () => {
    expect(parseShell("set -eux; a").failsFast).toBe(true);
    expect(parseShell("set -o pipefail -o errexit; a").failsFast).toBe(true);
    expect(parseShell("a; (set -e; b)").failsFast).toBe(false);
  });

  it("is not complete where it cannot be read", () => {
    for (const text of ["if a; then", "a && ", "a $(b", "a 'b", "x".repeat(33_000)]) {
      expect(parseShell(text).complete, text.slice(0, 20)).toBe(false);
    }
  });
});

describe("editShell", () => {
  const drop = (command: number): ShellEdit => ({ kind: "drop-command", command });
  const append = (text: string): ShellEdit => ({ kind: "append", text });
  const precede = (command: number, text: string): ShellEdit => ({ kind: "insert-before", command, text });
  const replace = (command: number, text: string): ShellEdit => ({ kind: "replace-command", command, text });
  const words = (command: number, ...indices: number[]): ShellEdit => ({ kind: "drop-words", command, words: indices });
  const insert = (command: number, at: number, ...added: string[]): ShellEdit => ({
    kind: "insert-words",
    command,
    at,
    words: added,
  });

  const rows: readonly (readonly [string, readonly ShellEdit[], string])[] = [
    ["a && b && c", [drop(1)], "a && c"],
    ["a && b && c", [drop(0), drop(2)], "b"],
    ["a \\\n  && b \\\n  && c", [drop(2)], "a \\\n  && b"],
    ["a \\\n  && b \\\n  && c", [drop(0)], "b \\\n  && c"],
    ["a && \\\n  b && \\\n  c", [drop(1)], "a && \\\n  c"],
    ["a \\\n  # about b\n  && b \\\n  && c", [drop(1)], "a \\\n  && c"],
    ["a; b && c", [drop(1)], "a; c"],
    ["a && b || c", [drop(1)], "a || c"],
    ["a; b; c;", [drop(1)], "a; c;"],
    ["if x; then a; b; fi", [drop(1)], "if x; then b; fi"],
    ["a && b", [append("c")], "a && b && c"],
    ["a \\\n    && b", [append("c")], "a \\\n    && b \\\n    && c"],
    ["a || b", [append("c")], "a || b && c"],
    ["a;", [append("c; d")], "a && { c; d; }"],
    ["a # why", [append("c")], "a && c # why"],
    ["cat <<EOF\nx\nEOF", [append("c")], "cat <<EOF && c\nx\nEOF"],
    ["a && b", [precede(1, "c")], "a && c && b"],
    ["a || b", [precede(1, "c")], "a || { c && b; }"],
    ["a | b", [precede(0, "c")], "c && a | b"],
    ["a && b", [replace(1, "c && d")], "a && c && d"],
    ["a || b", [replace(1, "c && d")], "a || { c && d; }"],
    ["a && b c d e", [words(1, 0, 2)], "a && b d"],
    ["apk add \\\n  gcc \\\n  make", [words(0, 1)], "apk add \\\n  make"],
    ["apk add \\\n  gcc \\\n  make", [insert(0, 3, "git")], "apk add \\\n  gcc \\\n  make \\\n  git"],
    ["apk add \\\n  gcc", [insert(0, 1, "--virtual", ".b")], "apk add --virtual .b \\\n  gcc"],
    ["a b > c d", [insert(0, 2, "e")], "a b > c d e"],
    ["a b c && d", [insert(0, 1, "x"), words(0, 0), drop(1)], "a x c"],
  ];
  it.each(rows)("%j %j", (text, edits, expected) => {
    expect(editShell(parseShell(text), edits)).toMatchObject({ kind: "edited", text: expected });
  });

  it("says when nothing is left", () => {
    expect(editShell(parseShell("a"), [drop(0)])).toEqual({ kind: "empty" });
    expect(editShell(parseShell("a && b"), [drop(0), drop(1)])).toEqual({ kind: "empty" });
    expect(editShell(parseShell("a"), [drop(0), append("b")])).toMatchObject({ text: "b" });
  });

  const refusals: readonly (readonly [string, readonly ShellEdit[]])[] = [
    ["a | b", [drop(0)]],
    ["a || b", [drop(1)]],
    ["a || b", [drop(0)]],
    ["! a", [drop(0)]],
    ["a & b", [drop(0)]],
    ["a $(b)", [drop(1)]],
    ["cd /x && make", [drop(0)]],
    ["X=1; a $X", [drop(0)]],
    ["if a; then b; fi", [drop(1)]],
    ["a b", [insert(0, 1, "c; d")]],
    ["a b", [words(0, 7)]],
    ["a && b", [drop(5)]],
    ["a && ", [drop(0)]],
    ["a", [drop(0), replace(0, "b")]],
    ["a", [replace(0, "if")]],
    ["a &", [append("b")]],
  ];
  it.each(refusals)("refuses %j %j", (text, edits) => {
    expect(editShell(parseShell(text), edits)).toMatchObject({ kind: "refused" });
  });

  it("says what it assumes where a failure was passed over", () => {
    expect(editShell(parseShell("a; b"), [drop(1)])).toMatchObject({ text: "a", assumes: [expect.any(String)] });
    expect(editShell(parseShell("set -e; a; b"), [drop(2)])).toMatchObject({ text: "set -e; a", assumes: [] });
    expect(editShell(parseShell("a && b"), [drop(1)])).toMatchObject({ text: "a", assumes: [] });
  });

  it("edits a heredoc's script", () => {
    const script = parseShell("set -e\na\nb\n", { dialect: "script" });
    expect(editShell(script, [append("c")])).toMatchObject({ text: "set -e\na\nb\nc\n" });
    expect(editShell(script, [drop(1)])).toMatchObject({ text: "set -e\nb\n" });
    const tolerant = parseShell("a\nb\n", { dialect: "script" });
    expect(editShell(tolerant, [append("c")])).toMatchObject({ text: "a\nb && c\n" });
  });
});
