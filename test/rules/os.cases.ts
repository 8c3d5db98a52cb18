import { expect } from "vitest";
import { elfBytes } from "../support/elf-bytes.ts";
import { aptInstalled, aptPurged, dnfInstalled, dpkgState, type OsPackage } from "../support/os-packages.ts";
import type { CaseImage, RuleCase } from "../support/rule-case.ts";
import { file, filler, type TarEntry, whiteout } from "../support/tar-bytes.ts";

type Layer = CaseImage["layers"][number];

const program = (...needed: string[]): Buffer =>
  elfBytes({ bits: 64, little: true, machine: 62, interpreter: "/lib64/ld-linux-x86-64.so.2", needed });
const library = (soname: string): Buffer => elfBytes({ bits: 64, little: true, machine: 62, soname });

const LIBC: OsPackage = { name: "libc6", files: [file("lib64/ld-linux-x86-64.so.2", 5000)], required: true };
const CPP: OsPackage = { name: "cpp", files: [file("usr/bin/cpp", 30_000)], auto: true };
const OPENMP: OsPackage = {
  name: "libgomp1",
  files: [file("usr/lib/x86_64-linux-gnu/libgomp.so.1", library("libgomp.so.1"))],
  auto: true,
};
const GCC: OsPackage = { name: "gcc", files: [file("usr/bin/gcc", 40_000)], depends: ["cpp", "libgomp1"] };
const MAKE: OsPackage = { name: "make", files: [file("usr/bin/make", 9000)] };

const SOURCE: Layer = { by: "COPY dir:1 in /src", entries: [file("src/app.c", 300)] };
const APP: TarEntry = file("usr/local/bin/app", program("libgomp.so.1"), { mode: 0o755 });
const COMMAND = { config: { Cmd: ["/usr/local/bin/app"] } };

/** On a base with a C library alone, by dpkg. */
function onDebian(...layers: readonly Layer[]): CaseImage {
  return { base: 1, layers: [{ by: "ADD file:1 in /", entries: aptInstalled([LIBC], []) }, ...layers] };
}

const aptToolchain: RuleCase = {
  rule: "apt-toolchain",
  fires: {
    ...onDebian(
      { by: "RUN apt-get install -y gcc make", entries: aptInstalled([GCC, MAKE, CPP, OPENMP], [LIBC]) },
      SOURCE,
      { by: "RUN gcc -fopenmp -o /usr/local/bin/app /src/app.c", entries: [APP] },
    ),
    config: COMMAND,
  },
  fixed: {
    ...onDebian(SOURCE, { by: "RUN all of it", entries: [APP, ...aptInstalled([{ ...OPENMP, auto: false }], [LIBC])] }),
    config: COMMAND,
  },
  nearMiss: {
    ...onDebian({ by: "RUN apt-get install -y gcc", entries: aptInstalled([GCC, CPP, OPENMP], [LIBC]) }),
    config: { config: { Entrypoint: ["gcc"] } },
  },
  also: ([finding, ...others], { plan }) => {
    expect(others).toEqual([]);
    expect(finding?.fix.kind).toBe("join-runs");
    expect(finding?.fix.text).toContain("apt-mark manual libgomp1 && apt-get purge -y --auto-remove gcc make");
    expect(finding?.exact.content).toBe(false);
    expect(finding?.title).toBe(
      "gcc, make stay in the image with 1 package that came with them, though only the build needs them",
    );
    expect(plan.findings).toContain(finding?.id);
  },
};

const PSMISC: OsPackage = {
  name: "psmisc",
  files: [file("usr/bin/killall", 8000)],
  depends: ["libtinfo6"],
  auto: true,
};
const TINFO: OsPackage = { name: "libtinfo6", files: [file("usr/lib/libtinfo.so.6", 6000)], auto: true };
const CERTIFICATES: OsPackage = { name: "ca-certificates", files: [file("etc/ssl/cert.pem", 7000)], auto: true };
const PROCPS: OsPackage = {
  name: "procps",
  files: [file("usr/bin/ps", 5000)],
  recommends: ["psmisc", "ca-certificates"],
};

const aptRecommends: RuleCase = {
  rule: "apt-recommends",
  fires: onDebian({
    by: "RUN apt-get update && apt-get install -y procps",
    entries: aptInstalled([PROCPS, PSMISC, TINFO, CERTIFICATES], [LIBC]),
  }),
  fixed: onDebian({ by: "RUN less", entries: aptInstalled([PROCPS, { ...CERTIFICATES, auto: false }], [LIBC]) }),
  nearMiss: onDebian(
    {
      // What needs it is asked for, and what a later RUN starts.
      by: "RUN apt-get install -y procps lsof",
      entries: aptInstalled(
        [PROCPS, PSMISC, TINFO, { name: "lsof", files: [file("usr/bin/lsof", 100)], depends: ["libtinfo6"] }],
        [LIBC],
      ),
    },
    { by: "RUN killall -V", entries: [file("srv/version", 10)] },
  ),
  also: ([finding, ...others]) => {
    expect(others).toEqual([]);
    expect(finding?.title).toContain("libtinfo6, psmisc");
    expect(finding?.fix.change?.after).toContain("apt-get install --no-install-recommends -y procps ca-certificates");
  },
};

