import { baseName } from "../../image-path.ts";
import { findIn } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** What lies in share/doc, share/man and beside them; copyright and licence texts stay. */
export const documentation = pathRule({
  id: "documentation",
  title: "manual pages and documentation",
  about:
    "Manual pages, info files and documentation of installed software. Nobody reads them in a container; " +
    "copyright and licence texts are not counted, since they have to stay with the software.",
  severity: "info",
  confidence: "medium",
  related: [],
  paths: ["usr/{share,local/share,local}/{doc,man,info,gtk-doc,help,groff,lintian,linda}/**"],
  sentence: "Manual pages and documentation stay in the image",
  counts: ({ path, owner }) =>
    !owner.startsWith("apk/") && !/^(?:copyright|licen[cs]e|copying|notice|authors)/i.test(baseName(path)),
  live: true,
  own: true,
  unlessStarted: ["man"],
  remove: {
    command: findIn(
      "-type f ! -name copyright ! -iname 'licen[cs]e*' ! -iname 'copying*' ! -iname 'notice*' ! -iname 'authors*' -delete",
      "share/doc",
      "share/man",
      "share/info",
      "share/gtk-doc",
      "share/help",
      "share/groff",
      "share/lintian",
      "share/linda",
      "local/man",
      "local/doc",
    ),
    advice:
      "On Debian and Ubuntu, path-exclude=/usr/share/man/* and path-exclude=/usr/share/doc/* with " +
      "path-include=/usr/share/doc/*/copyright in /etc/dpkg/dpkg.cfg.d keeps them from being unpacked; on " +
      "Fedora, dnf --setopt=tsflags=nodocs.",
    assumes: ["Nothing reads documentation or examples from /usr/share/doc."],
    usedBy: ["man"],
  },
});
