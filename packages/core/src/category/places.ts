import type { Category } from "./catalogue.ts";

/** Directories that a tool fills, and would fill again. */
export interface Place {
  /** What fills them, for people. */
  readonly tool: string;
  readonly category: Category;
  /**
   * Everything in the directories, so each ends in a component of two stars. `~` stands for any home directory.
   * {@link PathGlobs} says what else may stand there.
   */
  readonly globs: readonly string[];
  /** What makes the contents again where they are missed. */
  readonly refilledBy: string;
}

const cache = (tool: string, refilledBy: string, ...globs: readonly string[]): Place => ({
  tool,
  category: "package-cache",
  globs,
  refilledBy,
});
const toolchain = (tool: string, refilledBy: string, ...globs: readonly string[]): Place => ({
  tool,
  category: "build-toolchain",
  globs,
  refilledBy,
});

/**
 * The one list of places: categories are told by it, and the rules that find what is left in one take their globs from
 * here, so that what a rule calls a cache is in no other row of the table of categories.
 */
export const PLACES = {
  // Package managers of distributions.
  apk: cache("apk", "apk update", "var/cache/apk/**", "etc/apk/cache/**"),
  aptLists: cache("apt", "apt-get update", "var/lib/apt/lists/**"),
  aptArchives: cache("apt", "apt-get install", "var/cache/apt/**"),
  dnf: cache("dnf", "dnf makecache", "var/cache/dnf/**", "var/cache/libdnf5/**", "~/.cache/libdnf5/**"),
  yum: cache("yum", "yum makecache", "var/cache/yum/**"),
  zypper: cache("zypper", "zypper refresh", "var/cache/zypp/**"),
  pacmanPackages: cache("pacman", "pacman -S", "var/cache/pacman/**"),
  pacmanSync: cache("pacman", "pacman -Sy", "var/lib/pacman/sync/**"),
  portage: cache(
    "Portage",
    "emerge --sync",
    "var/db/repos/**",
    "usr/portage/**",
    "var/cache/distfiles/**",
    "var/cache/binpkgs/**",
  ),
  xbps: cache("xbps", "xbps-install -S", "var/cache/xbps/**"),
  opkg: cache("opkg", "opkg update", "var/opkg-lists/**"),
  brew: cache("Homebrew", "brew install", "~/.cache/Homebrew/**"),
  ldconfig: cache("ldconfig", "ldconfig", "var/cache/ldconfig/**"),
  // Python
  pip: cache("pip", "pip install", "~/.cache/pip/**"),
  pythonTools: cache(
    "uv, Pipenv, Poetry, PDM",
    "their next install",
    "~/.cache/{uv,pipenv}/**",
    "~/.cache/pypoetry/{cache,artifacts}/**",
    "~/.cache/pdm/{http,wheels,metadata,hashes}/**",
  ),
  conda: cache(
    "conda",
    "conda install",
    "{opt,usr/local}/{conda,miniconda*,mambaforge*,miniforge*,micromamba,anaconda*}/pkgs/**",
    "~/{miniconda*,mambaforge*,miniforge*,micromamba,anaconda*}/pkgs/**",
    "~/.conda/pkgs/**",
  ),
  // JavaScript
  npm: cache("npm", "npm ci", "~/.npm/**"),
  yarn: cache(
    "Yarn",
    "yarn install",
    "usr/local/share/.cache/yarn/**",
    "~/.cache/yarn/**",
    "~/.yarn/berry/cache/**",
    "**/.yarn/cache/**",
  ),
  pnpm: cache("pnpm", "pnpm install", "~/.local/share/pnpm/store/**", "**/.pnpm-store/**", "**/pnpm/store/v*/**"),
  bun: cache("Bun", "bun install", "~/.bun/install/cache/**"),
  deno: cache("Deno", "deno cache", "~/.cache/deno/**", "deno-dir/**"),
  nodeGyp: cache("node-gyp", "node-gyp install", "~/.cache/node-gyp/**", "~/.node-gyp/**"),
  corepack: cache("Corepack", "corepack install", "~/.cache/node/**"),
  electron: cache("Electron", "npm ci", "~/.cache/electron/**", "~/.cache/electron-builder/**"),
  browsers: cache("Playwright, Puppeteer, Cypress", "their install", "~/.cache/{ms-playwright,puppeteer,Cypress}/**"),
  javascriptBuilds: cache(
    "bundlers and build tools of JavaScript",
    "the next build",
    "**/.next/cache/**",
    "**/.angular/cache/**",
    "**/.nx/cache/**",
    "**/.turbo/**",
    "**/.parcel-cache/**",
    "**/node_modules/{.cache,.vite}/**",
  ),
  // Go, Rust
  goModules: cache("go", "go mod download", "go/pkg/mod/**", "~/go/pkg/mod/**"),
  goBuilds: cache("go", "go build", "~/.cache/go-build/**"),
  goToolchain: toolchain("go", "FROM golang", "usr/local/go/**", "usr/lib/go/**", "~/sdk/go*/**"),
  cargo: cache("Cargo", "cargo fetch", "~/.cargo/{registry,git}/**", "usr/local/cargo/{registry,git}/**"),
  rustToolchain: toolchain(
    "rustup",
    "rustup toolchain install",
    "~/.rustup/{toolchains,downloads,tmp}/**",
    "usr/local/rustup/{toolchains,downloads,tmp}/**",
  ),
  // JVM
  maven: cache("Maven", "mvn dependency:go-offline", "~/.m2/{repository,wrapper}/**"),
  gradle: cache("Gradle", "gradle build", "~/.gradle/{caches,wrapper,daemon,native,notifications,jdks}/**"),
  scala: cache(
    "sbt, Ivy, Coursier, Kotlin/Native",
    "the next build",
    "~/.ivy2/**",
    "~/.sbt/**",
    "~/.cache/coursier/**",
    "~/.konan/**",
  ),
  // .NET, PHP, Ruby, Perl, Erlang, Haskell, OCaml and others
  nuget: cache("NuGet", "dotnet restore", "~/.nuget/packages/**", "~/.local/share/NuGet/**"),
  dotnetSdk: toolchain(
    ".NET SDK",
    "FROM mcr.microsoft.com/dotnet/sdk",
    "usr/{share,lib,lib64}/dotnet/{sdk,packs,templates,sdk-manifests,library-packs}/**",
  ),
  composer: cache("Composer", "composer install", "~/.composer/cache/**", "~/.cache/composer/**"),
  bundler: cache("Bundler", "bundle install", "~/.bundle/cache/**", "usr/local/bundle/cache/**"),
  cpan: cache("CPAN", "cpan, cpanm", "~/.cpan/**", "~/.cpanm/**"),
  erlang: cache("Mix, Hex, rebar3", "mix deps.get", "~/.hex/**", "~/.mix/**", "~/.cache/{rebar3,mix,hex}/**"),
  haskell: cache(
    "cabal, Stack",
    "cabal build, stack build",
    "~/.cabal/{packages,store,logs}/**",
    "~/.cache/cabal/**",
    "~/.local/state/cabal/**",
    "~/.stack/**",
  ),
  ghcup: toolchain("GHCup", "ghcup install", "~/.ghcup/{ghc,cache,share,tmp}/**"),
  opam: cache(
    "opam",
    "opam install",
    "~/.opam/{download-cache,repo,log}/**",
    "~/.opam/*/.opam-switch/{sources,build}/**",
  ),
  otherLanguages: cache(
    "pub, Julia, LuaRocks, Nim, Zig, SwiftPM",
    "the next build",
    "~/.pub-cache/**",
    "~/.julia/{registries,logs}/**",
    "~/.cache/{luarocks,nim,zig}/**",
    "**/.build/{checkouts,repositories,artifacts}/**",
  ),
  // C and C++, deployment
  compilerCaches: cache(
    "ccache, sccache, Bazel, Conan, vcpkg",
    "the next build",
    "~/.ccache/**",
    "~/.cache/{ccache,sccache,bazelisk,vcpkg}/**",
    "~/.cache/bazel/_bazel_*/{cache,install}/**",
    "~/.conan/data/**",
    "~/.conan2/p/**",
    "**/vcpkg/{buildtrees,downloads}/**",
  ),
  deploymentTools: cache("Helm, Ansible", "their next run", "~/.cache/helm/**", "~/.ansible/{tmp,cp}/**"),
  terraform: cache("Terraform", "terraform init", "~/.cache/terraform/**"),
} as const satisfies Readonly<Record<string, Place>>;
