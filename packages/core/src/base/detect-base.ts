import type { Confidence, HistoryAlignment } from "../dockerfile/align-history.ts";
import { parseCreatedBy } from "../dockerfile/created-by.ts";
import type { HistoryEntry } from "../oci/config.ts";
import type { Digest } from "../oci/digest.ts";
import type { OsRelease } from "./os-release.ts";

/** Which layers came from somebody else's image. */
export interface BaseImage {
  /** How many, from the bottom. */
  readonly layers: number;
  /** What it is called, as well as the image says; `scratch` where there is no base. */
  readonly name: string | null;
  /** Sentences: what the answer rests on. */
  readonly evidence: readonly string[];
  readonly confidence: Confidence;
}

export interface BaseClues {
  readonly diffIds: readonly (Digest | null)[];
  readonly history: readonly HistoryEntry[];
  readonly alignment: HistoryAlignment;
  /** Labels of the config and annotations of the manifest. */
  readonly labels: ReadonlyMap<string, string>;
  readonly osRelease: OsRelease | null;
  /** OS packages of the final image there are any of. */
  readonly hasPackages: boolean;
  /** Distroless: dpkg records in `status.d`, and no shell. */
  readonly isDistroless: boolean;
  /** How many layers from the bottom have nothing but files of OS packages and of the system itself; 0 if not distroless. */
  readonly systemLayers: number;
  /** The base that the user named: its layers, and what it was called. */
  readonly given: { readonly name: string; readonly diffIds: readonly Digest[] } | null;
}

const BASE_NAME = "org.opencontainers.image.base.name";

/** Environment that official language images set, and what they are called. */
const LANGUAGE_VERSIONS: readonly (readonly [RegExp, string])[] = [
  [/^PYTHON_VERSION[= ](\S+)/, "python"],
  [/^NODE_VERSION[= ](\S+)/, "node"],
  [/^GOLANG_VERSION[= ](\S+)/, "golang"],
  [/^RUST_VERSION[= ](\S+)/, "rust"],
  [/^RUBY_VERSION[= ](\S+)/, "ruby"],
  [/^PHP_VERSION[= ](\S+)/, "php"],
  [/^JAVA_VERSION[= ](\S+)/, "java"],
  [/^NGINX_VERSION[= ](\S+)/, "nginx"],
  [/^DOTNET_VERSION[= ](\S+)/, "dotnet"],
];

/** Layers made by history entries before `index`. */
function layersBefore({ layers }: HistoryAlignment, index: number): number {
  return layers.filter(({ historyIndex }) => historyIndex !== null && historyIndex < index).length;
}

/** A finding, as far as layers go. */
interface Extent {
  readonly layers: number;
  readonly evidence: string;
  readonly confidence: Confidence;
}

/** The user's own word, held against the layers. */
function fromGiven({ given, diffIds }: BaseClues): Extent | null {
  if (given === null) return null;
  let layers = 0;
  while (layers < given.diffIds.length && given.diffIds[layers] === diffIds[layers]) layers++;
  if (layers === given.diffIds.length) {
    return { layers, evidence: `its layers are those of ${given.name}, as given`, confidence: "high" };
  }
  return {
    layers,
    evidence: `${layers} of the ${given.diffIds.length} layers of ${given.name}, as given, are the image's first: it was built on another version of it`,
    confidence: layers === 0 ? "low" : "medium",
  };
}

/** buildah and podman write the base's name into the first entry of their own (stage_executor.go). */
function fromBuildah({ history, alignment }: BaseClues): (Extent & { name: string }) | null {
  const index = history.findLastIndex((entry) => parseCreatedBy(entry).base !== null);
  const name = index < 0 ? null : parseCreatedBy(history[index] as HistoryEntry).base;
  if (name === null) return null;
  return {
    layers: layersBefore(alignment, index),
    evidence: `history entry ${index} says FROM ${name}`,
    confidence: "high",
    name,
  };
}

/**
 * Official images end with the command that they run. So the last CMD or ENTRYPOINT with an instruction after it that
 * stores a layer is the end of a base: its author would have put it last.
 */
function fromCommands({ history, alignment }: BaseClues): Extent | null {
  const lastStoring = history.findLastIndex(({ emptyLayer }) => !emptyLayer);
  for (let i = lastStoring - 1; i >= 0; i--) {
    const entry = history[i] as HistoryEntry;
    if (!entry.emptyLayer) continue;
    const { verb, text } = parseCreatedBy(entry);
    if (verb !== "CMD" && verb !== "ENTRYPOINT") continue;
    const layers = layersBefore(alignment, i);
    return layers === 0
      ? null
      : {
          layers,
          evidence: `history entry ${i} (${text.slice(0, 60)}) ends an image that was built upon`,
          confidence: "medium",
        };
  }
  return null;
}

