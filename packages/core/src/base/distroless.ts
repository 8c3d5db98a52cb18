import type { ImagePath } from "../image-path.ts";

/**
 * What distroless images have beside packages (GoogleContainerTools/distroless, common/BUILD.bazel): accounts, the name
 * service switch, the release, certificates, one locale, and BusyBox in the debug variants.
 */
const SYSTEM_FILES: ReadonlySet<ImagePath> = new Set([
  "etc/passwd",
  "etc/group",
  "etc/nsswitch.conf",
  "etc/os-release",
  "etc/ssl/certs/ca-certificates.crt",
  "etc/ssl/certs/java/cacerts",
  "usr/lib/os-release",
  "usr/share/doc/ca-certificates/copyright",
]);
const SYSTEM_DIRECTORIES = ["usr/lib/locale/C.utf8/", "busybox/"];

/** Whether a file that no package lists is distroless's own. */
export function isDistrolessFile(path: ImagePath): boolean {
  return SYSTEM_FILES.has(path) || SYSTEM_DIRECTORIES.some((directory) => path.startsWith(directory));
}
