import { readFileSync, realpathSync } from "node:fs";
import { ran } from "../e2e/tools.ts";
import type { ApkFile, ApkPackage, ApkRepository } from "../support/apk-repository.ts";
import { filler } from "../support/tar-bytes.ts";
import { makeLibrary, makeProgram } from "./programs.ts";

/**
 * The packages that the Alpine pairs install. They have the names that rules look at, and dependencies as Alpine's have
 * them; their files are filler, but for those that run.
 */

const GCC = "13.2.1_git20240309-r0";

/** Filler that differs from that of every other size. */
const bytes = (length: number, mode = 0o755): ApkFile => ({ content: filler(length, length), mode });
const script = (...lines: readonly string[]): ApkFile => ({ content: ["#!/bin/sh", ...lines, ""].join("\n") });

/** Writes `-o FILE`, whatever the other arguments: a ready-made program in place of a compiled one. */
function compiler(program: string): ApkFile {
  return script(
    "# A stand-in for a compiler: what it writes was made before.",
    'while [ "$1" != -o ]; do shift; done',
    `cp ${program} "$2"`,
  );
}

async function toolchain(): Promise<ApkPackage[]> {
  const hello = await makeProgram({ prints: "hello from C", dataBytes: 3001 });
  const cxx = await makeProgram({ prints: "hello from C++", needed: ["libstdc++.so.6"], dataBytes: 5003 });
  const libgcc = await makeLibrary("libgcc_s.so.1", 15013);
  const libstdcxx = await makeLibrary("libstdc++.so.6", 250007, ["libgcc_s.so.1"]);
  return [
    {
      name: "gcc",
      version: GCC,
      depends: ["binutils", "musl-dev", "so:libmpc.so.3"],
      provides: [`cmd:gcc=${GCC}`],
      files: {
        "usr/bin/gcc": compiler("/usr/libexec/gcc/hello"),
        "usr/libexec/gcc/hello": { content: hello },
        "usr/libexec/gcc/x86_64-alpine-linux-musl/13.2.1/cc1": bytes(700001),
      },
    },
    {
      name: "g++",
      version: GCC,
      depends: [`gcc=${GCC}`, `libstdc++=${GCC}`],
      provides: [`cmd:g++=${GCC}`],
      files: {
        "usr/bin/g++": compiler("/usr/libexec/gcc/hello-cxx"),
        "usr/libexec/gcc/hello-cxx": { content: cxx },
        "usr/libexec/gcc/x86_64-alpine-linux-musl/13.2.1/cc1plus": bytes(600011),
        "usr/include/c++/13.2.1/string": bytes(20011, 0o644),
      },
    },
    {
      name: "libgcc",
      version: GCC,
      provides: ["so:libgcc_s.so.1=1"],
      files: { "usr/lib/libgcc_s.so.1": { content: libgcc } },
    },
    {
      name: "libstdc++",
      version: GCC,
      depends: ["so:libgcc_s.so.1"],
      provides: ["so:libstdc++.so.6=6.0.32"],
      files: {
        "usr/lib/libstdc++.so.6.0.32": { content: libstdcxx },
        "usr/lib/libstdc++.so.6": { link: "libstdc++.so.6.0.32" },
      },
    },
    {
      name: "mpc1",
      version: "1.3.1-r1",
      provides: ["so:libmpc.so.3=3.3.1"],
      files: { "usr/lib/libmpc.so.3.3.1": bytes(60013), "usr/lib/libmpc.so.3": { link: "libmpc.so.3.3.1" } },
    },
    {
      name: "musl-dev",
      version: "1.2.5-r0",
      provides: ["pc:musl=1.2.5"],
      files: { "usr/include/stdio.h": bytes(6011, 0o644), "usr/lib/libc.a": bytes(300007, 0o644) },
    },
    {
      name: "binutils",
      version: "2.42-r0",
      provides: ["cmd:ld=2.42-r0"],
      files: { "usr/bin/ld": bytes(400009), "usr/bin/as": bytes(200003) },
    },
    {
      name: "make",
      version: "4.4.1-r2",
      provides: ["cmd:make=4.4.1-r2"],
      files: { "usr/bin/make": bytes(120011) },
    },
  ];
}

