import type { WasteBytes } from "../ledger/analysis.ts";
import type { GroupRow } from "../ledger/group.ts";
import type { Omitted } from "../ledger/list-cutter.ts";
import type { Ecosystem } from "../package-db/package-db.ts";
import {
  countIn,
  flagIn,
  listOf,
  objectOf,
  oneOf,
  orNull,
  type Reader,
  ratioIn,
  recordOf,
  textIn,
  textOf,
} from "./json-reader.ts";
import type { Snapshot, SnapshotFile, SnapshotFinding, SnapshotLayer, SnapshotPackage, Weight } from "./snapshot.ts";
import type { AnalysisPart } from "./take-snapshot.ts";

const WEIGHT = {
  contentBytes: countIn,
  liveBytes: countIn,
  wastedBytes: countIn,
  blobBytes: orNull(countIn),
} satisfies { readonly [K in keyof Weight]: Reader<Weight[K]> };

const groupRows = listOf(objectOf<GroupRow>({ key: textIn, ...WEIGHT }));
const severity = oneOf("error", "warn", "info");
// Later versions may know more ecosystems, and compare as well.
const ecosystem = textIn as Reader<Ecosystem>;

const digest = textOf(/^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/, "a sha256 or sha512 digest");
const findingId = textOf(/^[0-9a-f]{12}$/, "12 hexadecimal digits");
const ruleId = textOf(/^[a-z0-9-]+$/, "the name of a rule");
const contentHash = textOf(/^[0-9a-f]{64}$/, "64 hexadecimal digits");

const image = objectOf<Snapshot["image"]>({
  reference: orNull(textIn),
  digest: orNull(digest),
  configDigest: orNull(digest),
  platform: orNull(
    objectOf<NonNullable<Snapshot["image"]["platform"]>>({
      os: textIn,
      architecture: textIn,
      variant: orNull(textIn),
    }),
  ),
});

const sizes = objectOf<Snapshot["sizes"]>({
  contentBytes: countIn,
  tarBytes: orNull(countIn),
  blobBytes: orNull(countIn),
  rootfsBytes: countIn,
});

const waste = objectOf<WasteBytes & { readonly bytes: number }>({
  bytes: countIn,
  overwrittenBytes: orNull(countIn),
  metadataOnlyBytes: orNull(countIn),
  deletedBytes: countIn,
  opaqueHiddenBytes: countIn,
  duplicateEntryBytes: countIn,
});

const omitted = recordOf(objectOf<Omitted>({ count: countIn, bytes: orNull(countIn) }));

/** Paths that are not UTF-8 have their bytes beside them; all others have no such key. */
function withBase64<T extends { readonly path: string }>(read: Reader<T>): Reader<T & { pathBase64?: string }> {
  const readBytes = objectOf<{ pathBase64: string }>({ pathBase64: textIn });
  return (value) => {
    const { path, ...rest } = read(value);
    const hasBytes = typeof value === "object" && value !== null && "pathBase64" in value;
    return { path, ...(hasBytes ? readBytes(value) : {}), ...rest } as T & { pathBase64?: string };
  };
}

export const readBaseline = objectOf<Omit<Snapshot, "schemaVersion" | "kind">>({
  image,
  sizes,
  efficiency: ratioIn,
  waste,
  layers: listOf(
    objectOf<SnapshotLayer>({ diffId: orNull(digest), instruction: orNull(textIn), entries: countIn, ...WEIGHT }),
  ),
  groups: objectOf<Snapshot["groups"]>({
    instruction: groupRows,
    package: groupRows,
    category: groupRows,
    directory: groupRows,
    base: groupRows,
  }),
  packages: listOf(
    objectOf<SnapshotPackage>({
      ecosystem,
      name: textIn,
      version: orNull(textIn),
      liveBytes: countIn,
      wastedBytes: countIn,
    }),
  ),
  findings: listOf(
    objectOf<SnapshotFinding>({
      id: findingId,
      rule: ruleId,
      title: textIn,
      severity,
      inBase: flagIn,
      contentBytes: countIn,
    }),
  ),
  files: listOf(
    withBase64(objectOf<Omit<SnapshotFile, "pathBase64">>({ path: textIn, ...WEIGHT, hash: orNull(contentHash) })),
  ),
  filesFrom: countIn,
  omitted,
});

type Row<Key extends "layers" | "wasted" | "largestFiles" | "packages" | "findings"> = AnalysisPart[Key][number];

export const readAnalysis = objectOf<AnalysisPart>({
  image,
  sizes,
  efficiency: ratioIn,
  waste,
  layers: listOf(
    objectOf<Row<"layers">>({
      diffId: orNull(digest),
      instruction: orNull(textIn),
      entries: countIn,
      contentBytes: countIn,
      liveBytes: countIn,
      blobBytes: orNull(countIn),
    }),
  ),
  wasted: listOf(withBase64(objectOf<Omit<Row<"wasted">, "pathBase64">>({ path: textIn, bytes: countIn }))),
  largestFiles: listOf(withBase64(objectOf<Omit<Row<"largestFiles">, "pathBase64">>({ path: textIn, bytes: countIn }))),
  groups: objectOf<AnalysisPart["groups"]>({
    package: groupRows,
    category: groupRows,
    directory: groupRows,
    base: groupRows,
  }),
  packages: listOf(
    objectOf<Row<"packages">>({
      ecosystem,
      name: textIn,
      version: orNull(textIn),
      liveBytes: countIn,
      wastedBytes: countIn,
      installed: flagIn,
    }),
  ),
  findings: listOf(
    objectOf<Row<"findings">>({
      id: findingId,
      rule: ruleId,
      title: textIn,
      severity,
      inBase: flagIn,
      bytes: objectOf<{ content: number }>({ content: countIn }),
    }),
  ),
  omitted,
});
