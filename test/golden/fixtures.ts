import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { alpineLike } from "../support/alpine-like.ts";
import { buildImage, dockerArchiveFiles, ociFiles, packFiles } from "../support/image-builder.ts";
import { imagePair } from "../support/image-pair.ts";
import { zstdChunkedLayer } from "../support/seekable-layers.ts";
import { dir, file, hardlink, opaque, symlink, whiteout } from "../support/tar-bytes.ts";

/** A baseline file of an image without layers, as people would write it. */
function emptyBaseline(architecture: string): string {
  const lists = '"layers":[],"packages":[],"findings":[],"files":[],"filesFrom":0,"omitted":{}';
  const groups = '"groups":{"instruction":[],"package":[],"category":[],"directory":[],"base":[]}';
  const sizes = '"sizes":{"contentBytes":0,"tarBytes":0,"blobBytes":null,"rootfsBytes":0},"efficiency":1';
  const waste =
    '"waste":{"bytes":0,"overwrittenBytes":0,"metadataOnlyBytes":0,"deletedBytes":0,"opaqueHiddenBytes":0,"duplicateEntryBytes":0}';
  const image = `"image":{"reference":"acme/app:old","digest":null,"configDigest":null,"platform":{"os":"linux","architecture":"${architecture}","variant":null}}`;
  return `{"schemaVersion":1,"kind":"baseline",${image},${sizes},${waste},${groups},${lists}}\n`;
}

/** The virtual package is added in one RUN and deleted in another, and a command is misspelt: no image was ever built. */
const SPLIT_VIRTUAL = [
  "FROM alpine:3.20",
  "RUN apk add --no-cache --virtual .build-deps gcc musl-dev",
  "RUN gcc -o /usr/local/bin/hello /src/hello.c",
  "RUN api del .build-deps",
  'CMD ["/usr/local/bin/hello"]',
];

/** The index is fetched and kept, which --no-cache is there to avoid. */
const APK_UPDATE = [
  "FROM alpine:3.20",
  "# imgweigh ignore=context-junk the archive is served as it is",
  "COPY . .",
  "RUN apk update && apk add --no-cache bash",
  "RUN apk add curl",
  "COPY vendor.tar.gz /tmp/",
  "RUN tar -xzf /tmp/vendor.tar.gz -C /srv && rm /tmp/vendor.tar.gz",
];

/** A command in shell form where there is no shell. */
const GO_ON_SCRATCH = [
  "FROM golang:1.22 AS build",
  "WORKDIR /src",
  "COPY . .",
  "RUN CGO_ENABLED=0 go build -o /app .",
  "FROM scratch",
  "COPY --from=build /app /app",
  "CMD /app --listen :8080",
];

/** A tenth of a megabyte: the proportions of real images, in a time that tests have. */
const UNIT = 100_000;

function large(path: string, units: number) {
  return file(path, Buffer.alloc(units * UNIT));
}

