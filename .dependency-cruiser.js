/*
 * The import law: a room of packages/core/src imports only rooms that stand before it in this list, and kernel files.
 * test/architecture plants a forbidden import for each rule below, because a checker that sees no modules reports no
 * violations either.
 */
const core = "packages/core/src";

/** Lowest first. A room whose code is still to come has its place already. */
const rooms = [
  "oci",
  "dockerfile",
  "archive",
  "source",
  "layer",
  "cache",
  "image",
  "tree",
  "package-db",
  "category",
  "base",
  "ledger",
  "build",
  "edit",
  "runtime",
  "manager",
  "judge",
  "finding",
  "diff",
  "check",
  "lint",
  "input",
  "report",
];
const kernel = "(?:errors|bytes|escape|trim-ends|image-path|progress|warning)\\.ts$";

/** Rooms that compute: the same input gives the same bytes, whatever the machine, the clock or the network. */
const pure = rooms
  .filter((room) => !["archive", "source", "layer", "cache", "image", "input"].includes(room))
  .join("|");
const io = "^(?:node:)?(?:fs|net|http|https|http2|tls|dgram|dns|child_process|worker_threads|stream|zlib)(?:/|$)";

const roomRules = rooms.map((room, i) => ({
  name: `room:${room}`,
  severity: "error",
  comment: `${room}/ may import only: ${rooms.slice(0, i).join(", ") || "nothing but kernel files"}`,
  from: { path: `^${core}/${room}/` },
  to: { path: `^${core}/`, pathNot: [`^${core}/${kernel}`, `^${core}/(?:${rooms.slice(0, i + 1).join("|")})/`] },
}));

export default {
  forbidden: [
    ...roomRules,
    {
      name: "kernel-imports-nothing",
      comment: "everybody relies on the kernel files; they rely on each other only",
      severity: "error",
      from: { path: `^${core}/${kernel}` },
      to: { pathNot: `^${core}/${kernel}` },
    },
    {
      name: "pure-rooms",
      severity: "error",
      from: { path: `^${core}/(?:${pure})/` },
      to: { path: io },
    },
    {
      name: "io-through-rooms",
      comment: "image/, analyze.ts and check-images.ts drive, the rooms below them read",
      severity: "error",
      from: { path: `^${core}/(?:image/|[^/]+$)` },
      to: { path: io },
    },
    {
      name: "docker-only-in-engine",
      severity: "error",
      from: { path: "^packages/", pathNot: `^${core}/source/engine/` },
      to: { path: "(?:^|/)node_modules/(?:dockerode|docker-modem|@types/dockerode)(?:/|$)" },
    },
    {
      name: "http-only-in-registry",
      comment: "one client knows where credentials may go",
      severity: "error",
      from: { path: "^packages/", pathNot: `^${core}/source/registry/` },
      to: { path: "(?:^|/)node_modules/undici(?:/|$)" },
    },
    {
      name: "formats-only-in-archive",
      comment:
        "tar and compression have one wrapper each, with the traps taken care of; a page only packs its own data",
      severity: "error",
      from: { path: "^packages/", pathNot: `^${core}/archive/|^packages/page/src/render-page\\.ts$` },
      to: { path: "(?:^|/)node_modules/(?:tar-stream|@types/tar-stream|fzstd)(?:/|$)|^(?:node:)?zlib$" },
    },
    {
      name: "cli-uses-public-core",
      comment: "the program has nothing that a user of the library has not",
      severity: "error",
      from: { path: "^packages/cli/" },
      to: { path: "^packages/core/", pathNot: "^packages/core/dist/(?:(?:index|doors/[a-z]+)\\.d\\.ts|[a-z]+\\.js)$" },
    },
    {
      name: "core-knows-no-cli",
      severity: "error",
      from: { path: "^packages/core/" },
      to: { path: "^packages/(?:cli|page)/" },
    },
    {
      name: "page-knows-the-library",
      comment: "a page is made of results, which anybody can have",
      severity: "error",
      from: { path: "^packages/page/" },
      to: {
        path: "^packages/(?:core|cli)/",
        pathNot: "^packages/core/dist/(?:(?:index|doors/[a-z]+)\\.d\\.ts|[a-z]+\\.js)$",
      },
    },
    {
      name: "a-browser-has-no-node",
      comment: "src/app runs in a browser, and src/data on both sides",
      severity: "error",
      from: { path: "^packages/page/src/(?:app|data)/" },
      to: { pathNot: "^packages/page/src/(?:app|data)/|(?:^|/)node_modules/(?:@types/)?d3-hierarchy/" },
    },
    {
      name: "no-unresolvable",
      comment: "what cannot be resolved cannot be checked; build first, so that the CLI finds the core package",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: ["node_modules", "^packages/(?:core|page)/dist/"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "node", "default"],
    },
  },
};
