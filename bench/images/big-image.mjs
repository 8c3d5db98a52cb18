import { debianDatabase } from "./debian-database.mjs";
import { skewedSize, withDirectories } from "./plain-layers.mjs";

const PER_PACKAGE = 100;
const MEAN_BYTES = 12_000;

/** Trees that later layers delete as a whole. */
const REMOVED = ["usr/share/doc", "usr/share/man", "var/cache"];
const TREES = ["usr/lib", ...REMOVED, "usr/bin", "etc"];
const SHARED = ["usr/share/texmf", "usr/include", "usr/src", "usr/lib/jvm"];

/** A path in a tree of packages: as deep and as long as those of a distribution. */
function pathOf(trees, i) {
  const tree = trees[i % trees.length];
  const owner = `package-${Math.floor(i / PER_PACKAGE)}`;
  return `${tree}/${owner}/part-${Math.floor(i / 20)}/module_name-${i}.data`;
}

function* files(trees, count, seed, owner = 0) {
  for (let i = 0; i < count; i++) {
    yield { path: pathOf(trees, i), seed: seed + i, bytes: skewedSize(i, MEAN_BYTES), uid: owner };
  }
}

function packagesOf(count) {
  return Array.from({ length: Math.ceil(count / PER_PACKAGE) }, (_, index) => {
    const first = index * PER_PACKAGE;
    const length = Math.min(PER_PACKAGE, count - first);
    const paths = Array.from({ length }, (_, i) => pathOf(TREES, first + i));
    return { name: `package-${index}`, depends: index === 0 ? [] : [`package-${index >> 1}`], paths };
  });
}

/**
 * What a distribution with compilers, fonts and an application on it looks like, and what is done to it: two large
 * layers, a part of the second again with another owner, whole trees deleted, many small files on top.
 */
export function bigImage({ entries }) {
  const half = Math.floor(entries * 0.4);
  const again = Math.floor(entries * 0.1);
  const small = Math.floor(entries * 0.1);
  function* base() {
    yield* files(TREES, half, 0);
    yield* debianDatabase(packagesOf(half));
  }
  function* data() {
    for (let i = 0; i < small; i++)
      yield { path: `srv/data/${Math.floor(i / 100)}/${i}.txt`, text: `${i}\n`.repeat(40) };
  }
  const layers = [
    base,
    () => files(SHARED, half, 1e9),
    () => files(SHARED, again, 1e9, 1000),
    () => REMOVED.map((path) => ({ path: path.replace(/[^/]*$/, ".wh.$&") })),
    data,
  ];
  const steps = [
    "/bin/sh -c #(nop) ADD file:rootfs.tar in / ",
    "/bin/sh -c #(nop) ADD file:shared.tar in / ",
    "/bin/sh -c chown -R 1000:1000 /usr/share/texmf /usr/include /usr/src",
    "/bin/sh -c rm -rf /usr/share/doc /usr/share/man /var/cache",
    "/bin/sh -c #(nop) COPY dir:data in /srv/data ",
  ];
  return { layers: layers.map((entriesOf) => () => withDirectories(entriesOf())), steps };
}