/** Images as first screens are made for: from one static program to a distribution with waste. */
function writeScreens(put: (name: string, bytes: Uint8Array) => void): void {
  const step = (command: string, entries: ReturnType<typeof file>[]) => ({
    createdBy: `${command} # buildkit`,
    comment: "buildkit.dockerfile.v0",
    entries,
    compression: "gzip" as const,
  });
  const layered = (name: string, layers: ReturnType<typeof step>[]): void =>
    put(`screen-${name}.tar`, buildImage({ names: [`acme/${name}:1.4`], layers }).asOciArchive());
  const lists = Array.from(
    { length: 40 },
    (_, i) => `var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages_${i}`,
  );
  const picture = "srv/app/assets/images/backgrounds/very-long-name-of-a-picture-that-nobody-needs.png";
  const app = [large("srv/app/bundle.js", 9), large(picture, 3)];
  layered("scratch", [step("COPY app /app", [large("app", 30)])]);
  layered("alpine", [
    step("ADD alpine-minirootfs-3.20.3-x86_64.tar.gz /", [large("lib/libcrypto.so.3", 40), large("bin/busybox", 8)]),
    step("RUN /bin/sh -c apk add --no-cache nginx", [large("usr/sbin/nginx", 12)]),
  ]);
  layered("debian", [
    step("RUN /bin/sh -c debootstrap", [
      large("usr/lib/x86_64-linux-gnu/libc.so.6", 60),
      large("usr/share/doc/base/changelog", 14),
    ]),
    step("RUN /bin/sh -c apt-get update && apt-get install -y build-essential curl", [
      ...lists.map((path) => large(path, 1)),
      large("usr/lib/gcc/x86_64-linux-gnu/12/cc1", 30),
    ]),
    step("COPY . /srv/app", app),
    step("RUN /bin/sh -c chown -R www-data:www-data /srv/app", app),
    step(
      "RUN /bin/sh -c rm -rf /var/lib/apt/lists/*",
      lists.map((path) => whiteout(path)),
    ),
  ]);
  layered("go", [
    step("ADD rootfs.tar.xz /", [large("usr/lib/libc.so.6", 90)]),
    step("COPY /usr/local/go/ /usr/local/go/", [
      large("usr/local/go/pkg/tool/linux_amd64/compile", 150),
      large("usr/local/go/bin/go", 90),
    ]),
    ...Array.from({ length: 9 }, (_, i) =>
      step(`RUN /bin/sh -c go mod download ./module-${i}`, [
        large(`go/pkg/mod/cache/download/github.com/acme/module-${i}/@v/v1.0.0.zip`, 12),
      ]),
    ),
    step("RUN /bin/sh -c go build -o /usr/local/bin/server ./cmd/server", [
      large("root/.cache/go-build/00/0000-d", 190),
      large("usr/local/bin/server", 100),
    ]),
  ]);
  layered("clean", [
    step("ADD rootfs.tar /", [large("usr/lib/libc.so.6", 2)]),
    step("COPY app /usr/bin/app", [large("usr/bin/app", 5)]),
  ]);
}