/**
 * Distroless has a layer for each package and each part of the system, made by bazel: the history has no instructions for
 * them. What stores anything else, or comes from an instruction, is the program's.
 */
function fromDistroless({ isDistroless, systemLayers, alignment }: BaseClues): Extent | null {
  if (!isDistroless) return null;
  const built = alignment.layers.findIndex(({ instruction }) => instruction !== null && instruction.verb !== null);
  const layers = built < 0 ? systemLayers : Math.min(built, systemLayers);
  if (layers === 0) return null;
  const evidence = `the first ${layers} layers hold packages by status.d, and the system's own files, with no instruction`;
  return { layers, evidence, confidence: "medium" };
}

/** A root file system added as a whole: `ADD file:… in /`, `ADD alpine-minirootfs.tar.gz /`, debuerreotype. */
function fromRootfs({ alignment, osRelease }: BaseClues): Extent | null {
  const instruction = alignment.layers[0]?.instruction ?? null;
  if (instruction === null || osRelease === null) return null;
  const { verb, text, producer } = instruction;
  const isRootfs =
    (verb === "ADD" && / (?:in )?\/$/.test(text)) || producer === "debuerreotype" || producer === "docker-import";
  if (!isRootfs) return null;
  return { layers: 1, evidence: `the first layer is a root file system (${text.slice(0, 60)})`, confidence: "high" };
}

function fromFiles({ osRelease, alignment, hasPackages }: BaseClues): Extent | null {
  if (osRelease === null || alignment.layers.length === 0) return null;
  const what = hasPackages ? "an operating system with packages" : "an operating system";
  return {
    layers: 1,
    evidence: `/${osRelease.path} names ${what}, and the history does not say where it ends`,
    confidence: "low",
  };
}

function osName({ osRelease, isDistroless }: BaseClues): string | null {
  if (osRelease === null) return null;
  const name = osRelease.version === null ? osRelease.id : `${osRelease.id}:${osRelease.version}`;
  return isDistroless ? `distroless on ${name}` : name;
}

/** A language image on top of the distribution, if its environment was set within the base. */
function languageName({ history, alignment }: BaseClues, layers: number): string | null {
  const last = alignment.layers[layers]?.historyIndex ?? history.length;
  for (const entry of history.slice(0, last)) {
    const { verb, text } = parseCreatedBy(entry);
    if (verb !== "ENV") continue;
    for (const [pattern, name] of LANGUAGE_VERSIONS) {
      const version = pattern.exec(text.slice("ENV ".length))?.[1];
      if (version !== undefined) return `${name}:${version}`;
    }
  }
  return null;
}

/** Which layers are the base, and on what evidence; the strongest that there is decides. */
export function detectBase(clues: BaseClues): BaseImage {
  const buildah = fromBuildah(clues);
  const extent =
    fromGiven(clues) ??
    buildah ??
    fromCommands(clues) ??
    fromDistroless(clues) ??
    fromRootfs(clues) ??
    fromFiles(clues);
  if (extent === null || extent.layers === 0) {
    const evidence = extent === null ? "no sign of an operating system below the image's own files" : extent.evidence;
    return {
      layers: 0,
      name: clues.osRelease === null ? "scratch" : osName(clues),
      evidence: [evidence],
      confidence: extent?.confidence ?? "medium",
    };
  }
  const evidence = [extent.evidence];
  const label = clues.labels.get(BASE_NAME);
  if (label !== undefined) evidence.push(`${BASE_NAME} says ${label}`);
  const os = osName(clues);
  if (os !== null && clues.osRelease !== null)
    evidence.push(`/${clues.osRelease.path} says ${clues.osRelease.prettyName ?? os}`);
  const language = languageName(clues, extent.layers);
  if (language !== null) evidence.push(`the base's environment says ${language}`);
  const recognised = language === null ? os : os === null ? language : `${language} on ${os}`;
  const confidence =
    extent.confidence === "medium" && clues.alignment.layers[0]?.confidence === "high" && os !== null
      ? "high"
      : extent.confidence;
  return {
    layers: extent.layers,
    name: clues.given?.name ?? buildah?.name ?? label ?? recognised,
    evidence,
    confidence,
  };
}
