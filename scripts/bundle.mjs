// Makes the programs of the packages out of their sources: few files load several times faster than hundreds. The
// declarations beside them are tsc's. What is loaded lazily stays in files of its own, and nothing is minified. What
// stands under `dependencies` of a package stays where the package manager puts it; what is imported from its
// `devDependencies` is bundled too, with its licence at the end of the file.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { bundlePage } from "./bundle-page.mjs";

/** What is started or imported by its name in `dist/`, from `src/`; a worker's file stands here too. */
const ENTRIES = {
  core: [
    "index.ts",
    ...["config", "extend", "ledger", "lint", "report", "results"].map((door) => `doors/${door}.ts`),
    "layer/layer-worker.ts",
  ],
  page: ["index.ts"],
  cli: ["bin.ts"],
};

/** What a package has in `dist/` beside its programs. */
const ASSETS = { page: bundlePage };

/** What dockerode needs for BuildKit's sessions and for ssh, neither of which is used: four fifths of its loading time. */
const LEFT_OUT = /^(?:@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|ssh2)$/;

const leaveOut = {
  name: "leave-out",
  resolveId: (name) => (LEFT_OUT.test(name) ? `\0${name}` : null),
  load: (id) => (id.startsWith("\0") && LEFT_OUT.test(id.slice(1)) ? "module.exports = {};" : null),
};

/** What string-width makes as soon as it is loaded, 10 ms and more each, and as it is made when it is first asked for. */
const LATER = [
  [
    "const segmenter = new Intl.Segmenter();",
    "let made; const segmenter = { segment: (text) => (made ??= new Intl.Segmenter()).segment(text) };",
  ],
  [
    "const rgiEmojiRegex = /^\\p{RGI_Emoji}$/v;",
    'let emoji; const rgiEmojiRegex = { test: (text) => (emoji ??= new RegExp("^\\\\p{RGI_Emoji}$", "v")).test(text) };',
  ],
];

/** Those that no module had: another version of string-width may be written in other words. */
const unseen = new Set(LATER);

/** Help and tables need string-width, and next to never what it knows of emoji. */
const makeLater = {
  name: "make-later",
  transform: {
    filter: { id: /\/node_modules\/string-width\/index\.js$/ },
    // No line moves, so that what maps to the sources is as it was.
    handler: (code) => {
      const found = LATER.filter(([now]) => code.includes(now));
      for (const line of found) unseen.delete(line);
      return { code: found.reduce((text, [now, later]) => text.replace(now, () => later), code), map: null };
    },
  },
};

/** The folders of other people's packages that modules come from. */
function packagesOf(modules) {
  const folders = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? []);
  return [...new Set(folders)].sort();
}

async function licenceOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? "" : (await readFile(join(folder, file), "utf8")).replaceAll("*/", "* /").trim();
  return `/*! ${name} ${version} (${license})\n\n${text}\n*/`;
}

/** The licences of what a bundle's modules come from, as they stand at its end. */
async function licencesOf(modules) {
  return (await Promise.all(packagesOf(modules).map(licenceOf))).join("\n");
}

async function bundle(folder, entries) {
  const { dependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const outside = Object.keys(dependencies);
  const built = await rolldown({
    cwd: folder,
    input: Object.fromEntries(entries.map((entry) => [entry.replace(/^.*\/|\.ts$/g, ""), join("src", entry)])),
    external: (name) => outside.some((one) => name === one || name.startsWith(`${one}/`)),
    platform: "node",
    tsconfig: false,
    plugins: [leaveOut, makeLater],
  });
  try {
    const { output } = await built.generate({
      dir: "dist",
      format: "esm",
      sourcemap: true,
      minify: false,
      entryFileNames: "[name].js",
      chunkFileNames: "[name].js",
      footer: ({ moduleIds }) => licencesOf(moduleIds),
    });
    return new Map(output.map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source]));
  } finally {
    await built.close();
  }
}

/** Writes what differs only: another run of the program may be loading the rest. */
async function write(dist, files) {
  for (const [name, text] of files) {
    const path = join(dist, name);
    await mkdir(dirname(path), { recursive: true });
    if ((await readFile(path, "utf8").catch(() => null)) !== text) await writeFile(path, text);
  }
  for (const name of await readdir(dist, { recursive: true })) {
    if (/\.js(?:\.map)?$/.test(name) && !files.has(name)) await rm(join(dist, name));
  }
}

export async function bundlePackages() {
  for (const [name, entries] of Object.entries(ENTRIES)) {
    const folder = fileURLToPath(new URL(`../packages/${name}`, import.meta.url));
    const assets = (await ASSETS[name]?.(folder, licencesOf)) ?? [];
    await write(join(folder, "dist"), new Map([...(await bundle(folder, entries)), ...assets]));
  }
  if (unseen.size > 0) throw new Error(`string-width no longer says: ${[...unseen].map(([now]) => now).join(" ")}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePackages();
