import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import type { Instruction } from "../dockerfile/instruction.ts";
import type { DockerfileProblem } from "../dockerfile/problems.ts";
import type { ShellScript } from "../dockerfile/shell-script.ts";
import type { ImagePath } from "../image-path.ts";
import type { BuildEdit } from "./build-edit.ts";
import type { Builder } from "./builder.ts";

/** A step of the build, as the image's history records it. */
export interface BuildStep {
  /** Index in the config's history: what {@link BuildEdit} names steps by. */
  readonly step: number;
  /** The layer that it made; null where it made none, or none is known. */
  readonly layer: number | null;
  readonly instruction: Instruction;
  /** Of a RUN in shell form, what the shell was given; null for everything else. */
  readonly script: ShellScript | null;
  /** It belongs to the base image. */
  readonly inBase: boolean;
  /** Where it stands in the given Dockerfile, 1-based; null without one, or where it was not found there. */
  readonly line: number | null;
  /** Its flags there (`--mount`, `--from`, `--chown` …), which no history records; none without a Dockerfile. */
  readonly flags: readonly StepFlag[];
}

/** `--name=value` of an instruction. */
export interface StepFlag {
  readonly name: string;
  readonly value: string | null;
}

/** Whether a step brings files from the build's context or from another stage. */
export function isCopy({ instruction: { verb } }: BuildStep): boolean {
  return verb === "COPY" || verb === "ADD";
}

/** A file of the build's description: the Dockerfile, or its .dockerignore. */
export interface EditedFile {
  /** The name that it was given by: a path relative to where patches are applied. */
  readonly name: string;
  /** Its text before the edits; null where it does not exist. */
  readonly before: string | null;
  /** What the edits make of it. */
  readonly text: string;
}

/** What edits make of the build's description. */
export type BuildChange =
  | {
      readonly kind: "edited";
      /** The files that change, whole, as they would be; none without a given Dockerfile. */
      readonly files: readonly EditedFile[];
      /** A unified diff of them; null without a given Dockerfile. */
      readonly patch: string | null;
      /** The instructions that change, as they were and as they would be. */
      readonly before: string;
      readonly after: string;
      /** What must hold for the build to mean the same, in whole sentences. */
      readonly assumes: readonly string[];
    }
  | { readonly kind: "refused"; readonly reason: string };

/** A Dockerfile that says something else than the image's history. */
export interface Mismatch {
  /** A whole sentence, which names the first step that differs. */
  readonly reason: string;
  /** It differs in what makes the root file system, so that no line of it can be told to be a step of the image. */
  readonly isOther: boolean;
}

/** How the image was built: its history, and the Dockerfile where one is given. */
export interface Build {
  readonly steps: readonly BuildStep[];
  /** Home directories besides `root` and those in `home`. */
  readonly homes: readonly ImagePath[];
  /** Which builder a patch has to be for; null where the history does not show it. */
  readonly builder: Builder | null;
  /** Name of the given Dockerfile; null without one. */
  readonly dockerfile: string | null;
  /** How the given Dockerfile differs from the image's; null where it does not, and without one. */
  readonly mismatch: Mismatch | null;
  readonly problems: readonly DockerfileProblem[];
  /** The given Dockerfile; null without one. @internal */
  readonly source: Dockerfile | null;
  /** Applies edits to the Dockerfile, or to the lines that history recorded. Pure. */
  edit(edits: readonly BuildEdit[]): BuildChange;
}
