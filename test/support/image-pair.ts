import { type BuiltImage, buildImage, type LayerSpec } from "./image-builder.ts";
import { dir, file } from "./tar-bytes.ts";

function record(name: string, version: string, directory: string, ...files: string[]): string {
  return `P:${name}\nV:${version}\nA:x86_64\nF:${directory}\n${files.map((path) => `R:${path}\n`).join("")}\n`;
}

const MUSL = record("musl", "1.2.5-r0", "lib", "ld-musl-x86_64.so.1");

/** apk's database, the same 400 bytes long whatever it says: so the rows of packages stand out. */
function database(...records: string[]): ReturnType<typeof file> {
  return file("lib/apk/db/installed", records.join("").padEnd(400, "\n"));
}

const BASE: LayerSpec = {
  createdBy: `/bin/sh -c #(nop) ADD file:${"0123456789abcdef".repeat(4)} in / `,
  entries: [dir("lib/"), file("lib/ld-musl-x86_64.so.1", "m".repeat(600)), database(MUSL)],
};

function addCurl(version: string, bytes: number): LayerSpec {
  return {
    createdBy: "/bin/sh -c apk add --no-cache curl",
    entries: [database(MUSL, record("curl", version, "usr/bin", "curl")), file("usr/bin/curl", "c".repeat(bytes))],
  };
}

/** An application, and its build as a pull request changes it; small enough to check every number by hand. */
export function imagePair(): { readonly before: BuiltImage; readonly after: BuiltImage } {
  const logo = file("app/logo", "l".repeat(50));
  const before = buildImage({
    names: ["acme/app:main"],
    layers: [
      BASE,
      addCurl("8.9.1-r0", 250),
      {
        createdBy: "/bin/sh -c #(nop) COPY dir:1111 in /app ",
        entries: [
          file("app/server", "s".repeat(1000)),
          file("app/data/one", "1".repeat(300)),
          file("app/data/two", "2".repeat(200)),
          logo,
        ],
      },
    ],
  });
  const server = "S".repeat(1100);
  const after = buildImage({
    names: ["acme/app:pr-7"],
    layers: [
      BASE,
      addCurl("8.10.0-r1", 270),
      {
        createdBy: "/bin/sh -c apk add --no-cache python3-dev",
        entries: [
          database(
            MUSL,
            record("curl", "8.10.0-r1", "usr/bin", "curl"),
            record("python3-dev", "3.12.8-r1", "usr/include", "Python.h"),
          ),
          file("usr/include/Python.h", "p".repeat(4000)),
        ],
      },
      {
        createdBy: "/bin/sh -c #(nop) COPY dir:1111 in /app ",
        entries: [
          file("app/server", server),
          file("app/files/one", "1".repeat(300)),
          file("app/files/two", "2".repeat(200)),
          logo,
        ],
      },
      {
        createdBy: "/bin/sh -c chown 1000 /app/server",
        entries: [file("app/server", server, { uid: 1000 })],
      },
    ],
  });
  return { before, after };
}
