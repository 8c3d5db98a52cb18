import type { Facts } from "../facts.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";
import type { StoredFile } from "../rule.ts";

/** Node's names of processors, by Go's, which images use. */
const PROCESSORS: Readonly<Record<string, string>> = {
  amd64: "x64",
  arm64: "arm64",
  "386": "ia32",
  arm: "arm",
  ppc64le: "ppc64",
  s390x: "s390x",
  riscv64: "riscv64",
  loong64: "loong64",
};
const ALL_PROCESSORS = new Set([...Object.values(PROCESSORS), "armv6", "armv7", "mips64el", "mips", "ppc", "x86"]);
const SYSTEMS = new Set(["aix", "android", "darwin", "freebsd", "netbsd", "openbsd", "sunos", "win32", "windows"]);

/** The name of a directory or package that holds binaries of one platform: `linux-x64-musl`, `darwin-x64+arm64`. */
const PLATFORM =
  /\/(?:prebuilds\/([^/]+)\/([^/]*)|@(?:esbuild|swc|img|rollup|parcel|next|tailwindcss|napi-rs|biomejs|oxc-\w+|node-rs|resvg)\/([^/]+)\/|(?:lightningcss|turbo|sass-embedded)-((?:linux|darwin|win32|windows|android|freebsd)[^/]*)\/)/;

/** Whether words of a name say that what it holds runs on another system, processor or C library than the image's. */
function isForeign(name: string, { ledger }: Facts): boolean {
  const words = name
    .toLowerCase()
    .replaceAll("x86_64", "x64")
    .replaceAll("aarch64", "arm64")
    .split(/[-+._]+/);
  if (words.some((word) => SYSTEMS.has(word))) return true;
  // Without a system in its name it is no platform's package: `@swc/core` holds what all need.
  if (!words.some((word) => word === "linux" || word === "linuxmusl")) return false;
  const own = PROCESSORS[ledger.image.description.platform?.architecture ?? ""];
  const processors = words.filter((word) => ALL_PROCESSORS.has(word));
  if (own !== undefined && processors.length > 0 && !processors.includes(own) && !(own === "arm" && isArm(processors)))
    return true;
  const { kind } = ledger.attribution.libc;
  const musl = words.some((word) => word.includes("musl"));
  const glibc = words.some((word) => /^(?:gnu|glibc)/.test(word));
  return (kind === "glibc" && musl && !glibc) || (kind === "musl" && glibc && !musl);
}

function isArm(processors: readonly string[]): boolean {
  return processors.some((word) => word.startsWith("armv"));
}

function countsAsForeign({ path }: StoredFile, facts: Facts): boolean {
  const match = PLATFORM.exec(`/${path}`);
  if (match === null) return false;
  const [, prebuilds, file = "", scoped, plain] = match;
  if (prebuilds !== undefined) return isForeign(prebuilds, facts) || isForeign(`${prebuilds}-${file}`, facts);
  return isForeign((scoped ?? plain) as string, facts);
}

/** `prebuilds/darwin-x64`, or a file of it where others of them are this platform's; `@img/sharp-darwin-x64` of a package. */
function platformDirectory({ path }: StoredFile, facts: Facts): string {
  const match = PLATFORM.exec(`/${path}`);
  const [all = path, prebuilds, file = ""] = match ?? [];
  if (prebuilds === undefined) return all.slice(1, -1);
  return isForeign(prebuilds, facts) ? `prebuilds/${prebuilds}` : `prebuilds/${prebuilds}/${file}`;
}

/** Binaries of native Node modules for other systems, processors and C libraries than the image has. */
export const nodePrebuilds = pathRule({
  id: "node-prebuilds",
  title: "native Node modules of other platforms",
  about:
    "Binaries that Node packages bring for other systems, processors or C libraries than this image has: told by the " +
    "platform in their name, the image's own platform, and the C library of its programs. Node loads only the matching one.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: [
    "**/node_modules/**/prebuilds/**",
    "**/node_modules/@{esbuild,swc,img,rollup,parcel,next,tailwindcss,napi-rs,biomejs,node-rs,resvg}/*/**",
    "**/node_modules/@oxc-*/*/**",
    "**/node_modules/{lightningcss,turbo,sass-embedded}-*/**",
  ],
  sentence: "Native Node modules of other platforms stay in the image",
  live: true,
  counts: countsAsForeign,
  remove: (_, facts) => ({
    command: (files) => removeDirectories(...new Set(files.map((file) => platformDirectory(file, facts))))(files),
    advice: "npm install --os=linux --cpu=x64 --libc=glibc, or supportedArchitectures of pnpm and yarn, installs none.",
    assumes: [],
  }),
});
