/** Who wrote a history entry, as far as the entry shows it. The classic builder and buildah write most lines alike: `buildah` needs evidence. */
export type Producer =
  | "apko"
  | "bazel"
  | "buildah"
  | "buildkit"
  | "buildkit-exporter"
  | "buildpacks"
  | "classic"
  | "debuerreotype"
  | "docker-commit"
  | "docker-import"
  | "docker-squash"
  | "jib"
  | "kaniko"
  | "ko"
  | "nix";

/** Every instruction that leaves a history entry. */
export const VERBS = [
  "ADD",
  "ARG",
  "CMD",
  "COPY",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "RUN",
  "SHELL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
] as const;

/** A Dockerfile instruction that leaves a history entry. */
export type Verb = (typeof VERBS)[number];

/** Instructions that say something about the image, and nothing to its build. */
export const METADATA_VERBS: ReadonlySet<string> = new Set<Verb>([
  "CMD",
  "ENTRYPOINT",
  "EXPOSE",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "STOPSIGNAL",
]);

/** A build argument. `value` is null where none is recorded, or where it cannot be told from the command after it. */
export interface BuildArg {
  readonly name: string;
  readonly value: string | null;
}

/** What a history entry says, close to the line of the Dockerfile that it came from. */
export interface Instruction {
  readonly producer: Producer | null;
  readonly verb: Verb | null;
  /** For display: trimmed, line feeds kept, not escaped; without values of build arguments unless asked for. May be empty. */
  readonly text: string;
  /** Values are secrets: apart from `text`, so that printing one never prints the other. */
  readonly buildArgs: readonly BuildArg[];
  /** What ran the command, such as `/bin/sh -c`; null for an exec form, and where it is not recorded. */
  readonly shell: string | null;
  /** The base image, where buildah or podman names it. */
  readonly base: string | null;
  /** The store paths of the layer, where nix lists them. */
  readonly storePaths: readonly string[];
}