async function applications(): Promise<ApkPackage[]> {
  const bash = await makeProgram({ prints: "a shell, as it were", dataBytes: 700027 });
  return [
    {
      name: "git",
      version: "2.45.2-r0",
      depends: ["ca-certificates", "so:libpcre2-8.so.0"],
      provides: ["cmd:git=2.45.2-r0"],
      files: { "usr/bin/git": bytes(300017), "usr/libexec/git-core/git-remote-http": bytes(150011) },
    },
    {
      name: "git-doc",
      version: "2.45.2-r0",
      installIf: ["docs", "git=2.45.2-r0"],
      files: { "usr/share/man/man1/git.1.gz": bytes(18013, 0o644) },
    },
    { name: "docs", version: "0.3-r6", files: {} },
    {
      name: "bash",
      version: "5.2.26-r0",
      depends: ["/bin/sh", "so:libreadline.so.8"],
      provides: ["cmd:bash=5.2.26-r0"],
      files: { "bin/bash": { content: bash } },
    },
    {
      name: "bash-doc",
      version: "5.2.26-r0",
      installIf: ["docs", "bash=5.2.26-r0"],
      files: { "usr/share/man/man1/bash.1.gz": bytes(91009, 0o644), "usr/share/info/bash.info": bytes(40009, 0o644) },
    },
    {
      name: "readline",
      version: "8.2.10-r0",
      provides: ["so:libreadline.so.8=8.2"],
      files: {
        "usr/lib/libreadline.so.8.2": { content: await makeLibrary("libreadline.so.8", 180001) },
        "usr/lib/libreadline.so.8": { link: "libreadline.so.8.2" },
      },
    },
    {
      name: "pcre2",
      version: "10.43-r0",
      provides: ["so:libpcre2-8.so.0=0.12.0"],
      files: {
        "usr/lib/libpcre2-8.so.0.12.0": { content: await makeLibrary("libpcre2-8.so.0", 90001) },
        "usr/lib/libpcre2-8.so.0": { link: "libpcre2-8.so.0.12.0" },
      },
    },
    {
      name: "ca-certificates",
      version: "20240705-r0",
      files: { "usr/share/ca-certificates/list.crt": bytes(200017, 0o644) },
    },
    { name: "tzdata", version: "2024b-r0", files: { "usr/share/zoneinfo/UTC": bytes(300023, 0o644) } },
    // What writes the files that the real ones write, and nothing else of them.
    { name: "npm", version: "10.8.0-r0", files: { "usr/bin/npm": { content: NPM } } },
    { name: "py3-pip", version: "24.0-r2", files: { "usr/bin/pip": { content: PIP } } },
  ];
}

/** `npm install`: a module, the cache it came through, and the log of the run. */
const NPM = `#!/bin/sh
# A stand-in for npm: installs one module as npm does, with what npm leaves in the user's home.
[ "$1" = cache ] && { rm -rf "$HOME/.npm/_cacache"; exit 0; }
mkdir -p node_modules/left "$HOME/.npm/_cacache/content-v2/sha512/aa/bb" "$HOME/.npm/_cacache/index-v5/cc" "$HOME/.npm/_logs"
printf '{"name":"left","version":"1.0.0"}\\n' > node_modules/left/package.json
head -c 90001 /bin/busybox > node_modules/left/index.js
head -c 300007 /bin/busybox > "$HOME/.npm/_cacache/content-v2/sha512/aa/bb/0123"
head -c 1009 /bin/busybox > "$HOME/.npm/_cacache/index-v5/cc/4567"
head -c 2003 /bin/busybox > "$HOME/.npm/_logs/2026-01-01T00_00_00_000Z-debug-0.log"
`;

/** `pip install`: a package, its RECORD, and the cache it came through, unless --no-cache-dir says not to. */
const PIP = `#!/bin/sh
# A stand-in for pip: installs one package as pip does, with what pip leaves in the user's home.
site=/usr/lib/python3.12/site-packages
mkdir -p $site/left $site/left-1.0.dist-info
printf 'Metadata-Version: 2.1\\nName: left\\nVersion: 1.0\\n' > $site/left-1.0.dist-info/METADATA
printf 'pip\\n' > $site/left-1.0.dist-info/INSTALLER
head -c 70001 /bin/busybox > $site/left/__init__.py
printf 'left/__init__.py,,70001\\nleft-1.0.dist-info/METADATA,,\\nleft-1.0.dist-info/INSTALLER,,\\nleft-1.0.dist-info/RECORD,,\\n' > $site/left-1.0.dist-info/RECORD
case " $* " in *" --no-cache-dir "*) exit 0 ;; esac
[ -z "$PIP_NO_CACHE_DIR" ] || exit 0
mkdir -p "$HOME/.cache/pip/http-v2/a/b" "$HOME/.cache/pip/wheels/c"
head -c 400009 /bin/busybox > "$HOME/.cache/pip/http-v2/a/b/0123.body"
head -c 50021 /bin/busybox > "$HOME/.cache/pip/wheels/c/left-1.0-py3-none-any.whl"
`;

/** About as many as Alpine's main repository lists. */
const LISTED = 4000;

/** What most pairs install from. */
export async function mainRepository(): Promise<ApkRepository> {
  return { packages: [...(await toolchain()), ...(await applications())], listed: LISTED };
}

/** Files that a program of this machine needs to run anywhere, itself included. */
async function withLibraries(program: string): Promise<Record<string, ApkFile>> {
  const text = (await ran("ldd", [program])).toString();
  const paths = [program, ...[...text.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] as string)];
  return Object.fromEntries(
    paths.map((path) => [path.slice(1), { content: readFileSync(realpathSync(path)), mode: 0o755 }]),
  );
}

/** A binutils whose strip is this machine's own, with the C library that it was built for. */
export async function stripRepository(): Promise<ApkRepository> {
  const program = await makeProgram({ prints: "hello from C", dataBytes: 3001, debugBytes: 900007 });
  const packages: ApkPackage[] = [
    {
      name: "binutils",
      version: "2.42-r0",
      provides: ["cmd:strip=2.42-r0"],
      files: await withLibraries("/usr/bin/strip"),
    },
    {
      name: "gcc",
      version: GCC,
      depends: ["binutils"],
      files: { "usr/bin/gcc": compiler("/usr/libexec/gcc/hello"), "usr/libexec/gcc/hello": { content: program } },
    },
  ];
  return { packages, listed: 0 };
}
