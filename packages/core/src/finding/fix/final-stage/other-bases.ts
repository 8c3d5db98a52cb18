import { CATEGORIES, type Category } from "../../../category/catalogue.ts";
import type { KnownBase } from "../../../edit/image-edit.ts";
import { KIND } from "../../../layer/layer-index.ts";
import { sumKnown } from "../../../ledger/ledger.ts";
import { FATE } from "../../../tree/fate.ts";
import type { Facts } from "../../facts.ts";
import type { Draft } from "../../rule.ts";
import type { MainProgram } from "./main-program.ts";

/** The README of GoogleContainerTools/distroless says 2 MiB; base/README.md says what is in it. */
export const DISTROLESS_STATIC =
  "FROM gcr.io/distroless/static instead of scratch has CA certificates, time zones, users and /tmp, for about 2 MiB.";

/** glibc of distributions' images: packages.debian.org, packages.ubuntu.com (libc6). */
const GLIBC_BASES: readonly (readonly [glibc: number, names: string])[] = [
  [28, "debian:10-slim"],
  [31, "debian:11-slim, gcr.io/distroless/base-debian11, ubuntu:20.04"],
  [35, "ubuntu:22.04"],
  [36, "debian:12-slim, gcr.io/distroless/base-debian12"],
  [39, "ubuntu:24.04"],
  [41, "debian:13-slim, gcr.io/distroless/base-debian13"],
];

/** The image's own base, as it is stored in this image. */
export function ownBase({ ledger }: Facts): KnownBase {
  const { base } = ledger.attribution;
  const layers = ledger.layers.slice(0, base.layers);
  return {
    // `python:3.12 on debian:12` is what the first part says.
    name: base.name?.split(" ")[0] ?? "the same base",
    contentBytes: layers.reduce((sum, { contentBytes }) => sum + contentBytes, 0),
    blobBytes: sumKnown(layers.map(({ blobBytes }) => blobBytes)),
    source: "the layers of the base in this image",
  };
}

/** Minor versions of glibc's symbols that some files need: `GLIBC_2.34` → 34; 0 where they need none. */
function glibcNeeded(facts: Facts, program: MainProgram): number {
  const own = [program.file.instance, ...program.named.map(({ instance }) => instance)];
  const versions = own.flatMap((instance) => facts.needs.files.binaries.get(instance)?.facts.neededVersions ?? []);
  return Math.max(0, ...versions.map((version) => Number(/^GLIBC_2\.(\d{1,3})/.exec(version)?.[1] ?? 0)));
}

/** Which smaller bases have the C library that the program asks for; of other libraries it says which are needed. */
export function basesThatRun(facts: Facts, program: MainProgram): string[] {
  const needed = facts.needs
    .needsOf(program.named.map(({ instance }) => instance))
    .files.filter(({ kind }) => kind === "library");
  const others = [...new Set(needed.map(({ name }) => name))].filter((name) => !OF_LIBC.test(name)).sort();
  const libraries = others.length === 0 ? "no library but the C library" : others.join(", ");
  if (program.kind === "musl") return [`It is linked to musl and needs ${libraries}: FROM alpine runs it too.`];
  if (program.kind === "static") return [];
  const minor = glibcNeeded(facts, program);
  const bases = GLIBC_BASES.filter(([glibc]) => glibc >= minor).map(([, names]) => names);
  const fit = bases.length === 0 ? "" : `, which ${bases.slice(0, 2).join(", ")} and later have`;
  return [
    `It is linked to glibc, needs symbols of 2.${minor}${fit}, and beside it ${libraries}.`,
    "On scratch, glibc finds no character sets (gconv) and no locales.",
  ];
}

const OF_LIBC =
  /^(?:libc\.musl-.*|lib(?:c|m|dl|rt|pthread|resolv|util|nsl|anl|mvec|BrokenLocale)\.so\.\d+|ld-.*\.so\.\d+)$/;

/** How to get by without a C library, where that is a matter of flags. */
export function buildAdvice({ kind, facts: { goBuildInfo } }: MainProgram): string[] {
  if (kind === "static" || goBuildInfo === null) return [];
  return [
    "Built with CGO_ENABLED=0, a Go program needs no C library: then the loader and libraries need not be copied.",
  ];
}

/** Language images whose full tags bring what `buildpack-deps` has, and whose -slim tags do not (docker-library). */
const WITH_SLIM = /^(node|python|ruby|perl):([\w.-]+)/;
const SLIM = /slim|alpine/;
const TOOLS: ReadonlySet<number> = new Set(
  (["build-toolchain", "headers-static-libs"] satisfies Category[]).map((category) => CATEGORIES.indexOf(category)),
);

/** The same language image without its build tools; what that saves is at least the tools themselves. */
export function* slimVariant(facts: Facts, title: string): Generator<Draft, void, undefined> {
  const { base } = facts.ledger.attribution;
  const [, name, version] = WITH_SLIM.exec(base.name ?? "") ?? [];
  if (name === undefined || version === undefined || SLIM.test(base.name ?? "")) return;
  const tools = baseTools(facts);
  const gone = new Set(tools);
  const kept = facts.needs.keptTokens((instance) => !gone.has(instance));
  if (!kept.complete) return;
  const libraries = kept.tokens.length === 0 ? [] : [`Install what is still needed of it: ${kept.tokens.join(", ")}.`];
  yield {
    title,
    key: `${name} slim`,
    paths: [],
    layers: facts.ledger.layers.flatMap((_, layer) => (layer < base.layers ? [layer] : [])),
    confidence: "medium",
    exact: false,
    fix: {
      kind: "change-base",
      text: [
        `FROM ${name}:${version}-slim is the same ${name} without compilers and headers. What the base's build tools weigh is counted; the tag leaves out more.`,
        "Where packages are compiled when they are installed, do that in a stage on the full tag, and copy the result.",
        ...libraries,
      ].join("\n"),
      image: [{ kind: "omit", instances: tools }],
      build: [],
      assumes: ["No step of the build needs a compiler, and nothing in the container does."],
    },
  };
}

function baseTools({ ledger }: Facts): number[] {
  const { squash, attribution, image } = ledger;
  return image.layers.slice(0, attribution.base.layers).flatMap(({ index: { entries } }, layer) => {
    const start = squash.starts[layer] as number;
    return Array.from({ length: entries.count }, (_, i) => start + i).filter(
      (instance, i) =>
        entries.kinds[i] === KIND.regular &&
        squash.fates[instance] === FATE.live &&
        TOOLS.has(attribution.categories[instance] as number),
    );
  });
}
