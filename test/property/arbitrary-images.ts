import fc from "fast-check";
import type { TarEntry } from "../support/tar-bytes.ts";

/** An entry in words, so that a counterexample can be read. Paths are byte strings, a character a byte. */
export type Step =
  | { readonly do: "file"; readonly path: string; readonly content: string; readonly mode: number }
  | { readonly do: "dir"; readonly path: string }
  | { readonly do: "symlink"; readonly path: string; readonly target: string }
  | { readonly do: "hardlink"; readonly path: string; readonly target: string }
  | { readonly do: "fifo"; readonly path: string }
  | { readonly do: "whiteout"; readonly path: string }
  | { readonly do: "opaque"; readonly path: string };

export type LayerSteps = readonly Step[];

// Few names, so that entries meet; one is not UTF-8.
const NAMES = ["a", "b", "lib", "n\u00ff"];
const name = fc.constantFrom(...NAMES);
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
// Two contents of one length, so that equal size is not equal content.
const content = fc.constantFrom("", "x", "one", "two", "longer content");
const target = fc.oneof(
  path,
  path.map((to) => `/${to}`),
  fc.constantFrom("..", ".", "/", "../a", "../../../b", "./lib/../a", "nowhere"),
);

const file = fc.record({ do: fc.constant("file" as const), path, content, mode: fc.constantFrom(0o644, 0o755) });
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: file },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("dir" as const), path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("symlink" as const), path, target }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("hardlink" as const), path, target: path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fifo" as const), path }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("whiteout" as const), path }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("opaque" as const), path: fc.oneof(path, fc.constant("")) }),
  },
);

/** Layers of anything, bottom first. */
export const anyImage: fc.Arbitrary<readonly LayerSteps[]> = fc.array(fc.array(anyStep, { maxLength: 10 }), {
  minLength: 1,
  maxLength: 5,
});

/** The same path in a spelling that a tar may have. */
function spelled(path: string, i: number): string {
  return [path, `./${path}`, `/${path}`, path.replace("/", "//")][i % 4] as string;
}

function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** The entries of a tar. */
export function entriesOf(steps: LayerSteps): TarEntry[] {
  return steps.map(entryOf);
}

function entryOf(step: Step, i: number): TarEntry {
  const slash = step.path.lastIndexOf("/") + 1;
  const name = bytes(spelled(step.path, i));
  switch (step.do) {
    case "file":
      return { name, content: bytes(step.content), mode: step.mode };
    case "dir":
      return { name: Buffer.concat([name, bytes("/")]), type: "dir" };
    case "symlink":
      return { name, type: "symlink", link: bytes(step.target) };
    case "hardlink":
      return { name, type: "link", link: bytes(step.target) };
    case "fifo":
      return { name, type: "fifo" };
    case "whiteout":
      return { name: bytes(`${step.path.slice(0, slash)}.wh.${step.path.slice(slash)}`) };
    case "opaque":
      return { name: bytes(step.path === "" ? ".wh..wh..opq" : `${step.path}/.wh..wh..opq`) };
  }
}
