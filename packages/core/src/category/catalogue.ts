/**
 * What kind of thing a file is, as data. Categories stand in order of precedence: a file that several would claim goes to
 * the first. So a compiler's manual pages are build toolchain, a package index is a package cache whoever owns it, and
 * what nothing claims is application.
 */

export type Category =
  | "version-control"
  | "package-cache"
  | "logs"
  | "temporary"
  | "debug-symbols"
  | "source-maps"
  | "build-toolchain"
  | "headers-static-libs"
  | "docs-locales"
  | "tests-examples"
  | "language-runtime"
  | "os-base"
  | "application";

/** How a file is recognised. Any one suffices. Paths are relative to the root; `~` stands for any home directory. */
export interface CategoryRule {
  readonly category: Category;
  /** For people: `imgweigh` prints it as the row's name. */
  readonly title: string;
  /** Everything below these directories; those that a tool fills by itself are {@link PLACES}. */
  readonly directories?: readonly string[];
  /** Everything below directories of these names, wherever they are; `a/b` is a `b` in an `a`. */
  readonly names?: readonly string[];
  /** The same, only inside packages of programming languages. */
  readonly namesInPackages?: readonly string[];
  /** Ends of file names. */
  readonly suffixes?: readonly string[];
  /** Ends of file names, only inside packages of programming languages. */
  readonly suffixesInPackages?: readonly string[];
  /** Names of OS packages (apk, deb, rpm, pacman), `*` for anything. */
  readonly packages?: readonly string[];
}

/** Directories in which language packages are installed: what is a test there is nobody's application. */
export const PACKAGE_DIRECTORIES: readonly string[] = [
  "node_modules",
  "site-packages",
  "dist-packages",
  "gems",
  "vendor",
  "lib/python3",
  "go/pkg/mod",
];

