import { debianDatabase } from "./debian-database.mjs";
import { withDirectories } from "./plain-layers.mjs";

const range = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const file = (path, seed) => ({ path, seed, bytes: 20 });
const whiteout = (path) => path.replace(/[^/]*$/, ".wh.$&");
const inHundreds = (i) => `srv/dir-${Math.floor(i / 100)}/file-${i}`;

/** Each layer stores 20 files of its own, ten that every layer stores, and removes ten of the layer before. */
const manyLayers = (n) =>
  range(n, (layer) => [
    ...range(20, (i) => file(`srv/layer-${layer}/file-${i}`, layer * 100 + i)),
    ...range(10, (i) => file(`srv/shared/file-${i}`, layer * 100 + 50 + i)),
    ...(layer === 0 ? [] : range(10, (i) => ({ path: `srv/layer-${layer - 1}/.wh.file-${i}` }))),
  ]);

const fileWhiteouts = (n) => [
  range(n, (i) => file(inHundreds(i), i)),
  range(n, (i) => ({ path: whiteout(inHundreds(i)) })),
];

/** Files on a base that has as many, copied in and then removed one by one. */
const deletedOnBase = (n) => [
  range(n, (i) => file(`usr/share/${inHundreds(i)}`, i)),
  range(n, (i) => file(inHundreds(i), n + i)),
  range(n, (i) => ({ path: whiteout(inHundreds(i)) })),
];

/** A directory each, emptied by the next layer. */
const opaqueDirectories = (n) => [
  range(n, (i) => file(`srv/dir-${i}/file`, i)),
  range(n, (i) => [{ path: `srv/dir-${i}/.wh..wh..opq` }, file(`srv/dir-${i}/other`, n + i)]).flat(),
];

const FILES_PER_PACKAGE = 10;
const ownFiles = (name) => range(FILES_PER_PACKAGE, (i) => `usr/lib/${name}/file-${i}`);
const storedFiles = (name, seed) => ownFiles(name).map((path, i) => file(path, seed * FILES_PER_PACKAGE + i));
/** Each needs an earlier one, and all but a few are needed. */
const earlier = (i) => (i === 0 ? [] : [`package-${i >> 1}`]);

/** The second layer removes a tenth, as a later step of a build does. */
function debianPackages(n) {
  const packages = range(n, (i) => ({ name: `package-${i}`, depends: earlier(i), paths: ownFiles(`package-${i}`) }));
  const kept = packages.slice(0, Math.ceil(n * 0.9));
  const gone = packages.slice(kept.length);
  return [
    [...packages.flatMap(({ name }, i) => storedFiles(name, i)), ...debianDatabase(packages)],
    [
      ...gone.flatMap(({ name }) => [{ path: `usr/lib/.wh.${name}` }, { path: `var/lib/dpkg/info/.wh.${name}.list` }]),
      { ...debianDatabase(kept).next().value },
    ],
  ];
}

const apkRecord = (i) =>
  [
    `C:Q1${Buffer.from(String(i).padStart(20, "0"), "latin1").toString("base64")}`,
    `P:package-${i}`,
    "V:1.0-r0",
    "A:x86_64",
    "S:1000",
    "I:2000",
    `T:package ${i}`,
    ...earlier(i).map((name) => `D:${name}`),
    `F:usr/lib/package-${i}`,
    ...range(FILES_PER_PACKAGE, (j) => `R:file-${j}`),
    "",
  ].join("\n");

function alpinePackages(n) {
  const installed = (count) => ({ path: "lib/apk/db/installed", text: `${range(count, apkRecord).join("\n")}\n` });
  const world = (count) => ({
    path: "etc/apk/world",
    text: `${range(Math.ceil(count / 2), (i) => `package-${count - 1 - i}`).join("\n")}\n`,
  });
  const kept = Math.ceil(n * 0.9);
  return [
    [...range(n, (i) => storedFiles(`package-${i}`, i)).flat(), installed(n), world(n)],
    [...range(n - kept, (i) => ({ path: `usr/lib/.wh.package-${kept + i}` })), installed(kept), world(kept)],
  ];
}

const manifest = (i) =>
  JSON.stringify({
    name: `package-${i}`,
    version: "1.0.0",
    dependencies: Object.fromEntries(earlier(i).map((name) => [name, "^1.0.0"])),
  });