const GIT: OsPackage = { name: "git", files: [file("usr/bin/git", 20_000)], depends: ["libcurl3"] };
const CURL: OsPackage = { name: "libcurl3", files: [file("usr/lib/libcurl.so.3", 6000)], auto: true };

const aptAutoOrphan: RuleCase = {
  rule: "apt-auto-orphan",
  fires: onDebian(
    { by: "RUN apt-get install -y git", entries: aptInstalled([GIT, CURL], [LIBC]) },
    { by: "RUN git --version && apt-get remove -y --purge git", entries: aptPurged([GIT], [LIBC, CURL]) },
  ),
  fixed: onDebian({ by: "RUN both", entries: dpkgState([LIBC], []) }),
  nearMiss: onDebian(
    { by: "RUN apt-get install -y git", entries: aptInstalled([GIT, CURL], [LIBC]) },
    {
      // It was brought, and something that was built needs it.
      by: "RUN make app && apt-get remove -y --purge git",
      entries: [
        file("usr/local/bin/app", program("libcurl.so.3"), { mode: 0o755 }),
        ...aptPurged([GIT], [LIBC, { ...CURL, auto: false }]),
      ],
    },
  ),
  also: ([finding, ...others]) => {
    expect(others).toEqual([]);
    expect(finding?.title).toContain("libcurl3 is needed by nothing");
    expect(finding?.fix.change?.after).toContain("apt-get remove --auto-remove -y --purge git");
  },
};

const aptSplitPurge: RuleCase = {
  rule: "apt-split-purge",
  fires: onDebian(
    {
      by: "RUN apt-get update && apt-get install -y make",
      entries: [...aptInstalled([MAKE], [LIBC]), file("var/lib/apt/lists/deb_InRelease", 3000)],
    },
    {
      by: "RUN make app && apt-get purge -y make && rm -rf /var/lib/apt/lists/*",
      entries: [file("srv/app", 500), ...aptPurged([MAKE], [LIBC]), whiteout("var/lib/apt/lists/deb_InRelease")],
    },
  ),
  fixed: onDebian({ by: "RUN both", entries: [file("srv/app", 500), ...dpkgState([LIBC], [])] }),
  nearMiss: onDebian(
    { by: "RUN apt-get update && apt-get install -y make", entries: aptInstalled([MAKE], [LIBC]) },
    // Takes away only what the base brought.
    { by: "RUN apt-get clean && rm /lib64/ld-linux-x86-64.so.2", entries: [whiteout("lib64/ld-linux-x86-64.so.2")] },
  ),
  also: ([finding, ...others], { plan }) => {
    expect(others).toEqual([]);
    expect(finding?.title).toContain("1 package is removed in another RUN");
    expect(finding?.fix.kind).toBe("join-runs");
    expect(plan.findings).toContain(finding?.id);
  },
};

const upgraded: OsPackage = { ...LIBC, version: "2", files: [file("lib64/ld-linux-x86-64.so.2", 5100)] };

const aptUpgradeShadowsBase: RuleCase = {
  rule: "apt-upgrade-shadows-base",
  fires: onDebian({ by: "RUN apt-get update && apt-get -y upgrade", entries: aptInstalled([upgraded], []) }),
  fixed: {
    base: 1,
    layers: [
      { by: "ADD file:1 in /", entries: dpkgState([LIBC]) },
      { by: "RUN apt-get update && apt-get -y upgrade", entries: aptInstalled([upgraded], []) },
    ],
  },
  nearMiss: onDebian(
    { by: "RUN apt-get install -y make", entries: aptInstalled([MAKE], [LIBC]) },
    {
      by: "RUN apt-get -y upgrade",
      entries: aptInstalled([{ ...MAKE, version: "2", files: [file("usr/bin/make", 9100)] }], [LIBC]),
    },
  ),
  also: ([finding, ...others]) => {
    expect(others).toEqual([]);
    expect(finding?.fix.kind).toBe("change-base");
  },
};

const SERVER: OsPackage = { name: "nginx", files: [file("etc/nginx.conf", 900), file("usr/sbin/nginx", 9000)] };
const REMOVED: OsPackage = { ...SERVER, state: "config-files", files: [file("etc/nginx.conf", 900)] };