export const CATEGORY_RULES: readonly CategoryRule[] = [
  { category: "version-control", title: "version control", names: [".git", ".svn", ".hg", ".bzr", "CVS"] },
  {
    category: "package-cache",
    title: "package-manager caches",
    // An archive of a gem waits to be unpacked, wherever it lies.
    suffixes: [".eslintcache", ".gem"],
  },
  { category: "logs", title: "logs", directories: ["var/log"], suffixes: [".log"] },
  { category: "temporary", title: "temporary files", directories: ["tmp", "var/tmp"] },
  {
    category: "debug-symbols",
    title: "debug symbols",
    directories: ["usr/lib/debug"],
    suffixes: [".debug", ".dwo", ".dwp", ".pdb"],
    packages: ["*-dbg", "*-dbgsym", "*-debuginfo", "*-debugsource"],
  },
  {
    category: "source-maps",
    title: "source maps",
    suffixes: [".js.map", ".mjs.map", ".cjs.map", ".css.map", ".ts.map"],
  },
  {
    category: "build-toolchain",
    title: "build toolchain",
    directories: [
      "usr/local/rustup",
      "~/.rustup",
      "usr/local/cargo/bin",
      "~/.cargo/bin",
      "usr/lib/gcc",
      "usr/libexec/gcc",
      "usr/lib/rustlib",
      "usr/share/maven",
      "usr/share/gradle",
      "~/.ghcup",
    ],
    packages: [
      "build-base",
      "alpine-sdk",
      "abuild",
      "build-essential",
      "base-devel",
      "gcc",
      "gcc-[0-9]*",
      "gcc-*-base",
      "gcc-c++",
      "gcc-gnat",
      "g++*",
      "cpp",
      "cpp-*",
      "clang*",
      "llvm*",
      "lld*",
      "mold",
      "fortify-headers",
      "binutils*",
      "make",
      "cmake",
      "cmake-*",
      "samurai",
      "ninja*",
      "meson",
      "autoconf*",
      "automake*",
      "libtool*",
      "m4",
      "bison",
      "flex",
      "patch",
      "pkgconf*",
      "pkgconfig",
      "pkg-config",
      "go",
      "golang*",
      "rust",
      "rustc",
      "cargo*",
      "gfortran*",
      "nasm",
      "yasm",
      "swig",
      "gdb",
      "strace",
      "ltrace",
      "valgrind",
      "dpkg-dev",
      "debhelper",
      "fakeroot",
      "libfakeroot",
      "rpm-build*",
      "redhat-rpm-config",
      "annobin*",
      "maven",
      "gradle",
      "ghc*",
      "cabal*",
      "stack",
      "isl",
      "isl[0-9]*",
      "mpc1",
      "mpfr4",
      "libmpc3",
      "libmpfr6",
      "libisl*",
      "libasan*",
      "libtsan*",
      "liblsan*",
      "libubsan*",
      "libhwasan*",
      "libitm*",
      "libquadmath*",
      "libcc1-*",
      "libgcc-*-dev",
      "libstdc++-*-dev",
      "openjdk*-jdk*",
      "java-*-openjdk-devel",
    ],
  },
  {
    category: "headers-static-libs",
    title: "headers and static libraries",
    directories: [
      "usr/include",
      "usr/local/include",
      "usr/share/aclocal",
      "usr/lib/cmake",
      "usr/share/cmake",
      "usr/share/pkgconfig",
    ],
    names: ["lib/pkgconfig", "lib64/pkgconfig", "lib/cmake", "lib64/cmake"],
    suffixes: [".a", ".la"],
    packages: ["*-dev", "*-devel", "*-static", "*-headers", "libc-dev-bin", "libc6-dev*", "linux-libc-dev*"],
  },
  {
    category: "docs-locales",
    title: "documentation and locales",
    directories: [
      "usr/share/doc",
      "usr/share/man",
      "usr/share/info",
      "usr/share/gtk-doc",
      "usr/share/help",
      "usr/share/groff",
      "usr/share/lintian",
      "usr/share/linda",
      "usr/share/locale",
      "usr/share/i18n",
      "usr/lib/locale",
      "usr/local/share/doc",
      "usr/local/share/man",
      "usr/local/man",
      "usr/local/share/info",
      "usr/local/share/locale",
      "usr/share/licenses",
    ],
    namesInPackages: ["docs", "doc", "ri", "rdoc"],
    suffixesInPackages: [".md", ".rst", ".markdown"],
    packages: ["*-doc", "*-docs", "*-lang", "*-langpack*", "man-pages", "man-db", "mandoc*", "locales", "locales-all"],
  },
  {
    category: "tests-examples",
    title: "tests and examples",
    namesInPackages: [
      "test",
      "tests",
      "__tests__",
      "spec",
      "testdata",
      "fixtures",
      "example",
      "examples",
      "idle_test",
      "benchmark",
      "benchmarks",
    ],
  },
  {
    category: "language-runtime",
    title: "language runtimes",
    directories: [
      "usr/lib/jvm",
      "opt/java",
      "usr/share/dotnet",
      "usr/lib/dotnet",
      "usr/local/lib/node_modules/npm",
      "usr/local/lib/node_modules/corepack",
      "usr/local/lib/ruby",
      "usr/local/lib/php",
      "usr/local/lib/perl5",
    ],
    names: ["lib/python3", "lib/python2"],
    packages: [
      "python2*",
      "python3",
      "python3-minimal",
      "python3.[0-9]*",
      "libpython3*",
      "python3-libs",
      "nodejs*",
      "node",
      "libnode*",
      "ruby",
      "ruby[0-9]*",
      "ruby-libs",
      "libruby*",
      "perl",
      "perl-*base*",
      "perl-libs",
      "libperl*",
      "perl-modules*",
      "php",
      "php[0-9]*",
      "php-*",
      "openjdk*",
      "java-*-openjdk*",
      "lua*",
      "liblua*",
      "erlang*",
      "tcl",
      "tcl[0-9]*",
      "libtcl*",
      "dotnet*",
      "aspnetcore*",
      "mono*",
      "guile*",
    ],
  },
  { category: "os-base", title: "operating system" },
  { category: "application", title: "application" },
];

/** Categories in order of precedence. */
export const CATEGORIES: readonly Category[] = CATEGORY_RULES.map(({ category }) => category);

/** The name of a category for people. */
export function categoryTitle(category: string): string {
  return CATEGORY_RULES.find((rule) => rule.category === category)?.title ?? category;
}
