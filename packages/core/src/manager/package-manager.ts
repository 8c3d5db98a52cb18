import type { ImagePath } from "../image-path.ts";
import { dpkgDatabase } from "../package-db/dpkg/dpkg-db.ts";
import type { PackageDb } from "../package-db/package-db.ts";
import { rpmDatabase } from "../package-db/rpm/rpm-db.ts";

/** How a package manager with a dependency graph is spoken to. */
export interface PackageManager {
  readonly ecosystem: "deb" | "rpm";
  readonly database: PackageDb;
  readonly programs: readonly string[];
  /** Subcommands that add packages. */
  readonly installs: ReadonlySet<string>;
  /** Subcommands that take packages away. */
  readonly removes: ReadonlySet<string>;
  /** Options whose value is the next word. */
  readonly valuedOptions: ReadonlySet<string>;
  /** The package's name in a word of a command. */
  nameOf(word: string): string;
  /** The package that one of the database's own files is about; null where it is about none. */
  packageOfState(path: ImagePath): string | null;
  /** What a removal writes and nobody needs: steps before it may have cleaned it away already. */
  readonly traces: { readonly command: string; readonly paths: RegExp } | null;
  /**
   * Commands that remove packages and what only they brought, and keep others: all asked for with one of the programs.
   * Null where it has no way to.
   */
  removal(
    facts: { exists(path: ImagePath): boolean },
    program: string,
    names: readonly string[],
    keep: readonly string[],
  ): readonly string[] | null;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** apt-get(8), apt(8), aptitude(8). */
export const APT: PackageManager = {
  ecosystem: "deb",
  database: dpkgDatabase,
  programs: ["apt-get", "apt", "aptitude"],
  installs: words("install satisfy build-dep"),
  removes: words("remove purge autoremove autopurge"),
  valuedOptions: words("-o --option -t --target-release --default-release -c --config-file -a --host-architecture"),
  nameOf: (word) => /^[^=/:]*/.exec(word)?.[0] ?? word,
  packageOfState: (path) => /^var\/lib\/dpkg\/info\/(.+)\.[a-z0-9]+$/.exec(path)?.[1] ?? null,
  traces: {
    command:
      "rm -rf /var/lib/dpkg/*-old /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache",
    paths: /^var\/(?:lib\/dpkg\/[^/]+-old|log\/(?:apt\/.+|dpkg\.log|alternatives\.log)|cache\/ldconfig\/aux-cache)$/,
  },
  removal: (_facts, _program, names, keep) => [
    ...(keep.length === 0 ? [] : [`apt-mark manual ${keep.join(" ")}`]),
    `apt-get purge -y --auto-remove ${names.join(" ")}`,
  ],
};

const DNF5 = "usr/lib/sysimage/libdnf5";

/** dnf(8) 4 and 5, microdnf, yum as a name of dnf. */
export const DNF: PackageManager = {
  ecosystem: "rpm",
  database: rpmDatabase,
  programs: ["dnf", "dnf5", "microdnf", "yum"],
  installs: words("install localinstall"),
  removes: words("remove erase autoremove"),
  valuedOptions: words(
    "--setopt --enablerepo --disablerepo --repo --repoid --releasever --installroot -x --exclude -c",
  ),
  nameOf: (word) => word.replace(/\.(?:noarch|x86_64|i[3-6]86|aarch64|ppc64le|s390x|riscv64)$/, ""),
  packageOfState: () => null,
  traces: null,
  removal(facts, program, names, keep) {
    // microdnf leaves what the packages brought, and yum 3 does.
    if (program === "microdnf" || (program === "yum" && !facts.exists("usr/bin/dnf"))) return null;
    const mark = program === "dnf5" || facts.exists(DNF5) ? "user" : "install";
    return [
      ...(keep.length === 0 ? [] : [`${program} mark ${mark} ${keep.join(" ")}`]),
      `${program} remove -y ${names.join(" ")}`,
    ];
  },
};
