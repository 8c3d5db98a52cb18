import { createHash } from "node:crypto";
import type { HistorySpec, LayerSpec } from "./image-builder.ts";
import { bytesOf, dir, file, symlink, type TarEntry } from "./tar-bytes.ts";

/**
 * The layout of gcr.io/distroless, as its build files have it (GoogleContainerTools/distroless, static/static.bzl,
 * common/BUILD.bazel, PACKAGE_METADATA.md): one layer for each package with its control file and checksums in
 * `var/lib/dpkg/status.d`, and no other file of dpkg's; one layer each for accounts, homes, /tmp, the name service switch,
 * the release and the certificates; no shell; times of 1970; an empty history.
 */

const NONROOT = 65532;

/** What a package's layer holds beside its files. */
export function statusFiles(name: string, control: string, md5sums: string): TarEntry[] {
  return [file(`var/lib/dpkg/status.d/${name}`, control), file(`var/lib/dpkg/status.d/${name}.md5sums`, md5sums)];
}

/** A package made by hand. Checksums list neither links nor what is kept in /etc. */
export function packageLayer(name: string, files: readonly TarEntry[]): LayerSpec {
  const control = [`Package: ${name}`, "Version: 1", "Architecture: amd64", "Description: made up", ""];
  const sums = files
    .filter(({ name: path, type = "file" }) => type === "file" && !String(path).startsWith("etc/"))
    .map(({ name: path, content = "" }) => {
      const digest = createHash("md5").update(bytesOf(content)).digest("hex");
      return `${digest}  ${String(path)}\n`;
    });
  return { entries: [...files, ...statusFiles(name, control.join("\n"), sums.join(""))] };
}

const RELEASE = ['PRETTY_NAME="Distroless"', 'NAME="Debian GNU/Linux"', 'ID="debian"', 'VERSION_ID="12"', ""].join(
  "\n",
);

/** What lies above the packages: `certificates` is the bundle. */
export function systemLayers(certificates: Uint8Array | string): readonly LayerSpec[] {
  const passwd = [
    "root:x:0:0:root:/root:/sbin/nologin",
    "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin",
    `nonroot:x:${NONROOT}:${NONROOT}:nonroot:/home/nonroot:/sbin/nologin`,
  ];
  const group = ["root:x:0:", "nobody:x:65534:", "tty:x:5:", "staff:x:50:", `nonroot:x:${NONROOT}:`];
  return [
    [dir(".")],
    [file("etc/passwd", passwd.join("\n"))],
    [dir("root", { mode: 0o700 }), dir("home"), dir("home/nonroot", { mode: 0o700, uid: NONROOT, gid: NONROOT })],
    [file("etc/group", group.join("\n"))],
    [dir("tmp", { mode: 0o1777, mtime: 1_501_783_453 })],
    [file("etc/nsswitch.conf", "hosts: files dns\n")],
    [file("usr/lib/os-release", RELEASE), symlink("etc/os-release", "../usr/lib/os-release")],
    [file("etc/ssl/certs/ca-certificates.crt", certificates)],
  ].map((entries) => ({ entries }));
}

/** No step of any kind, as bazel leaves it. */
export function emptyHistory(layers: readonly LayerSpec[]): readonly HistorySpec[] {
  return layers.map(() => ({}));
}

/** The config of `static` and `base`, as `nonroot`. */
export const NONROOT_CONFIG = {
  User: `${NONROOT}`,
  WorkingDir: "/home/nonroot",
  Env: [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
  ],
};