/** The files that golden commands run on: small enough to check every number by hand. */
export function writeFixtures(folder: string): void {
  const put = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes);

  // 1000 + 300 bytes below, 1000 (same content) + 50 above, one file deleted, one directory replaced.
  const every = buildImage({
    names: ["acme/every-fate:1"],
    layers: [
      {
        createdBy: "/bin/sh -c #(nop) ADD file:0011223344556677889900112233445566778899001122334455667788990011 in / ",
        entries: [
          dir("etc/"),
          file("etc/app.conf", "a".repeat(1000)),
          file("etc/old.conf", "b".repeat(300)),
          dir("data/"),
          file("data/one", "c".repeat(20)),
          file("data/two", "d".repeat(30)),
          file("etc/motd", "e".repeat(7)),
          file("etc/motd", "f".repeat(9)),
          hardlink("etc/motd.link", "etc/motd"),
          symlink("conf", "etc"),
        ],
      },
      {
        createdBy: "/bin/sh -c chmod 600 /etc/app.conf",
        entries: [file("conf/app.conf", "a".repeat(1000), { mode: 0o600 })],
      },
      {
        createdBy: "/bin/sh -c rm /etc/old.conf && echo new > /etc/motd",
        entries: [whiteout("etc/old.conf"), file("etc/motd", "g".repeat(4))],
      },
      { createdBy: "/bin/sh -c rm -rf /data && mkdir /data", entries: [dir("data/"), opaque("data")] },
    ],
  });
  put(
    "Dockerfile.demo",
    Buffer.from(
      [
        "FROM alpine:3.20 AS other",
        "RUN api del curl",
        "",
        "FROM alpine:3.20",
        "RUN apk update && apk add --no-cache bash",
        "RUN apk add --no-cache --virtual .build-deps gcc make musl-dev",
        "COPY app.tar.gz /tmp/app.tar.gz",
        "RUN tar -xzf /tmp/app.tar.gz -C /srv && make -C /srv install",
        "RUN rm /tmp/app.tar.gz",
        "RUN chown -R 1000:1000 /srv/app",
        "RUN apk del .build-deps",
        'ENTRYPOINT ["/srv/app/server"]',
        "",
      ].join("\n"),
    ),
  );
  const folders = { "lint-split": SPLIT_VIRTUAL, "lint-update": APK_UPDATE, "lint-go": GO_ON_SCRATCH };
  for (const [name, lines] of Object.entries(folders)) {
    mkdirSync(join(folder, name), { recursive: true });
    put(join(name, "Dockerfile"), Buffer.from(`${lines.join("\n")}\n`));
    put(join(name, "main.go"), Buffer.from("package main\n"));
    put(join(name, "vendor.tar.gz"), Buffer.alloc(4000));
  }
  put(
    "compose.yaml",
    Buffer.from(
      "services:\n  api:\n    build: ./lint-split\n  web:\n    build:\n      context: lint-go\n      target: build\n  db:\n    image: postgres:16\n",
    ),
  );
  writeScreens(put);
  put("every-fate.tar", every.asDockerArchive());
  put("every-fate.oci.tar", every.asOciArchive());
  put("cut.tar", every.asDockerArchive().subarray(0, 3000));

  const hostile = buildImage({
    names: ["acme/hostile:1"],
    layers: [
      {
        createdBy: "RUN echo '\u001b[2J' > /x # buildkit",
        comment: "buildkit.dockerfile.v0",
        entries: [
          file("red\u001b[31m.txt", "1234567890"),
          file("\u202egnp.exe", "12345"),
          file("two\nlines", "123"),
          file(Buffer.from([0x62, 0x61, 0x64, 0xff, 0xfe]), "12"),
          file("../../etc/shadow", "1"),
          file(`${"very-long-directory-name/".repeat(6)}file-at-the-end.bin`, "123456"),
        ],
      },
    ],
  });
  put("hostile.tar", hostile.asDockerArchive());

  const other = buildImage({ names: ["acme/other:2"], layers: [{ entries: [file("x", "12")] }] });
  put("two-images.tar", packFiles(dockerArchiveFiles([every, other])));
  put("alpine-like.tar", alpineLike().asDockerArchive());
  const platforms = ["amd64", "arm64"].map((architecture, i) =>
    buildImage({
      names: ["acme/\u001b[31mmulti:1"],
      platform: { os: "linux", architecture },
      layers: [
        { createdBy: "COPY data /data # buildkit", ...zstdChunkedLayer([file("data", "d".repeat(5000))]) },
        {
          createdBy: "COPY app /app # buildkit",
          entries: [file("app", "a".repeat(100 * (i + 1)))],
          compression: "zstd",
        },
        { createdBy: "RUN rm /data # buildkit", entries: [whiteout("data")], compression: "zstd" },
      ],
    }),
  );
  put("two-platforms.tar", packFiles(ociFiles(platforms)));
  const text = (name: string, ...lines: string[]): void => put(name, Buffer.from(`${lines.join("\n")}\n`));
  text(
    "budgets.yaml",
    "version: 1",
    "images:",
    "  - image: ./every-fate.tar",
    "    name: fates",
    "    budgets:",
    "      - { metric: content, max: 2370, maxIncrease: 1% }",
    "      - { metric: wasted, max: 1 kB }",
    "      - { metric: rootfs, scope: { path: /etc }, max: 1 kB }",
    "      - { metric: layers, max: 10 }",
    "    rules: { metadata-copy: error, overwritten-later: off }",
    "    ignore:",
    "      - { rule: copied-*, path: /etc, reason: kept for its history, until: 2999-12-31 }",
    "      - { rule: vcs, reason: never there, until: 2020-01-31 }",
  );
  text(
    "mistakes.yaml",
    "version: 1",
    "images:",
    `  - image: app:\${TAG}`,
    "    budget: []",
    "    budgets:",
    "      - { metric: content, max: 10M }",
    "    rules:",
    '      "red\\e[31m": error',
  );
  text(
    "several.yaml",
    "version: 1",
    "images:",
    '  - image: "demo:"',
    "    budgets: [{ metric: efficiency, min: 0.6 }]",
    "  - image: ./nowhere.tar",
    "  - image: ./alpine-like.tar",
    "    budgets: [{ metric: content, max: 1 GB }]",
  );
  text("team.dive-ci", "rules:", "  lowestEfficiency: 0.9", "  highestWastedBytes: 1KB");
  const pair = imagePair();
  put("before.tar", pair.before.asDockerArchive());
  put("after.tar", pair.after.asDockerArchive());
  put("after.oci.tar", pair.after.asOciArchive());
  put("inspection.json", Buffer.from('{"schemaVersion":1,"image":{},"layers":[]}\n'));
  put("arm64.json", Buffer.from(emptyBaseline("arm64")));
  put("merged.json", Buffer.from(emptyBaseline("amd64").replace('"contentBytes":0', '"contentBytes":7')));
  put("later.json", Buffer.from('{"schemaVersion":2,"kind":"baseline"}\n'));
  put("not-an-image.tar", Buffer.from("hello"));
}
