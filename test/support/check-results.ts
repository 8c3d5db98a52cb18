import type { CheckResult, Finding } from "@imgweigh/core";
import type { ImageVerdict } from "@imgweigh/core/results";

/*
 * Results of checks, made by hand: two images that fail, one that passes without a baseline, and names that try to be
 * more than names.
 */

/** Text that would be markup, a command, a formula or a mention in one format or another. */
export const HOSTILE =
  "`x`|<script>alert('1')</script><!-- imgweigh:api -->\n::error::](https://evil.test) @team #1 ,\"=1+1";

export type Budget = ImageVerdict["budgets"][number];
type Diff = NonNullable<ImageVerdict["diff"]>;

export function finding(partial: Partial<Finding>): Finding {
  return {
    id: "0f1e2d3c4b5a",
    rule: "apk-index",
    title: "The package index is kept",
    severity: "warn",
    confidence: "high",
    inBase: false,
    bytes: { content: 2_210_000, tar: 2_211_328, blob: null },
    exact: { content: true, tar: false, blob: false },
    paths: ["/var/cache/apk/APKINDEX.tar.gz"],
    layers: [1],
    instruction: "RUN apk add curl",
    line: 3,
    fix: { kind: "edit-run", text: "Add --no-cache to apk add.", change: null, patch: null, assumes: [] },
    assumptions: [],
    docsUrl: "https://unpkg.com/@imgweigh/core/rules/apk-index.md",
    ...partial,
  };
}

export function budget(partial: Partial<Budget>): Budget {
  return {
    id: "content max",
    metric: "content",
    scope: null,
    bound: "max",
    status: "passed",
    unit: "bytes",
    measured: 128_000_000,
    head: 128_000_000,
    base: 120_000_000,
    limit: 150_000_000,
    limitText: "150 MB",
    over: 0,
    estimated: false,
    reason: null,
    remedy: null,
    contributors: [],
    next: null,
    origin: { file: "imgweigh.yaml", line: 6, key: "images[0].budgets[0]" },
    ...partial,
  };
}

const weight = (contentBytes: number, liveBytes = contentBytes, blobBytes: number | null = null) => ({
  contentBytes,
  liveBytes,
  wastedBytes: contentBytes - liveBytes,
  blobBytes,
});

const amd64 = { os: "linux", architecture: "amd64", variant: null };

function side(reference: string, contentBytes: number, wastedBytes: number, blobBytes: number | null): Diff["base"] {
  return {
    image: { reference, digest: null, configDigest: `sha256:${"a".repeat(64)}`, platform: amd64 },
    sizes: { contentBytes, tarBytes: contentBytes + 1_048_576, blobBytes, rootfsBytes: contentBytes - wastedBytes },
    wastedBytes,
    efficiency: (contentBytes - wastedBytes) / contentBytes,
    layers: 4,
    entries: 5_120,
  };
}

const base = side("ghcr.io/acme/api:main", 120_000_000, 2_000_000, 48_000_000);
const head = side("ghcr.io/acme/api:pr-7", 128_000_000, 4_200_000, 51_000_000);

