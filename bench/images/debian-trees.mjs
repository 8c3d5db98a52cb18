import { execFile } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { whereIs } from "../measuring/tools.mjs";
import { withDirectories } from "./plain-layers.mjs";
import { tarOf } from "./tar-bytes.mjs";

const execute = promisify(execFile);
const MOST_OUTPUT = 2 ** 28;
/** As if nothing were installed: what a package needs is then all that it needs. */
const FROM_NOTHING = ["-o", "Dir::State::status=/dev/null", "-o", "APT::Sandbox::User=root"];

/** What each layer brings, with everything that it needs and no layer before has: 5 GB together. */
const GROUPS = [
  ["?essential", "apt"],
  ["build-essential", "clang", "llvm-dev", "libboost-all-dev", "gfortran", "linux-headers-amd64", "git", "cmake"],
  ["texlive-latex-extra", "texlive-fonts-recommended", "texlive-fonts-extra", "texlive-science"],
  [
    ...["golang-go", "golang-src", "rustc", "rust-src", "cargo", "default-jdk-headless", "maven", "nodejs", "npm"],
    ...["python3-scipy", "python3-pandas", "python3-sklearn", "r-base", "ghc", "ruby-full", "php-cli"],
  ],
  [
    ...["libreoffice-writer", "libreoffice-calc", "qtbase5-dev", "libgtk-3-dev", "papirus-icon-theme"],
    ...["adwaita-icon-theme", "fonts-noto-core"],
  ],
];
/** For a look at whether all this still works: two packages, and nothing of what they need. */
const TINY_GROUPS = [["hostname"], ["sed"]];

/** Trees that are stored again with another owner, as a late `chown -R` does, and those that are deleted. */
const AGAIN = ["usr/include", "usr/src", "usr/lib/python3", "usr/share/nodejs", "usr/share/texlive/texmf-dist/fonts"];
const REMOVED = ["usr/share/doc", "usr/share/man", "usr/share/locale"];
const SMALL_FILES = 10_000;

/** Why no Debian packages can be unpacked here; null where they can. */
export function whyNoDebian() {
  const missing = ["apt-get", "dpkg-deb", "tar"].filter((program) => whereIs(program) === null);
  if (missing.length > 0) return `this is no Debian: no ${missing.join(", ")}`;
  return process.getuid?.() === 0 ? null : "not root: owners of files would be lost";
}

const output = async (program, args, options) =>
  (await execute(program, args, { maxBuffer: MOST_OUTPUT, ...options })).stdout;

/** Names and versions of a group and of everything that it needs. */
async function closure(packages) {
  const args = ["install", "--print-uris", "-qq", "-y", "--no-install-recommends", ...FROM_NOTHING, ...packages];
  const lines = (await output("apt-get", args)).split("\n").filter((line) => line.startsWith("'"));
  return lines.map((line) => {
    const [name, version] = line.split(" ")[1].split("_");
    return `${name}=${decodeURIComponent(version)}`;
  });
}

/** Extracts a package and gives what dpkg would record of it. */
async function unpack(deb, root) {
  const list = await output("bash", [
    "-c",
    'set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar -xvC "$2"',
    "-",
    deb,
    root,
  ]);
  const control = await output("dpkg-deb", ["-f", deb]);
  const name = /^Package: (.*)$/m.exec(control)[1];
  const paths = list.split("\n").map((path) => path.replace(/^\.(?=\/)/, "").replace(/(?<=.)\/$/, ""));
  const stanza = control.replace(/^(Package: .*)$/m, "$1\nStatus: install ok installed");
  return { name, stanza: `${stanza.trimEnd()}\n`, list: `/.\n${paths.filter((path) => path.length > 1).join("\n")}\n` };
}

/** Downloads packages and extracts them into a tree of their own; gives the records, by name. */
async function unpackAll(packages, root) {
  const debs = `${root}.debs`;
  await mkdir(debs, { recursive: true });
  await mkdir(root, { recursive: true });
  await execute("apt-get", ["download", "-qq", ...FROM_NOTHING, ...packages], { cwd: debs, maxBuffer: MOST_OUTPUT });
  const files = (await output("ls", [debs])).split("\n").filter((file) => file.endsWith(".deb"));
  const records = [];
  const work = async () => {
    for (let deb = files.shift(); deb !== undefined; deb = files.shift())
      records.push(await unpack(join(debs, deb), root));
  };
  await Promise.all(Array.from({ length: cpus().length }, work));
  await rm(debs, { recursive: true });
  return records.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The database as it stands after a layer: all packages so far, and the lists of the new ones. */
async function writeDatabase(root, all, added) {
  const put = async (path, text) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await put("var/lib/dpkg/status", all.map(({ stanza }) => stanza).join("\n"));
  for (const { name, list } of added) await put(`var/lib/dpkg/info/${name}.list`, list);
}

const pack = (folder, out, ...args) =>
  execute("tar", ["-C", folder, "--sort=name", "--numeric-owner", "-cf", out, ...args]);

function* application(count) {
  for (const path of REMOVED) yield { path: path.replace(/[^/]*$/, ".wh.$&") };
  for (let i = 0; i < count; i++)
    yield { path: `srv/app/part-${Math.floor(i / 100)}/${i}.txt`, text: `${i}\n`.repeat(40) };
}

/** The layers' tars, in a folder: one for each group, one stored again, and the application. */
async function makeTars(folder, tiny) {
  const groups = tiny ? TINY_GROUPS : GROUPS;
  const tars = [];
  const trees = [];
  let before = new Set();
  let all = [];
  for (const [index] of groups.entries()) {
    const wanted = tiny ? groups[index] : await closure(groups.slice(0, index + 1).flat());
    const root = join(folder, `tree-${index}`);
    const added = await unpackAll(
      wanted.filter((name) => !before.has(name)),
      root,
    );
    before = new Set([...before, ...wanted]);
    all = [...all, ...added];
    await writeDatabase(root, all, added);
    tars.push(join(folder, `${index}.tar`));
    await pack(root, tars.at(-1), ".");
    trees.push(root);
  }
  const stored = trees.flatMap((root) =>
    AGAIN.filter((path) => existsSync(join(root, path))).map((path) => ["-C", root, path]),
  );
  if (stored.length > 0) {
    tars.push(join(folder, "again.tar"));
    await pack("/", tars.at(-1), "--owner=1000", "--group=1000", ...stored.flat());
  }
  for (const root of trees) await rm(root, { recursive: true });
  return tars;
}

/**
 * An image of real Debian packages, each unpacked by dpkg-deb and recorded as dpkg does: 7 layers, 5 GB, for which it
 * downloads 1.3 GB. `tiny` takes two small packages.
 */
export async function debianImage(folder, { tiny }) {
  const made = join(folder, "debian");
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { recursive: true });
  const tars = await makeTars(made, tiny);
  const chunks = tars.map((tar) => () => createReadStream(tar, { highWaterMark: 2 ** 20 }));
  const top = () => tarOf(withDirectories(application(tiny ? 100 : SMALL_FILES)));
  return { layers: [...chunks, top], remove: () => rm(made, { recursive: true, force: true }) };
}
