import { copyFrom } from "../../../build/edit-copy.ts";
import type { KnownBase } from "../../../edit/image-edit.ts";
import { type ImagePath, parentPath, textOfPath } from "../../../image-path.ts";
import { FATE } from "../../../tree/fate.ts";
import type { Facts } from "../../facts.ts";
import type { Fix, StoredFile } from "../../rule.ts";
import { type CopyLine, copyList, hasOwnHardLinks, type KeptFile } from "./copy-list.ts";
import { emptyDirectories } from "./empty-directories.ts";
import type { MainProgram } from "./main-program.ts";
import { type OwnFiles, ownFiles } from "./own-files.ts";
import { stageLines } from "./stage-lines.ts";

/** The image as a final stage that holds the program and what it needs, and nothing else. */
export interface FinalStage {
  /** null: scratch. */
  readonly base: KnownBase | null;
  readonly kept: readonly KeptFile[];
  readonly copy: readonly CopyLine[];
  readonly lines: readonly string[];
  readonly own: OwnFiles;
  /** Content bytes, the base's included. */
  readonly bytes: number;
  /** Nothing is kept twice, so that the content bytes are those of the files. */
  readonly exact: boolean;
  readonly assumes: readonly string[];
}

/** Where programs look for certificates: Go `crypto/x509` root_linux.go, OpenSSL's and Rust's likewise. */
const CERTIFICATES = [
  "etc/ssl/certs/ca-certificates.crt",
  "etc/pki/tls/certs/ca-bundle.crt",
  "etc/ssl/ca-bundle.pem",
  "etc/pki/tls/cacert.pem",
  "etc/ssl/cert.pem",
];
/** What glibc loads by name to look up hosts and users (nsswitch.conf(5)); part of libc itself since 2.34. */
const NAME_SERVICES = /^libnss_(?:dns|files)\.so\.2$|^libresolv\.so\.2$/;
const NUMERIC_USER = /^\d+(?::\d+)?$/;
const NO_TMP = "The program makes the directories that it writes to, or they are mounted: scratch has no /tmp.";

/**
 * @param base the base that the new stage starts from, whose files need no copy: that of the image itself; null is
 * scratch
 */