const nodePackages = (n) => [
  [
    {
      path: "app/package.json",
      text: JSON.stringify({
        name: "app",
        version: "1.0.0",
        dependencies: Object.fromEntries(range(Math.ceil(n / 2), (i) => [`package-${n - 1 - i}`, "^1.0.0"])),
      }),
    },
    ...range(n, (i) => [
      { path: `app/node_modules/package-${i}/package.json`, text: manifest(i) },
      file(`app/node_modules/package-${i}/index.js`, i),
    ]).flat(),
  ],
];

const pythonPackages = (n) => [
  range(n, (i) => {
    const folder = "usr/lib/python3/dist-packages";
    const info = `package_${i}-1.0.dist-info`;
    const requires = earlier(i).map((name) => `Requires-Dist: ${name}\n`);
    return [
      {
        path: `${folder}/${info}/METADATA`,
        text: `Metadata-Version: 2.1\nName: package-${i}\nVersion: 1.0\n${requires.join("")}`,
      },
      { path: `${folder}/${info}/RECORD`, text: `package_${i}/__init__.py,,\n${info}/METADATA,,\n${info}/RECORD,,\n` },
      file(`${folder}/package_${i}/__init__.py`, i),
    ];
  }).flat(),
];

/** One directory; the second layer stores a quarter of it again, the third removes all of it, the fourth is as the first. */
const largeDirectory = (n) => {
  const all = (seed) => range(n, (i) => file(`srv/data/file-${i}`, seed + i));
  return [all(0), all(n).slice(0, n >> 2), [{ path: "srv/.wh.data" }], all(2 * n).slice(0, n >> 2)];
};

/** Paths of so many bytes, that differ from their first component on. */
function longPath(i, bytes) {
  const head = `srv/${String(i).padStart(9, "0")}`;
  return `${head}${"/abcdefghi".repeat(Math.ceil(bytes / 10))}`.slice(0, bytes - 2).concat("xx");
}

const longPaths = (n, bytes = 4000) => [
  range(n, (i) => file(longPath(i, bytes), i)),
  range(n >> 1, (i) => file(longPath(i, bytes), n + i)),
];

/** Equal content, many times over. */
const equalFiles = (n) => [range(n, (i) => ({ path: inHundreds(i), text: `content of ${i % 1000}\n` }))];
const hardLinks = (n) => [
  [file("srv/one", 0), ...range(n, (i) => ({ path: inHundreds(i), type: "1", linkName: "srv/one" }))],
  [file("srv/one", 1)],
];
/** No directory is an entry of its own here: one at `lib` would take the link's place. */
const linkedParents = (n) => [
  [
    file("usr/lib/here", 2 * n),
    { path: "lib", type: "2", linkName: "usr/lib" },
    ...range(n, (i) => file(`lib/dir-${i % 1000}/file-${i}`, i)),
  ],
  range(n >> 1, (i) => file(`usr/lib/dir-${i % 1000}/file-${i}`, n + i)),
];

/** What should cost so much for each item, however many there are: items at full length, and the layers for n of them. */
export const SHAPES = [
  { name: "layers", item: "layer", n: 1_000, layersOf: manyLayers },
  { name: "whiteouts", item: "whiteout", n: 100_000, layersOf: fileWhiteouts },
  { name: "whiteouts of copied files", item: "whiteout", n: 50_000, layersOf: deletedOnBase },
  { name: "opaque directories", item: "directory", n: 50_000, layersOf: opaqueDirectories },
  { name: "packages of dpkg", item: "package", n: 10_000, layersOf: debianPackages },
  { name: "packages of apk", item: "package", n: 10_000, layersOf: alpinePackages },
  { name: "packages of npm", item: "package", n: 10_000, layersOf: nodePackages },
  { name: "packages of Python", item: "package", n: 10_000, layersOf: pythonPackages },
  { name: "files of one directory", item: "file", n: 500_000, layersOf: largeDirectory },
  { name: "paths of 4,000 bytes", item: "path", n: 2_000, layersOf: longPaths, implied: true },
  { name: "bytes of each of 1,000 paths", item: "byte", n: 4_000, layersOf: (n) => longPaths(1_000, n), implied: true },
  { name: "equal files", item: "file", n: 200_000, layersOf: equalFiles },
  { name: "hard links to one file", item: "link", n: 200_000, layersOf: hardLinks },
  { name: "files below a linked parent", item: "file", n: 200_000, layersOf: linkedParents, implied: true },
];

/** The layers of a shape, as entries with the directories above them. */
export const shapedLayers = ({ layersOf, implied = false }, n) =>
  layersOf(n).map((entries) => () => (implied ? entries : withDirectories(entries)));
