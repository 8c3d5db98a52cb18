import type { BuildEdit } from "../build/build-edit.ts";
import type { Confidence } from "../dockerfile/align-history.ts";
import type { ImageEdit } from "../edit/image-edit.ts";
import type { ImagePath } from "../image-path.ts";
import type { Facts } from "./facts.ts";
import type { StoredFile } from "./stored-file.ts";

export type { StoredFile } from "./stored-file.ts";

/** How grave what a rule finds is: `error` is a mistake, `warn` waste, `info` a matter of taste or of small numbers. */
export type Severity = "error" | "warn" | "info";

/** What is changed, seen from the Dockerfile. */
export type FixKind =
  /** Words of one RUN. */
  | "edit-run"
  /** Several RUNs become one. */
  | "join-runs"
  /** A COPY or ADD is written differently, or takes over what a later step did. */
  | "copy"
  /** Work moves into a stage of its own. */
  | "stage"
  /** Another base image. */
  | "change-base"
  /** Files are kept out of the build's context. */
  | "dockerignore"
  /** Nothing that an edit of the Dockerfile could do. */
  | "none";

/** How to get rid of waste, as data on two levels: what changes in the image, and what changes in the build. */
export interface Fix {
  readonly kind: FixKind;
  /** What to do, for people: whole sentences, commands as they would be written. */
  readonly text: string;
  /** What the image loses. The finding's bytes are weighed by it. */
  readonly image: readonly ImageEdit[];
  /** How the Dockerfile is edited; empty where only a person can. */
  readonly build: readonly BuildEdit[];
  /** What has to be true for the edited build to mean the same, for people. */
  readonly assumes: readonly string[];
  /** The programs that alone read what goes, where it lies in their cache or log; absent where anybody may. */
  readonly readers?: readonly string[] | undefined;
}

/** What a rule found, before it is weighed. */
export interface Draft {
  /** A whole sentence without its number of bytes: those are weighed. */
  readonly title: string;
  /** What tells this finding from others of the rule, and stays the same from build to build: hashed into its id. */
  readonly key: string;
  readonly paths: readonly ImagePath[];
  /** Layers that store the waste. */
  readonly layers: readonly number[];
  /** Where it stands in the Dockerfile, 1-based, if not at the step of the first layer. */
  readonly line?: number;
  /** Where it differs from the rule's own. */
  readonly confidence?: Exclude<Confidence, "none">;
  /** The content bytes will be exactly so after a rebuild; true where absent. */
  readonly exact?: boolean;
  /** What cannot be read, neither out of the image nor out of the build, and yet has to be true: see {@link Finding.assumptions}. */
  readonly assumptions?: readonly string[];
  readonly fix: Fix;
}

/** A kind of waste: how it is recognised, and what to do about it. `finding/rules.ts` lists those that are known. */
export interface Rule {
  /** `apk-index`: in reports, configurations and fingerprints. */
  readonly id: string;
  /** What it is about, as a short noun phrase. */
  readonly title: string;
  /** What it finds, why that is waste, and when it is not: two to four sentences. */
  readonly about: string;
  readonly severity: Severity;
  readonly confidence: Exclude<Confidence, "none">;
  /** Rules of other tools about the same: `hadolint DL3019`. */
  readonly related: readonly string[];
  /** The page that explains it, `https://…`; that of the built-in rules is published with them, others have none unless they say. */
  readonly docsUrl?: string;
  /** Globs ({@link PathGlobs}) of stored files to look at, live or not; all matches are handed to `find`. */
  readonly paths?: readonly string[];
  /** Pure; bounded by what the image has. */
  find(facts: Facts, files: readonly StoredFile[]): Iterable<Draft>;
}