export function finalStage(facts: Facts, program: MainProgram, base: KnownBase | null): FinalStage {
  const own = ownFiles(facts, program);
  const kept = new Map<ImagePath, KeptFile>();
  const keep = (file: StoredFile, at: ImagePath): void => {
    if (base === null || !file.inBase) kept.set(at, { file, at });
  };
  const keepPath = (path: ImagePath): boolean => {
    const located = facts.needs.files.locate(path);
    if (located !== null) keep(facts.file(located.instance), located.at);
    return located !== null;
  };
  for (const located of program.named) keep(facts.file(located.instance), located.at);
  for (const path of systemFiles(facts, program)) keepPath(path);
  const needed = new Set([...kept.values()].map(({ file }) => file.instance));
  // A library goes under the name that it is asked for, and under no other.
  for (const file of own.data) if (!needed.has(file.instance)) keep(file, file.path);
  const zones = timeZones(facts);
  for (const file of zones.files) keep(file, file.path);
  const files = [...kept.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
  const instances = new Set(files.map(({ file }) => file.instance));
  const directories = new Set(files.map(({ at }) => parentPath(at)));
  const copy = copyList(facts, files);
  const { run } = facts.ledger.image.description.config;
  return {
    base,
    kept: files,
    copy: [...copy, ...emptyDirectories(facts, copy, own.sourceDirectories)],
    lines: stageLines(run, program, { directories, inherited: base === null ? null : facts.build.steps }),
    own,
    bytes: [...instances].reduce((sum, instance) => sum + facts.file(instance).bytes, base?.contentBytes ?? 0),
    exact: instances.size === files.length && !hasOwnHardLinks(facts),
    assumes: [
      ...sourcesUnread(own),
      ...setuidHelpers(facts, files),
      ...(base === null ? [...program.assumes, ...zones.assumes, NO_TMP] : []),
    ],
  };
}

function sourcesUnread({ sourceDirectories }: OwnFiles): string[] {
  if (sourceDirectories.length === 0) return [];
  const names = sourceDirectories.map((path) => textOfPath(path).path).join(", ");
  return [`The program reads nothing in ${names}, which holds what it was built from.`];
}

/** A program that runs as its owner looks up who that is. */
function setuidHelpers({ ledger }: Facts, files: readonly KeptFile[]): string[] {
  const names = files.flatMap(({ file: { layer, instance }, at }) => {
    const { entries } = (ledger.image.layers[layer] as (typeof ledger.image.layers)[number]).index;
    const mode = entries.modes[instance - (ledger.squash.starts[layer] as number)] as number;
    return (mode & 0o6000) === 0 ? [] : [textOfPath(at).path];
  });
  return names.length === 0
    ? []
    : [`The setuid programs ${names.join(", ")} are copied with that bit, and need no user by name.`];
}

/** Libraries and loaders, certificates, and what is looked up by name. */
function systemFiles(facts: Facts, program: MainProgram): ImagePath[] {
  const { run } = facts.ledger.image.description.config;
  const { files } = facts.needs;
  const binaries = program.named.filter(({ instance }) => files.binaries.has(instance));
  const needed = facts.needs.needsOf(binaries.map(({ instance }) => instance)).files;
  const paths = needed.map(({ at }) => at);
  paths.push(...CERTIFICATES.filter((path) => files.locate(path) !== null).slice(0, 1));
  const libc = needed.find(({ name }) => name === "libc.so.6");
  if (libc !== undefined) {
    const directory = parentPath(libc.at);
    paths.push(
      ...files
        .list(directory)
        .filter((name) => NAME_SERVICES.test(name))
        .map((name) => `${directory}/${name}`),
    );
  }
  if (libc !== undefined || program.facts.goBuildInfo !== null) paths.push("etc/nsswitch.conf");
  if (run.user !== null && !NUMERIC_USER.test(run.user)) paths.push("etc/passwd", "etc/group");
  return paths;
}

/** Time zones go along where the image was given them; else the program is taken to do without. */
function timeZones(facts: Facts): { files: readonly StoredFile[]; assumes: readonly string[] } {
  const { attribution, image } = facts.ledger;
  const owner = [...attribution.packages.records.values()].find(
    ({ found, installed }) => installed && found.name === "tzdata",
  );
  if (owner === undefined) return { files: [], assumes: [] };
  const isSet = image.description.config.run.env.some((entry) => entry.startsWith("TZ="));
  if (owner.layer < attribution.base.layers && !isSet)
    return {
      files: [],
      assumes: ["The program needs no time zones, or brings its own: /usr/share/zoneinfo is not copied."],
    };
  const files = facts.ownedBy(owner.key);
  return {
    files: files.filter(({ fate, path }) => fate === FATE.live && path.startsWith("usr/share/zoneinfo/")),
    assumes: [],
  };
}

const STAGE_NAME = "build";
/** More lines than a person would write. */
const MAX_COPY_LINES = 30;
/** COPY takes its words apart at blanks, and matches others as patterns. */
const PLAIN_PATH = /^[\w./+@:,=~%-]+$/;

/** Whether its COPY lines can be written as such. */
function isWritable({ copy }: FinalStage): boolean {
  return copy.length <= MAX_COPY_LINES && copy.every(({ from }) => PLAIN_PATH.test(from));
}

/** The stage as it stands in a Dockerfile. */
function stageText({ base, copy, lines }: FinalStage): string {
  const copies = copy.map(({ from, to, owner }) => copyFrom(STAGE_NAME, from, to, owner));
  return [`FROM ${base?.name ?? "scratch"}`, ...copies, ...lines].join("\n");
}

/**
 * The fix that makes the image's build a stage to copy from, and puts the final one after it.
 *
 * @param advice sentences that follow: other bases, what else to know
 */
export function finalStageFix(stage: FinalStage, advice: readonly string[]): Fix {
  const writable = isWritable(stage);
  const shown = writable ? stageText(stage) : `FROM ${stage.base?.name ?? "scratch"}, and the program's own files`;
  return {
    kind: "stage",
    text: [
      `Name the stage that builds the program (FROM … AS ${STAGE_NAME}), and ship another that has the program and what it needs:`,
      shown,
      ...advice,
    ].join("\n"),
    image: [
      { kind: "extract", instances: [...new Set(stage.kept.map(({ file }) => file.instance))], base: stage.base },
    ],
    build: writable
      ? [
          {
            kind: "add-final-stage",
            name: STAGE_NAME,
            // The base is the image's own then: as the Dockerfile names it.
            base: stage.base === null ? "scratch" : null,
            copy: stage.copy,
            lines: stage.lines,
          },
        ]
      : [],
    assumes: stage.assumes,
  };
}
