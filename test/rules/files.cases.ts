import { expect } from "vitest";
import { elfBytes } from "../support/elf-bytes.ts";
import { leftover } from "../support/leftover-case.ts";
import type { CaseImage, RuleCase } from "../support/rule-case.ts";
import { file } from "../support/tar-bytes.ts";

const messages = (language: string, bytes: number) => file(`usr/share/locale/${language}/LC_MESSAGES/git.mo`, bytes);
const GERMAN = [messages("de", 9000), messages("de_AT", 60), messages("de@hebrew", 50), messages("de_CH", 40)];
const FRENCH = [messages("fr", 9000), messages("fr_CA", 60)];

const AMD64 = { bits: 64, little: true, machine: 62 } as const;
const ELF = elfBytes(AMD64);
/** `e_type` 4 is a core dump. */
const CORE = Buffer.concat([ELF.subarray(0, 16), Buffer.from([4, 0]), ELF.subarray(18)]);

const elfWith = (debug: number) => elfBytes({ ...AMD64, sections: { ".text": 900, ".debug_info": debug } });
const goWith = (debug: number) =>
  elfBytes({
    ...AMD64,
    sections: { ".text": 900, ".symtab": debug },
    goBuildInfo: ["go1.22.1", "path\texample.org/app\n"],
  });

/** A RUN that makes one program. */
function compiled(by: string, program: Buffer): CaseImage {
  return { layers: [{ by, entries: [file("app/x", program, { mode: 0o755 })] }] };
}

