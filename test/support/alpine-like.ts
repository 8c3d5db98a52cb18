import { elfBytes } from "./elf-bytes.ts";
import { type BuiltImage, buildImage } from "./image-builder.ts";
import { dir, file, symlink, whiteout } from "./tar-bytes.ts";

/** Records as apk-tools writes them; sizes (I:) are lies on purpose: nobody may believe them. */
const RECORDS = {
  musl: "P:musl\nV:1.2.5-r0\nA:x86_64\nI:1\np:so:libc.musl-x86_64.so.1=1\nF:lib\nR:ld-musl-x86_64.so.1\n",
  busybox: "P:busybox\nV:1.36.1-r29\nA:x86_64\nI:2\nD:so:libc.musl-x86_64.so.1\np:/bin/sh\nF:bin\nR:busybox\n",
  libcurl:
    "P:libcurl\nV:8.11.0-r0\nA:x86_64\nI:3\nD:so:libc.musl-x86_64.so.1\np:so:libcurl.so.4=4.8.0\nF:usr\nF:usr/lib\nR:libcurl.so.4\nR:libcurl.so.4.8.0\n",
  curl: "P:curl\nV:8.11.0-r0\nA:x86_64\nI:4\nD:so:libcurl.so.4 so:libc.musl-x86_64.so.1\nF:usr\nF:usr/bin\nR:curl\n",
  binutils: "P:binutils\nV:2.42-r0\nA:x86_64\nI:5\nD:so:libc.musl-x86_64.so.1\nF:usr\nF:usr/bin\nR:ld\n",
  gcc: "P:gcc\nV:13.2.1-r0\nA:x86_64\nI:6\nD:binutils so:libc.musl-x86_64.so.1\nF:usr\nF:usr/bin\nR:gcc\n",
  ".build": "P:.build\nV:20241122.120000\nA:noarch\nI:0\nD:gcc\n",
} as const;

function database(...names: (keyof typeof RECORDS)[]): string {
  return names.map((name) => `${RECORDS[name]}\n`).join("");
}

/**
 * An image as people build them on Alpine, small enough to check every number by hand: a base, tools for one RUN that the
 * next takes away, and an application whose program was built for glibc.
 */
export function alpineLike(): BuiltImage {
  const program = elfBytes({ bits: 64, little: true, machine: 62, interpreter: "/lib64/ld-linux-x86-64.so.2" });
  return buildImage({
    names: ["acme/alpine-like:1"],
    layers: [
      {
        entries: [
          dir("bin/"),
          file("bin/busybox", "b".repeat(5000), { mode: 0o755 }),
          symlink("bin/sh", "/bin/busybox"),
          dir("etc/"),
          dir("etc/apk/"),
          file("etc/apk/world", "busybox\n"),
          file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.3\n"),
          dir("lib/"),
          file("lib/ld-musl-x86_64.so.1", "m".repeat(3000), { mode: 0o755 }),
          file("lib/apk/db/installed", database("musl", "busybox")),
        ],
      },
      {
        entries: [
          file("etc/apk/world", "busybox\ncurl\n.build\n"),
          file("lib/apk/db/installed", database("musl", "busybox", "libcurl", "curl", "binutils", "gcc", ".build")),
          file("usr/bin/curl", "c".repeat(700), { mode: 0o755 }),
          file("usr/bin/gcc", "g".repeat(20_000), { mode: 0o755 }),
          file("usr/bin/ld", "l".repeat(10_000), { mode: 0o755 }),
          symlink("usr/lib/libcurl.so.4", "libcurl.so.4.8.0"),
          file("usr/lib/libcurl.so.4.8.0", "u".repeat(2000), { mode: 0o755 }),
        ],
      },
      {
        entries: [
          file("etc/apk/world", "busybox\ncurl\n"),
          file("lib/apk/db/installed", database("musl", "busybox", "libcurl", "curl")),
          whiteout("usr/bin/gcc"),
          whiteout("usr/bin/ld"),
        ],
      },
      { entries: [file("opt/app/notes.txt", "n".repeat(40)), file("opt/app/run", program, { mode: 0o755 })] },
    ],
    history: [
      { created_by: `/bin/sh -c #(nop) ADD file:${"0123456789abcdef".repeat(4)} in / ` },
      { created_by: '/bin/sh -c #(nop)  CMD ["/bin/sh"]', empty_layer: true },
      { created_by: "/bin/sh -c apk add --no-cache curl && apk add --no-cache --virtual .build gcc" },
      { created_by: "/bin/sh -c apk del .build" },
      { created_by: "/bin/sh -c #(nop) COPY dir:fedcba9876543210 in /opt/app " },
    ],
  });
}