const diff: Diff = {
  schemaVersion: 1,
  base,
  head,
  change: {
    contentBytes: 8_000_000,
    rootfsBytes: 5_800_000,
    wastedBytes: 2_200_000,
    tarBytes: 8_000_000,
    blobBytes: 3_000_000,
    entries: 0,
    layers: 0,
  },
  layers: [
    { status: "same", base: 0, head: 0, instruction: "FROM alpine:3.20", change: weight(0) },
    { status: "moved", base: 1, head: 2, instruction: "COPY etc /etc", change: weight(0) },
    {
      status: "rebuilt",
      base: 2,
      head: 1,
      instruction: "RUN apk add gcc | tee log",
      change: weight(7_000_000, 5_000_000),
    },
    { status: "added", base: null, head: 3, instruction: `RUN echo '${HOSTILE}'`, change: weight(1_000_000) },
    { status: "removed", base: 3, head: null, instruction: null, change: weight(0) },
  ],
  groups: {
    package: [],
    category: [
      { key: "toolchain", status: "added", base: null, head: weight(7_000_000), change: weight(7_000_000) },
      { key: "logs", status: "removed", base: weight(1_000_000), head: null, change: weight(-1_000_000) },
    ],
    instruction: [],
    directory: [
      { key: "/usr/lib", status: "changed", base: weight(1e7), head: weight(1.5e7), change: weight(5e6, 3e6) },
      { key: `/${HOSTILE}`, status: "unknown", base: null, head: weight(3e6), change: null },
    ],
    base: [],
    path: [],
  },
  packages: [
    {
      status: "added",
      ecosystem: "apk",
      name: "gcc",
      baseVersion: null,
      headVersion: "13.2.1-r1",
      liveBytes: 7e6,
      wastedBytes: 0,
    },
    {
      status: "upgraded",
      ecosystem: "apk",
      name: "musl",
      baseVersion: "1.2.4-r2",
      headVersion: "1.2.5-r0",
      liveBytes: 4096,
      wastedBytes: 600_000,
    },
  ],
  moves: [{ from: "/srv/a|b", to: "/srv/c`d", bytes: 12_345, files: 1 }],
  findings: {
    new: [
      {
        id: "0f1e2d3c4b5a",
        rule: "apk-index",
        title: "The package index is kept",
        severity: "warn",
        inBase: false,
        contentBytes: 2_210_000,
      },
    ],
    fixed: [
      {
        id: "ff11ff11ff11",
        rule: "logs",
        title: "A log of 3 lines",
        severity: "info",
        inBase: false,
        contentBytes: 999,
      },
    ],
  },
  omitted: {},
};

/** Exceeds budgets of every kind, with a baseline and a Dockerfile. */
export const api: ImageVerdict = {
  name: "api",
  passed: false,
  image: head.image,
  sizes: head.sizes,
  wastedBytes: head.wastedBytes,
  efficiency: head.efficiency,
  diff,
  missingBaseline: null,
  budgets: [
    budget({
      status: "failed",
      limit: 127_999_999,
      limitText: "127999999 B",
      over: 1,
      contributors: [
        { kind: "package", key: "apk/gcc", amount: 90_000_000 },
        { kind: "path", key: `/srv/${HOSTILE}`, amount: 1_200_000 },
      ],
      next: "imgweigh why ghcr.io/acme/api:pr-7 apk/gcc",
    }),
    budget({
      id: "content maxIncrease",
      bound: "maxIncrease",
      status: "failed",
      measured: 8_000_000,
      limit: 2_400_000,
      limitText: "2%",
      over: 5_600_000,
      contributors: [{ kind: "instruction", key: "RUN apk add gcc | tee log", amount: 7_000_000 }],
      next: "imgweigh diff ghcr.io/acme/api:main ghcr.io/acme/api:pr-7",
    }),
    budget({
      id: "efficiency min",
      metric: "efficiency",
      bound: "min",
      unit: "ratio",
      status: "failed",
      measured: 0.9671875,
      head: 0.9671875,
      base: 0.98,
      limit: 0.97,
      limitText: "0.97",
      over: 0.0028125,
      contributors: [{ kind: "path", key: "/var/cache/apk/APKINDEX.tar.gz", amount: 2_210_000 }],
      next: "imgweigh suggest ghcr.io/acme/api:pr-7",
      origin: { file: "imgweigh.yaml", line: 9, key: "images[0].budgets[1]" },
    }),
    budget({ id: "content max path:/usr/**", scope: { kind: "path", glob: "/usr/**" } }),
    budget({
      id: "blob max",
      metric: "blob",
      status: "skipped",
      measured: null,
      head: null,
      base: null,
      over: null,
      reason: "not available",
    }),
  ],
  findings: [
    { finding: finding({}), level: "error", fails: true, isNew: true },
    {
      finding: finding({
        id: "aa11aa11aa11",
        rule: "documentation",
        title: `Pages of ${HOSTILE}`,
        severity: "info",
        bytes: { content: 40_000, tar: null, blob: null },
        exact: { content: false, tar: false, blob: false },
        line: null,
        docsUrl: "https://unpkg.com/@imgweigh/core/rules/documentation.md",
      }),
      level: "warn",
      fails: false,
      isNew: false,
    },
  ],
  ignored: [
    {
      finding: finding({ id: "bb22bb22bb22", rule: "apk-log", title: "The log of apk is kept", line: 3 }),
      reason: '=HYPERLINK("https://evil.test")',
      until: "2027-01-31",
    },
  ],
  planBytes: 2_250_000,
  dockerfile: "./build/Dockerfile",
  origin: { file: "imgweigh.yaml", line: 3, key: "images[0]" },
  notes: ["The ignore of logs in line 12 matched nothing."],
};