const aptConfigFiles: RuleCase = {
  rule: "apt-config-files",
  fires: onDebian({
    by: "RUN apt-get install -y nginx && nginx -T && apt-get remove -y nginx",
    entries: [file("srv/config", 70), ...aptInstalled([REMOVED], [LIBC])],
  }),
  fixed: onDebian({ by: "RUN …", entries: [file("srv/config", 70), ...dpkgState([LIBC], [])] }),
  nearMiss: onDebian({ by: "RUN apt-get install -y nginx", entries: aptInstalled([SERVER], [LIBC]) }),
  also: ([finding, ...others]) => {
    expect(others).toEqual([]);
    expect(finding?.fix.change?.after).toContain("apt-get remove --purge -y nginx");
  },
};

const GLIBC: OsPackage = { name: "glibc", files: [file("lib64/ld-linux-x86-64.so.2", 5000)] };
const MINIMAL: OsPackage = { name: "glibc-minimal-langpack", files: [file("usr/share/minimal", 10)] };

/** On a base with a C library alone, by rpm. */
function onFedora(...layers: readonly Layer[]): CaseImage {
  return { base: 1, layers: [{ by: "ADD file:1 in /", entries: dnfInstalled([GLIBC, MINIMAL], []) }, ...layers] };
}

const RPM_BASE = [GLIBC, MINIMAL];

const dnfToolchain: RuleCase = {
  rule: "dnf-toolchain",
  fires: {
    ...onFedora(
      { by: "RUN dnf install -y gcc make", entries: dnfInstalled([GCC, MAKE, CPP, OPENMP], RPM_BASE) },
      SOURCE,
      { by: "RUN gcc -fopenmp -o /usr/local/bin/app /src/app.c", entries: [APP] },
    ),
    config: COMMAND,
  },
  fixed: {
    ...onFedora(SOURCE, { by: "RUN all of it", entries: [APP, ...dnfInstalled([OPENMP], RPM_BASE)] }),
    config: COMMAND,
  },
  nearMiss: {
    ...onFedora({ by: "RUN dnf install -y gcc", entries: dnfInstalled([GCC, CPP, OPENMP], RPM_BASE) }),
    config: { config: { Entrypoint: ["gcc"] } },
  },
  also: ([finding, ...others]) => {
    expect(others).toEqual([]);
    expect(finding?.fix.text).toContain("dnf mark user libgomp1 && dnf remove -y gcc make");
  },
};

const dnfWeakDeps: RuleCase = {
  rule: "dnf-weak-deps",
  fires: onFedora({
    by: "RUN dnf install -y procps",
    entries: dnfInstalled([PROCPS, PSMISC, TINFO, CERTIFICATES], RPM_BASE),
  }),
  fixed: onFedora({ by: "RUN less", entries: dnfInstalled([PROCPS, CERTIFICATES], RPM_BASE) }),
  nearMiss: onFedora({
    by: "RUN dnf install -y --setopt=install_weak_deps=False procps",
    entries: dnfInstalled([PROCPS, PSMISC, TINFO], RPM_BASE),
  }),
  also: ([finding, ...others]) => {
    expect(others).toEqual([]);
    expect(finding?.fix.change?.after).toContain(
      "dnf install --setopt=install_weak_deps=False -y procps ca-certificates",
    );
  },
};

const FRENCH: OsPackage = {
  name: "glibc-langpack-fr",
  files: [file("usr/lib/locale/fr_FR.utf8/LC_ALL", filler(9000))],
};
const GERMAN: OsPackage = {
  name: "glibc-langpack-de",
  files: [file("usr/lib/locale/de_DE.utf8/LC_ALL", filler(8000))],
};

const rpmLangpacks: RuleCase = {
  rule: "rpm-langpacks",
  fires: {
    ...onFedora({
      by: "RUN dnf install -y make glibc-langpack-fr glibc-langpack-de",
      entries: dnfInstalled([MAKE, FRENCH, GERMAN], RPM_BASE),
    }),
    config: { config: { Env: ["LANG=de_DE.UTF-8"] } },
  },
  fixed: {
    ...onFedora({ by: "RUN dnf install -y make glibc-langpack-de", entries: dnfInstalled([MAKE, GERMAN], RPM_BASE) }),
    config: { config: { Env: ["LANG=de_DE.UTF-8"] } },
  },
  nearMiss: {
    ...onFedora({ by: "RUN dnf install -y glibc-langpack-de", entries: dnfInstalled([GERMAN], RPM_BASE) }),
    config: { config: { Env: ["LANG=de_DE.UTF-8"] } },
  },
  also: ([finding, ...others]) => {
    expect(others).toEqual([]);
    expect(finding?.title).toBe("Locales that the environment does not ask for: glibc-langpack-fr");
    expect(finding?.fix.change?.after).toContain("dnf install -y make glibc-langpack-de");
  },
};

export const OS_CASES: readonly RuleCase[] = [
  aptAutoOrphan,
  aptConfigFiles,
  aptRecommends,
  aptSplitPurge,
  aptToolchain,
  aptUpgradeShadowsBase,
  dnfToolchain,
  dnfWeakDeps,
  rpmLangpacks,
];
