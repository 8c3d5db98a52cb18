import { stringList } from "../../dockerfile/build-state.ts";
import type { LintRule, LintSubject } from "../lint-subject.ts";

function fromOf({ dockerfile }: LintSubject) {
  let stage = dockerfile.stages[dockerfile.target];
  while (stage?.baseStage != null) stage = dockerfile.stages[stage.baseStage];
  return stage === undefined ? undefined : dockerfile.instructions[stage.from];
}

/** The repository of a reference without its registry and namespace, and its tag. */
function imageName(reference: string): readonly [name: string, tag: string] {
  const plain = reference.replace(/@.*$/, "");
  const [, path = plain, tag = ""] = /^(.*?)(?::([^/]*))?$/.exec(plain) ?? [];
  return [path.split("/").at(-1) ?? path, tag];
}

/** Images that are made to build with, and what their programs run on. */
const BUILDERS: ReadonlyMap<string, string> = new Map([
  ["golang", "a static Go program runs on scratch or distroless"],
  ["rust", "a Rust program runs on debian:stable-slim, distroless or scratch"],
  ["maven", "what it builds runs on a JRE image"],
  ["gradle", "what it builds runs on a JRE image"],
  ["gcc", "what it builds runs on debian:stable-slim"],
  ["sdk", "what it builds runs on the aspnet or runtime image"],
  ["haskell", "what it builds runs on debian:stable-slim"],
  ["swift", "what it builds runs on the slim variant"],
  ["buildpack-deps", "what it builds runs on debian:stable-slim"],
]);

/** The final stage starts from an image that is made to build with. */
export const buildBase: LintRule = function* (subject) {
  const from = fromOf(subject);
  if (subject.base === null || from === undefined) return;
  const [name, tag] = imageName(subject.base);
  const runs = BUILDERS.get(name);
  if (runs === undefined || (name === "swift" && tag.includes("slim"))) return;
  yield {
    rule: "toolchain-base",
    title: `The image starts from ${subject.base}, which is made to build with`,
    line: from.line,
    fix: `Build in a stage, and copy the result to a smaller base: ${runs}.`,
    key: name,
  };
};

const DISTRIBUTIONS: ReadonlySet<string> = new Set([
  "alpine",
  "debian",
  "ubuntu",
  "fedora",
  "almalinux",
  "rockylinux",
  "busybox",
  "centos",
]);

function programOfStage({ dockerfile }: LintSubject, stage: string): boolean {
  const index = dockerfile.stages.findIndex(
    ({ name }, i) => name?.toLowerCase() === stage.toLowerCase() || String(i) === stage,
  );
  const found = dockerfile.stages[index];
  if (found === undefined) return false;
  const text = dockerfile.instructions
    .slice(found.from, found.last + 1)
    .map((one) => one.text)
    .join("\n");
  return /\bCGO_ENABLED[= ]0\b/.test(text) && /\bgo (?:build|install)\b/.test(text);
}

/** A program that needs nothing, on a distribution that nothing else uses. */
export const staticProgram: LintRule = function* (subject) {
  const from = fromOf(subject);
  if (subject.base === null || from === undefined || !DISTRIBUTIONS.has(imageName(subject.base)[0])) return;
  const copied = subject.copies.filter(({ from: stage }) => stage !== null);
  const isAlone = subject.runs.length === 0 && subject.copies.length === copied.length && copied.length > 0;
  if (!isAlone || !copied.every(({ from: stage }) => programOfStage(subject, stage ?? ""))) return;
  const command = subject.shipped.findLast(([, { verb }]) => verb === "ENTRYPOINT" || verb === "CMD")?.[1];
  if (command === undefined || stringList(command.args) === null) return;
  yield {
    rule: "static-binary",
    title: `A static program on ${subject.base}, of which it uses nothing`,
    line: from.line,
    fix: "Start from scratch, or from gcr.io/distroless/static where it needs certificates, time zones or users.",
    key: "static",
  };
};

/** On scratch there is no shell. */
export const shellOnScratch: LintRule = function* (subject) {
  if (subject.base !== "scratch") return;
  const hasShell =
    subject.copies.some(({ sources, to }) =>
      [...sources, to ?? ""].some((path) => /(?:^|\/)(?:sh|bash|busybox|ash)$|^\/$|\.tar(?:\.|$)/.test(path)),
    ) ||
    subject.copies.some(
      ({ instruction, to }) =>
        instruction.verb === "ADD" || to === null || to === "/" || to === "/bin/" || to === "/bin",
    );
  if (hasShell || subject.shipped.some(([, { verb }]) => verb === "SHELL")) return;
  for (const [, { verb, args, line, run }] of subject.shipped) {
    const isCommand = verb === "CMD" || verb === "ENTRYPOINT";
    const isShell = isCommand ? stringList(args) === null && args !== "" : verb === "RUN" && run?.form !== "exec";
    if (!isShell) continue;
    yield {
      rule: "program-cannot-start",
      title: `${verb} in shell form runs /bin/sh, which scratch has not got`,
      line,
      fix: `Write it as a list: ${verb} ["/program", "argument"].`,
      key: `${verb} ${args}`,
      breaks: true,
    };
  }
};

const DEBIAN = /^(?:debian|ubuntu|buildpack-deps|gcc|centos|fedora|almalinux|rockylinux)$/;
const LANGUAGES: ReadonlySet<string> = new Set(["golang", "rust", "swift", "haskell"]);

/** A program of a stage with glibc, in an image with musl. */
export const glibcOnAlpine: LintRule = function* (subject) {
  const { dockerfile, base, copies } = subject;
  if (base === null || !/(?:^|\/)alpine(?::|@|$)|-alpine|alpine\d/.test(base)) return;
  if (subject.runs.some(({ instruction }) => /\bgcompat\b|\blibc6-compat\b|glibc/.test(instruction.text))) return;
  for (const { from, instruction, to } of copies) {
    const stage = dockerfile.stages.find(
      ({ name }, i) => from !== null && (name?.toLowerCase() === from.toLowerCase() || String(i) === from),
    );
    if (stage?.base == null || !/\/bin\/|\/bin$|^\/(?:app|server|main)$/.test(to ?? "")) continue;
    const [name, tag] = imageName(stage.base);
    if (tag.includes("alpine") || !(DEBIAN.test(name) || LANGUAGES.has(name))) continue;
    const text = dockerfile.instructions
      .slice(stage.from, stage.last + 1)
      .map((one) => one.text)
      .join("\n");
    if (
      /CGO_ENABLED[= ]0|musl|-static|\+crt-static/.test(text) ||
      !/\b(?:go build|go install|cargo build|cargo install|gcc|g\+\+|make)\b/.test(text)
    )
      continue;
    yield {
      rule: "program-cannot-start",
      title: `${to} is built on ${stage.base}, which has glibc, and ${base} has musl: it may not start`,
      line: instruction.line,
      fix: "Build it on the alpine variant, or statically (CGO_ENABLED=0, -static).",
      key: `${stage.base} ${to}`,
    };
  }
};