export const FILE_CASES: readonly RuleCase[] = [
  {
    rule: "tmp-files",
    fires: {
      layers: [
        { by: "COPY dir:1 in /", entries: [file("app", "a".repeat(100))] },
        {
          by: "RUN fetch && make",
          entries: [file("tmp/archive", "t".repeat(3000)), file("var/tmp/x", "x".repeat(50)), file("out", "o")],
        },
      ],
    },
    fixed: {
      layers: [
        { by: "COPY dir:1 in /", entries: [file("app", "a".repeat(100))] },
        { by: "RUN fetch && make && rm -rf /tmp/* /var/tmp/*", entries: [file("out", "o")] },
      ],
    },
    nearMiss: { layers: [{ by: "RUN make", entries: [file("opt/tmp/x", "x".repeat(50)), file("tmp/empty", "")] }] },
  },
  {
    // What the container reads or starts by name, and what lies where it works, is not temporary.
    rule: "tmp-files",
    fires: {
      layers: [{ by: "RUN make", entries: [file("tmp/x", "x".repeat(50)), file("srv/data", "d")] }],
      config: { config: { Cmd: ["cat", "/srv/data"], WorkingDir: "/srv", Env: ["DATA=/srv/data"] } },
    },
    fixed: { layers: [{ by: "RUN make && rm -rf /tmp/*", entries: [file("srv/data", "d")] }] },
    nearMiss: {
      layers: [{ by: "RUN id > /tmp/id", entries: [file("tmp/id", "i".repeat(50))] }],
      config: { config: { Cmd: ["/bin/sh", "-c", "cat /tmp/id"] } },
    },
  },
  {
    rule: "tmp-files",
    fires: { layers: [{ by: "RUN make", entries: [file("tmp/x", "x".repeat(50))] }] },
    fixed: { layers: [] },
    nearMiss: {
      layers: [{ by: "COPY dir:1 in /tmp/app ", entries: [file("tmp/app/data", "d".repeat(50))] }],
      config: { config: { Cmd: ["/srv/run"], WorkingDir: "/tmp/app" } },
    },
  },
  {
    rule: "tmp-files",
    fires: { layers: [{ by: "RUN make", entries: [file("tmp/x", "x".repeat(50))] }] },
    fixed: { layers: [] },
    nearMiss: {
      layers: [{ by: "RUN fetch", entries: [file("tmp/ca.pem", "c".repeat(50))] }],
      config: { config: { Env: ["SSL_CERT_FILE=/tmp/ca.pem"] } },
    },
  },
  // Leftovers of tools, by where they lie.
  leftover("documentation", {
    run: "apt-get install -y less",
    waste: [file("usr/share/man/man1/less.1.gz", 9000), file("usr/share/doc/less/changelog.gz", 700)],
    nearMiss: [file("usr/share/doc/less/copyright", 900), file("usr/share/docs/x", 900)],
    says: "rm -f",
    keeps: [file("usr/share/doc/less/copyright", 900)],
  }),
  leftover("headers", {
    run: "make -C /srv install",
    waste: [file("usr/local/include/foo/foo.h", 9000), file("usr/local/include/foo/bar.h", 70)],
    nearMiss: [file("usr/local/include/foo.h", 900), file("srv/include/foo.h", 9000)],
    says: "rm -rf /usr/local/include/foo",
  }),
  leftover("static-libraries", {
    run: "make -C /srv install",
    waste: [file("usr/local/lib/libfoo.a", 9000), file("usr/local/lib/libfoo.la", 70)],
    nearMiss: [file("usr/local/lib/libfoo.so", 9000), file("srv/data.a", 9000)],
    says: "rm -f /usr/local/lib/libfoo.a",
  }),
  leftover("build-metadata", {
    run: "./build.sh install",
    waste: [file("usr/local/lib/pkgconfig/foo.pc", 4000), file("usr/local/lib/cmake/foo/foo-config.cmake", 700)],
    nearMiss: [file("usr/local/lib/pkgconfig/foo.pc", 900)],
    says: "rm -rf",
  }),
  leftover("kernel-files", {
    run: "apt-get install -y linux-image-amd64",
    waste: [file("boot/vmlinuz-6", 9000), file("usr/lib/modules/6/a.ko", 700)],
    nearMiss: [file("srv/boot/x", 900), file("usr/lib/modulesx/a", 90)],
    says: "rm -rf /boot /usr/lib/modules",
  }),
  leftover("vcs", {
    run: "fetch-sources /app",
    waste: [file("app/.git/objects/pack/a.pack", 9000), file("app/.git/config", 70)],
    nearMiss: [file("app/.github/x.yml", 900), file("app/.gitignore", 90)],
    says: "rm -rf /app/.git",
  }),
  leftover("context-junk", {
    run: "COPY dir:2 in /app",
    waste: [file("app/.github/workflows/ci.yml", 900), file("app/.DS_Store", 6148), file("app/Dockerfile", 700)],
    nearMiss: [file("app/github/x", 900), file("app/compose.py", 90), file("app/Dockerfiles/x", 90)],
    says: ".dockerignore",
    kind: "dockerignore",
    keeps: [file("app/main.py", 90)],
  }),
  leftover("dotenv-files", {
    run: "COPY dir:2 in /app",
    waste: [file("app/.env", "PASSWORD=x\n")],
    nearMiss: [file("app/.env.example", "PASSWORD=\n"), file("app/env", "x")],
    says: ".dockerignore",
    kind: "dockerignore",
  }),
  leftover("logs", {
    run: "./setup.sh",
    waste: [file("var/log/setup.log", 9000), file("app/npm-debug.log", 70)],
    nearMiss: [file("var/log/apt/history.log", 900), file("srv/log/x.log", 90)],
    says: "rm -f /app/npm-debug.log /var/log/setup.log",
  }),
  leftover("home-junk", {
    run: "wget https://example.org/x",
    waste: [file("root/.wget-hsts", 900), file("root/.bash_history", 70)],
    nearMiss: [file("root/.bashrc", 90)],
    says: "rm -rf /root/.bash_history /root/.wget-hsts",
  }),
  leftover("gnupg", {
    run: "./check.sh",
    waste: [file("root/.gnupg/pubring.kbx", 900), file("root/.gnupg/trustdb.gpg", 1200)],
    nearMiss: [file("usr/share/keyrings/x.gpg", 900)],
    says: "rm -rf /root/.gnupg",
  }),
  leftover("debug-files", {
    run: "make install",
    waste: [file("usr/lib/debug/.build-id/00/a.debug", 9000), file("app/x.dwo", 70)],
    nearMiss: [file("usr/lib/debugx/a", 900)],
    says: "rm -rf /app/x.dwo /usr/lib/debug",
  }),
  leftover("apt-lists", {
    run: "apt-get update && apt-get install -y less",
    waste: [
      file("var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages.lz4", 9000),
      file("var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_InRelease", 700),
    ],
    nearMiss: [file("var/lib/apt/lists/lock", ""), file("var/lib/apt/extended_states", 900)],
    says: "rm -rf /var/lib/apt/lists/*",
  }),
  leftover("zoneinfo-copies", {
    run: "apt-get install -y tzdata",
    waste: [file("usr/share/zoneinfo/posix/Europe/Berlin", 2298), file("usr/share/zoneinfo/right/UTC", 600)],
    nearMiss: [file("usr/share/zoneinfo/Europe/Paris", 2962), file("usr/share/zoneinfo/posix/Europe/Oslo", 2000)],
    says: "rm -rf /usr/share/zoneinfo/posix",
    keeps: [file("usr/share/zoneinfo/Europe/Berlin", 2298)],
  }),
  leftover("login-records", {
    run: "useradd -u 100070 app",
    waste: [file("var/log/lastlog", new Uint8Array(20000)), file("var/log/faillog", new Uint8Array(9000))],
    nearMiss: [file("var/log/lastlog", 292)],
    says: "useradd -l",
    keeps: [file("etc/passwd", 900)],
  }),
  leftover("unpacked-archives", {
    run: "curl -o /opt/jdk.tar.gz https://example.org/jdk && tar -C /opt -xf /opt/jdk.tar.gz",
    waste: [file("opt/jdk.tar.gz", 9000)],
    nearMiss: [file("srv/backup.tar.gz", 9000)],
    says: "rm -f /opt/jdk.tar.gz",
    keeps: [file("opt/jdk-21/bin/java", 900)],
  }),
  leftover("apt-archives", {
    run: "apt-get update && apt-get install -y less",
    waste: [
      file("var/cache/apt/archives/less_590-2_amd64.deb", 5000),
      file("var/cache/apt/archives/partial/x.deb", 70),
    ],
    nearMiss: [file("srv/less.deb", 5000), file("var/cache/apt/archives/lock", "")],
    says: "rm -f /var/cache/apt/archives/*.deb",
  }),
  leftover("apt-cache-bin", {
    run: "apt-get update",
    waste: [file("var/cache/apt/pkgcache.bin", 9000), file("var/cache/apt/srcpkgcache.bin", 8000)],
    nearMiss: [file("var/cache/apt/README", 50), file("srv/pkgcache.bin", 8000)],
    says: "rm -f /var/cache/apt/*.bin",
  }),
  leftover("apt-logs", {
    run: "apt-get install -y less",
    waste: [file("var/log/apt/history.log", 900), file("var/log/dpkg.log", 1200)],
    nearMiss: [file("var/log/apt", ""), file("srv/dpkg.log", 900)],
    says: "rm -rf /var/log/apt/*",
  }),
  leftover("dpkg-backups", {
    run: "apt-get install -y less",
    waste: [file("var/lib/dpkg/status-old", 7000), file("var/cache/debconf/config.dat-old", 300)],
    nearMiss: [file("var/lib/dpkg/status", 7000), file("srv/status-old", 10)],
    says: "*-old",
  }),
  leftover("ldconfig-cache", {
    run: "apt-get install -y libpq5",
    waste: [file("var/cache/ldconfig/aux-cache", 3000)],
    nearMiss: [file("etc/ld.so.cache", 3000)],
    says: "aux-cache",
  }),
  leftover("dnf-cache", {
    run: "dnf install -y less",
    waste: [file("var/cache/dnf/fedora-solv/x.solv", 9000), file("var/cache/libdnf5/a/repodata/primary.xml.zst", 300)],
    nearMiss: [file("var/cache/dnf", ""), file("srv/dnf/x.solv", 900)],
    says: "rm -rf /var/cache/dnf",
  }),
  leftover("dnf-history", {
    run: "dnf install -y less",
    waste: [file("var/lib/dnf/history.sqlite", 9000)],
    nearMiss: [file("var/lib/dnf/modulefailsafe/x", 9000)],
    says: "history.sqlite",
  }),
  leftover("dnf-logs", {
    run: "dnf install -y less",
    waste: [file("var/log/dnf.log", 900), file("var/log/dnf.librepo.log", 700), file("var/log/hawkey.log.1", 60)],
    nearMiss: [file("srv/dnf.log", 900)],
    says: "rm -f /var/log/dnf*.log*",
  }),
  leftover("yum-cache", {
    run: "yum install -y less",
    waste: [file("var/cache/yum/x86_64/7/base/primary.sqlite", 9000)],
    nearMiss: [file("srv/yum/x", 900)],
    says: "rm -rf /var/cache/yum/*",
  }),
  leftover("rpm-temporary", {
    run: "yum install -y less",
    waste: [file("var/lib/rpm/__db.001", 9000), file("var/lib/rpm/__db.002", 900)],
    nearMiss: [file("var/lib/rpm/Packages", 9000)],
    says: "rm -f /var/lib/rpm/__db.001",
  }),
  leftover("zypper-cache", {
    run: "zypper install -y less",
    waste: [file("var/cache/zypp/raw/oss/repodata/primary.xml.gz", 9000), file("var/log/zypp/history", 70)],
    nearMiss: [file("srv/zypp/x", 900)],
    says: "rm -rf /var/cache/zypp/*",
  }),
  leftover("pacman-cache", {
    run: "pacman -Syu --noconfirm less",
    waste: [file("var/cache/pacman/pkg/less-1-1-x86_64.pkg.tar.zst", 9000)],
    nearMiss: [file("srv/less.pkg.tar.zst", 900)],
    says: "rm -rf /var/cache/pacman/pkg/*",
  }),
  leftover("pacman-sync", {
    run: "pacman -Syu --noconfirm less",
    waste: [file("var/lib/pacman/sync/core.db", 9000)],
    nearMiss: [file("var/lib/pacman/local/less-1-1/desc", 900)],
    says: "rm -rf /var/lib/pacman/sync/*",
  }),
  leftover("portage-tree", {
    run: "emerge-webrsync && emerge tmux",
    waste: [
      file("var/db/repos/gentoo/app-misc/tmux/tmux-3.ebuild", 9000),
      file("var/cache/distfiles/tmux.tar.gz", 400),
    ],
    nearMiss: [file("var/db/pkg/app-misc/tmux-3/CONTENTS", 900)],
    says: "rm -rf",
  }),
  leftover("xbps-cache", {
    run: "xbps-install -Sy less",
    waste: [file("var/cache/xbps/less-1_1.x86_64.xbps", 9000)],
    nearMiss: [file("var/db/xbps/pkgdb-0.38.plist", 900)],
    says: "rm -rf /var/cache/xbps/*",
  }),
  leftover("opkg-lists", {
    run: "opkg update && opkg install less",
    waste: [file("var/opkg-lists/base", 9000)],
    nearMiss: [file("usr/lib/opkg/status", 900)],
    says: "rm -rf /var/opkg-lists/*",
  }),
  leftover("brew-cache", {
    run: "brew install jq",
    waste: [file("home/linuxbrew/.cache/Homebrew/downloads/jq.bottle.tar.gz", 9000)],
    nearMiss: [file("home/linuxbrew/.linuxbrew/Cellar/jq/1/bin/jq", 900)],
    says: "rm -rf /home/linuxbrew/.cache/Homebrew",
  }),
  // Told by more than a path.
  {
    rule: "apt-lists",
    // The lists are needed by a later RUN: no edit is offered, though the bytes are as they are.
    fires: {
      layers: [
        { by: "RUN apt-get update", entries: [file("var/lib/apt/lists/a_Packages.lz4", 9000)] },
        { by: "RUN apt-get install -y less", entries: [file("usr/bin/less", 700)] },
      ],
    },
    nearMiss: { layers: [{ by: "RUN apt-get update", entries: [file("srv/lists/a_Packages.lz4", 9000)] }] },
    also: ([finding]) => {
      expect(finding?.bytes.content).toBe(9000);
      expect(finding?.fix).toMatchObject({ kind: "none", change: null });
    },
  },
  {
    rule: "apt-lists",
    // A RUN that found the lists of another and stored none would fetch and store them all.
    fires: {
      layers: [
        {
          by: "RUN apt-get update && apt-get install -y less",
          entries: [file("var/lib/apt/lists/a_Packages.lz4", 9000)],
        },
        { by: "RUN apt-get update && apt-get install -y curl", entries: [file("usr/bin/curl", 700)] },
      ],
    },
    nearMiss: { layers: [{ by: "RUN apt-get update", entries: [file("var/lib/apt/lists/lock", "")] }] },
    also: ([finding]) => {
      expect(finding?.fix.change?.after).toBe(
        "RUN apt-get update && apt-get install -y less && rm -rf /var/lib/apt/lists/*\n" +
          "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n",
      );
    },
  },
  {
    rule: "debconf-cache",
    fires: {
      layers: [
        { by: "RUN apt-get install -y less", entries: [file("var/cache/debconf/templates.dat", 9000)] },
        { by: "RUN apt-get install -y curl", entries: [file("var/cache/debconf/templates.dat", 9500)] },
      ],
    },
    fixed: {
      layers: [
        {
          by: "RUN apt-get install -y less && apt-get install -y curl",
          entries: [file("var/cache/debconf/templates.dat", 9500)],
        },
      ],
    },
    nearMiss: {
      layers: [{ by: "RUN apt-get install -y less", entries: [file("var/cache/debconf/templates.dat", 9000)] }],
    },
  },
  {
    rule: "translations",
    fires: {
      layers: [{ by: "RUN apt-get install -y git", entries: [...GERMAN, ...FRENCH] }],
      config: { config: { Env: ["LANG=fr_FR.UTF-8"] } },
    },
    fixed: {
      layers: [{ by: "RUN apt-get install -y git", entries: [...FRENCH] }],
      config: { config: { Env: ["LANG=fr_FR.UTF-8"] } },
    },
    nearMiss: {
      layers: [{ by: "RUN apt-get install -y git", entries: [...GERMAN] }],
      config: { config: { Env: ["LANGUAGE=en:de"] } },
    },
    also: ([finding]) => {
      expect(finding?.fix.change?.after).toContain(
        "find /usr/share/locale -path '*/locale/[a-z]*/LC_*/*' -type f ! -path '*/locale/fr*' -delete",
      );
    },
  },
  {
    rule: "locale-archive",
    fires: {
      layers: [
        { by: "RUN dnf install -y glibc-all-langpacks", entries: [file("usr/lib/locale/locale-archive", 9000)] },
      ],
      config: { config: { Env: ["LANG=C.UTF-8"] } },
    },
    fixed: {
      layers: [{ by: "RUN dnf install -y glibc-all-langpacks", entries: [] }],
    },
    nearMiss: {
      layers: [
        { by: "RUN dnf install -y glibc-all-langpacks", entries: [file("usr/lib/locale/locale-archive", 9000)] },
      ],
      config: { config: { Env: ["LANG=de_DE.UTF-8"] } },
    },
  },
  {
    rule: "crash-dumps",
    fires: {
      layers: [
        {
          by: "RUN make test",
          entries: [file("app/core.4711", CORE), file("app/java_pid1.hprof", 700), file("app/x", 9)],
        },
      ],
    },
    fixed: { layers: [{ by: "RUN make test", entries: [file("app/x", 9)] }] },
    nearMiss: { layers: [{ by: "RUN make test", entries: [file("app/core", 9000), file("app/x.core", ELF)] }] },
    also: ([finding]) => {
      expect(finding?.fix.change?.after).toContain("rm -f /app/core.4711 /app/java_pid1.hprof");
    },
  },
  {
    rule: "unpacked-archives",
    // What a later step unpacks cannot go before it does.
    fires: {
      layers: [
        { by: "COPY file:1 in /opt/", entries: [file("opt/app.zip", 9000)] },
        { by: "RUN unzip -q /opt/app.zip -d /srv", entries: [file("srv/app/x", 700)] },
      ],
    },
    nearMiss: {
      layers: [{ by: "RUN tar -czf /srv/data.tar.gz /srv/data", entries: [file("srv/data.tar.gz", 9000)] }],
    },
    also: ([finding]) => {
      expect(finding?.bytes.content).toBe(9000);
      expect(finding?.fix).toMatchObject({ kind: "copy", change: null });
    },
  },
  {
    rule: "elf-debug",
    fires: compiled("RUN apk add --virtual .b gcc && gcc -g -o /app/x x.c && apk del .b", elfWith(9000)),
    fixed: compiled("RUN apk add --virtual .b gcc && gcc -g -o /app/x x.c && apk del .b", elfWith(0)),
    nearMiss: compiled("RUN make", elfWith(0)),
    also: ([finding]) => {
      expect(finding?.exact.content).toBe(false);
      expect(finding?.fix.change?.after).toBe(
        "RUN apk add --virtual .b gcc && gcc -g -o /app/x x.c && strip /app/x && apk del .b\n",
      );
    },
  },
  {
    rule: "elf-debug",
    fires: compiled("RUN CGO_ENABLED=0 go build -o /app/x .", goWith(9000)),
    fixed: compiled("RUN CGO_ENABLED=0 go build -o /app/x .", goWith(0)),
    nearMiss: compiled("RUN go build -o /app/x .", goWith(0)),
    also: ([finding]) => {
      expect(finding?.fix.change?.after).toBe('RUN CGO_ENABLED=0 go build "-ldflags=-s -w" -o /app/x .\n');
    },
  },
  {
    rule: "elf-debug",
    // No strip at hand, and flags that the author chose: advice, but no edit.
    fires: compiled("RUN go build -ldflags=-X=main.v=1 -o /app/x .", goWith(9000)),
    nearMiss: compiled("RUN go build -o /app/x .", goWith(0)),
    also: ([finding]) => {
      expect(finding?.fix.change).toBeNull();
    },
  },
];
