import type { ImagePath } from "../../../image-path.ts";

/** Settings and state of package managers and of the distribution: nothing that a program of one's own reads. */
const OF_THE_SYSTEM =
  /^(?:etc\/(?:apk|apt|alternatives|ca-certificates|dpkg|init\.d|rc\d?\.d|rc[S\d]\.d|pki|rpm|yum\.repos\.d|dnf|yum|skel|security|systemd|terminfo|logrotate\.d|bash_completion\.d|ssl\/certs)(?:\/|$)|etc\/(?:ld\.so\.(?:cache|conf)|(?:passwd|group|shadow|gshadow|subuid|subgid)-?|\.pwd\.lock|resolv\.conf|hosts|hostname|mtab|machine-id|shells|profile|environment|nsswitch\.conf|localtime|timezone)$|var\/(?:cache|log|mail|spool|backups|lib\/(?:apk|apt|dpkg|systemd|pam|ucf|rpm|dnf|misc|pacman|python|xml-core|sgml-base))(?:\/|$)|(?:boot|dev|proc|run|sys|tmp)(?:\/|$)|root\/\.)/;

/** Where packages install: files of no package are made by their scripts, unless a COPY brought them. */
const OF_PACKAGES = /^(?:lib\w*|bin|sbin|usr\/(?:lib\w*|libexec|bin|sbin|include|share|src))(?:\/|$)/;

/**
 * Whether a file of no package, stored by the image's own layers, came about beside what the step was for.
 *
 * @param copied its layer is that of a COPY or ADD
 */
export function isSideEffect(path: ImagePath, copied: boolean): boolean {
  return OF_THE_SYSTEM.test(path) || (!copied && OF_PACKAGES.test(path));
}
