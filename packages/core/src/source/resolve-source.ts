import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import type { ByteStream } from "../archive/byte-stream.ts";
import { ImgweighError } from "../errors.ts";
import { parseReference } from "../oci/reference.ts";
import { archiveFile } from "./archive-file.ts";
import type { EngineKind } from "./engine/endpoint.ts";
import { layoutDirectory } from "./layout-directory.ts";
import { loadedSource } from "./loaded-source.ts";
import { ownInput } from "./own-input.ts";
import type { RegistryOptions } from "./registry/registry-options.ts";
import { rootfsFile, rootfsStream } from "./rootfs-tar.ts";
import type { ImageSource } from "./source.ts";
import { standardInput } from "./standard-input.ts";

/** What arguments are resolved with. */
export interface ResolveOptions {
  /** Where `-` reads from, a stream or chunks at hand; the process's own standard input where absent. */
  readonly stdin?: ByteStream | Iterable<Uint8Array> | undefined;
  /** What relative paths count from; the working directory where absent. */
  readonly cwd?: string | undefined;
  /** How registries are reached. */
  readonly registry?: RegistryOptions | undefined;
}

interface Place {
  readonly rest: string;
  readonly path: string;
  /** Standard input, where that is what is meant: merely looking at it opens it. */
  readonly stdin: ByteStream | null;
  readonly registry: RegistryOptions;
}

type Opener = (place: Place) => ImageSource;

/** What each prefix opens. */
const PREFIXES: Readonly<Record<string, Opener>> = {
  docker: ({ rest }) => engine("docker", requireReference(rest)),
  podman: ({ rest }) => engine("podman", requireReference(rest)),
  registry: ({ rest, registry }) => inRegistry(requireReference(rest), registry),
  "docker-archive": ({ path, stdin }) =>
    stdin !== null ? standardInput(stdin, "docker-archive") : archiveFile(path, "docker-archive"),
  "oci-archive": ({ path, stdin }) =>
    stdin !== null ? standardInput(stdin, "oci-archive") : archiveFile(path, "oci-archive"),
  "oci-layout": ({ path }) => layoutDirectory(path, "oci-layout"),
  dir: ({ path }) => layoutDirectory(path, "dir"),
  tar: ({ path, stdin }) => (stdin !== null ? rootfsStream(stdin) : rootfsFile(path)),
  demo: () => loadedSource(async () => (await import("./demo-image.ts")).demoImage()),
};

function engine(kind: EngineKind, reference: string): ImageSource {
  return loadedSource(async () => (await import("./engine/engine-source.ts")).engineSource(kind, reference));
}

function inRegistry(reference: string, options: RegistryOptions): ImageSource {
  return loadedSource(async () =>
    (await import("./registry/registry-source.ts")).registrySource(reference, { options }),
  );
}

function anywhere(reference: string, options: RegistryOptions): ImageSource {
  return loadedSource(async () => (await import("./plain-reference.ts")).plainReference(reference, { options }));
}

/** Prefixes of references; after the others stands a path. */
const REFERENCES: ReadonlySet<string> = new Set(["docker", "podman", "registry"]);

/** Transports of other tools, and what to write here. */
const ELSEWHERE: Readonly<Record<string, (rest: string) => string>> = {
  "containers-storage": (rest) =>
    `write podman:${rest}, or: skopeo copy containers-storage:${rest} oci-archive:image.tar`,
  "docker-daemon": (rest) => `write docker:${rest}`,
};

const LOOKS_LIKE_PATH = /^(?:\/|\.\.?(?:\/|$))|\.(?:tar|tgz|tar\.gz|tar\.zst)$/;

/**
 * The source that an argument means: `docker:`, `podman:`, `registry:`, `docker-archive:`, `oci-archive:`, `oci-layout:`, `dir:` and
 * `tar:` say so; `-` is standard input; what looks like a path or exists as one is a file or directory whose format is
 * recognised; anything else is an image reference. Nothing is opened yet.
 *
 * @throws {ImgweighError} REFERENCE_INVALID
 */
export function resolveSource(argument: string, options: ResolveOptions = {}): ImageSource {
  const stdin = (): ByteStream => (options.stdin === undefined ? ownInput() : asStream(options.stdin));
  const registry = registryOptions(options);
  const at = (rest: string): Place => ({
    rest,
    path: resolve(options.cwd ?? process.cwd(), rest),
    stdin: rest === "-" ? stdin() : null,
    registry,
  });
  if (argument === "-") return standardInput(stdin(), null);
  const colon = argument.indexOf(":");
  const prefix = colon < 0 ? "" : argument.slice(0, colon);
  const rest = argument.slice(colon + 1);
  const opener = Object.hasOwn(PREFIXES, prefix) ? PREFIXES[prefix] : undefined;
  // `docker:20-cli` is an image of that name more often than `20-cli` is one: but prefixes are documented, guesses are not.
  if (opener !== undefined) {
    if (rest === "" && prefix !== "demo") throw missingRest(prefix);
    return opener(at(rest));
  }
  const { path } = at(argument);
  const instead = Object.hasOwn(ELSEWHERE, prefix) ? ELSEWHERE[prefix] : undefined;
  if (instead !== undefined) {
    throw new ImgweighError("REFERENCE_INVALID", `${prefix}: is a transport that imgweigh does not read`, {
      hint: instead(rest.replace(/^\/\//, "") || "NAME"),
    });
  }
  // An empty argument (an unset variable of a script) would resolve to the working directory, which exists.
  if (argument !== "" && (LOOKS_LIKE_PATH.test(argument) || existsSync(path))) return pathSource(path);
  return anywhere(requireReference(argument), registry);
}

function registryOptions({ registry = {}, cwd = process.cwd() }: ResolveOptions): RegistryOptions {
  return registry.caFile === undefined ? registry : { ...registry, caFile: resolve(cwd, registry.caFile) };
}

function asStream(input: ByteStream | Iterable<Uint8Array>): ByteStream {
  return Symbol.asyncIterator in input ? input : streamOf(input);
}

async function* streamOf(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}

function pathSource(path: string): ImageSource {
  // A path that does not exist is told when it is opened, like one that vanishes in between.
  const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isDirectory ? layoutDirectory(path, null) : archiveFile(path, null);
}

/** The text as written, once it is known to be a reference (an image ID passes for one). @throws {ImgweighError} REFERENCE_INVALID */
function requireReference(text: string): string {
  parseReference(text);
  return text;
}

function missingRest(prefix: string): ImgweighError {
  return new ImgweighError("REFERENCE_INVALID", `${prefix}: needs an image or a path after the colon`, {
    hint: `for example ${REFERENCES.has(prefix) ? `${prefix}:alpine:3.20` : `${prefix}:./image`}`,
  });
}
