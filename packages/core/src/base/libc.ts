import type { ImagePath } from "../image-path.ts";
import type { ElfFacts } from "../layer/elf-facts.ts";

/** C libraries that programs are told to be built for. */
export type LibcKind = "musl" | "glibc";

/** The C library that the image's programs run on. */
export interface Libc {
  /** null where no program asks for one: static binaries only, or none. */
  readonly kind: LibcKind | null;
  readonly evidence: readonly string[];
}

/** A program that this image cannot start. */
export interface BrokenProgram {
  readonly path: ImagePath;
  /** Absolute, as the binary asks for it. */
  readonly interpreter: string;
}

interface Binary {
  readonly path: ImagePath;
  readonly facts: ElfFacts;
}

/** The library that a program interpreter belongs to; null for one that is neither's (an Android linker, a wrapper). */
export function libcOf(interpreter: string): LibcKind | null {
  if (/\/ld-musl-[^/]+$/.test(interpreter)) return "musl";
  return /\/ld(?:-linux[^/]*|64|-[\d.]+)?\.so(?:\.\d+)?$/.test(interpreter) ? "glibc" : null;
}

function programs(binaries: readonly Binary[]): (Binary & { readonly interpreter: string })[] {
  return binaries.flatMap((binary) =>
    binary.facts.interpreter === null ? [] : [{ ...binary, interpreter: binary.facts.interpreter }],
  );
}

/** The kind that most programs ask for, among the interpreters that are there. */
export function detectLibc(binaries: readonly Binary[], exists: (path: ImagePath) => boolean): Libc {
  const byInterpreter = new Map<string, ImagePath[]>();
  for (const { path, interpreter } of programs(binaries)) {
    const paths = byInterpreter.get(interpreter) ?? [];
    byInterpreter.set(interpreter, paths);
    paths.push(path);
  }
  const counts = { musl: 0, glibc: 0 };
  const evidence: string[] = [];
  for (const [interpreter, paths] of [...byInterpreter].sort(
    ([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1),
  )) {
    const kind = libcOf(interpreter);
    const there = exists(interpreter.replace(/^\/+/, ""));
    if (kind !== null && there) counts[kind] += paths.length;
    const others = paths.length === 1 ? "" : ` and ${paths.length - 1} more`;
    evidence.push(`/${paths[0]}${others}: interpreter ${interpreter}${there ? "" : " (absent)"}`);
  }
  const kind = counts.musl === 0 && counts.glibc === 0 ? null : counts.musl >= counts.glibc ? "musl" : "glibc";
  return { kind, evidence };
}

/** Programs whose interpreter is not in the image: the kernel answers "no such file or directory" when they are started. */
export function findBrokenPrograms(binaries: readonly Binary[], exists: (path: ImagePath) => boolean): BrokenProgram[] {
  return programs(binaries)
    .filter(
      ({ facts, interpreter }) =>
        (facts.type === "executable" || facts.pie) && !exists(interpreter.replace(/^\/+/, "")),
    )
    .map(({ path, interpreter }) => ({ path, interpreter }));
}
