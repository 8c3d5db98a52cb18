import type { ImagePath } from "../image-path.ts";

/**
 * What distroless images have beside packages (GoogleContainerTools/distroless, common/BUILD.bazel): accounts, the name
 * service switch, the release, certificates, one locale, and BusyBox in the debug variants.
 */
const SYSTEM_FILE =
  /^(?:etc\/(?:passwd|group|nsswitch\.conf|os-release|ssl\/certs\/(?:ca-certificates\.crt|java\/cacerts))|usr\/lib\/(?:os-release|locale\/C\.utf8\/.*)|usr\/share\/doc\/ca-certificates\/copyright|busybox\/.*)$/;

/** Whether a file that no package lists is distroless's own. */
export function isDistrolessFile(path: ImagePath): boolean {
  return SYSTEM_FILE.test(path);
}