/** Passes; has neither a baseline nor a Dockerfile. */
export const worker: ImageVerdict = {
  name: "worker",
  passed: true,
  image: { reference: "ghcr.io/acme/worker:pr-7", digest: null, configDigest: null, platform: null },
  sizes: { contentBytes: 9_000_000, tarBytes: null, blobBytes: null, rootfsBytes: 9_000_000 },
  wastedBytes: 0,
  efficiency: 1,
  diff: null,
  missingBaseline: null,
  budgets: [
    budget({
      measured: 9_000_000,
      head: 9_000_000,
      base: null,
      limit: 10_000_000,
      limitText: "10 MB",
      origin: { file: "imgweigh.yaml", line: 20, key: "images[1].budgets[0]" },
    }),
    budget({
      id: "layers maxIncrease",
      metric: "layers",
      bound: "maxIncrease",
      unit: "count",
      status: "skipped",
      measured: null,
      head: 3,
      base: null,
      limit: 1,
      limitText: "1",
      over: null,
      reason: "no baseline",
      origin: { file: "imgweigh.yaml", line: 21, key: "images[1].budgets[1]" },
    }),
  ],
  findings: [],
  ignored: [],
  planBytes: 0,
  dockerfile: null,
  origin: { file: "imgweigh.yaml", line: 17, key: "images[1]" },
  notes: [],
};

/** Named to break out of whatever it is put into; asked for by flags alone. */
export const hostile: ImageVerdict = {
  ...worker,
  name: HOSTILE,
  passed: false,
  image: { ...worker.image, reference: HOSTILE },
  budgets: [
    budget({
      id: HOSTILE,
      scope: { kind: "path", glob: `/${HOSTILE}` },
      status: "failed",
      limitText: HOSTILE,
      over: 3,
      contributors: [{ kind: "path", key: HOSTILE, amount: 3 }],
      next: `imgweigh why ${HOSTILE}`,
      origin: { file: null, line: null, key: "--max" },
    }),
  ],
  findings: [
    {
      finding: finding({ id: "cc33cc33cc33", title: HOSTILE, instruction: HOSTILE, line: null }),
      level: "warn",
      fails: false,
      isNew: null,
    },
  ],
  ignored: [],
  notes: [HOSTILE],
  origin: { file: null, line: null, key: "image" },
};

export const checked: CheckResult = {
  schemaVersion: 1,
  passed: false,
  images: [worker, api, hostile],
  unchecked: [],
  notes: ["imgweigh.yaml has no effect on --max."],
};

/** Passes: one image, nothing to say. */
export const passing: CheckResult = {
  schemaVersion: 1,
  passed: true,
  images: [{ ...worker, budgets: worker.budgets.slice(0, 1) }],
  unchecked: [],
  notes: [],
};

/** Not passed, though no image fails: one could not be analysed. */
export const incomplete: CheckResult = {
  ...passing,
  passed: false,
  unchecked: ["sidecar"],
  notes: ["sidecar was not checked: IMAGE_NOT_FOUND: no such image"],
};
