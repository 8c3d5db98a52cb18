import { languagesOf } from "../facts/locale-settings.ts";
import { findIn } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

const LANGUAGE = /\/locale\/([a-z]{2,3})[^/]*\//;

/** share/locale: messages in languages that the image's environment does not ask for. */
export const translations = pathRule({
  id: "translations",
  title: "translations into other languages",
  about:
    "Translated messages of programs, in languages that the image's environment (LANG, LC_ALL, LANGUAGE) does not ask for. " +
    "Without them programs speak English.",
  severity: "info",
  confidence: "medium",
  related: [],
  paths: ["usr/{share,local/share}/locale/*/LC_*/**"],
  sentence: "Translations that the image's environment does not ask for stay in it",
  live: true,
  own: true,
  least: 4096,
  counts: ({ path, owner }, facts) => {
    const language = LANGUAGE.exec(`/${path}`)?.[1];
    return (
      language !== undefined &&
      !owner.startsWith("apk/") &&
      !languagesOf(facts).some((kept) => language.startsWith(kept))
    );
  },
  remove: (_, facts) => {
    const kept = languagesOf(facts).map((language) => ` ! -path '*/locale/${language}*'`);
    return {
      command: findIn(`-path '*/locale/[a-z]*/LC_*/*' -type f${kept.join("")} -delete`, "share/locale"),
      advice:
        "On Debian and Ubuntu, path-exclude=/usr/share/locale/* in /etc/dpkg/dpkg.cfg.d keeps them from being unpacked; on " +
        "Fedora, dnf --setopt=install_weak_deps=False and glibc-minimal-langpack.",
      assumes: ["The program itself offers its messages in no other language than the environment's."],
    };
  },
});
