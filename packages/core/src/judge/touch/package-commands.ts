import { readArguments } from "./arguments.ts";
import { type Place, pathOf } from "./file-commands.ts";
import { type PathPattern, patternOf } from "./path-pattern.ts";
import { type Touch, touch } from "./touch.ts";
import { textOf, type Word } from "./words.ts";

/** Package managers of distributions: they read and write where packages lie, their own state, and archives they are given. */
const OF_DISTRIBUTIONS: ReadonlySet<string> = new Set(
  "apk apt apt-get apt-cache apt-mark aptitude dpkg dpkg-reconfigure debconf-set-selections rpm dnf microdnf tdnf yum zypper pacman opkg xbps-install".split(
    " ",
  ),
);

/** Where packages put files, but for /usr/local, /usr/src and /opt, which are the administrator's (FHS 3.0, section 4.9). */
const PACKAGE_PLACES = [
  "bin",
  "boot",
  "etc",
  "lib",
  "lib32",
  "lib64",
  "libx32",
  "media",
  "mnt",
  "run",
  "sbin",
  "srv/www",
  "usr/bin",
  "usr/games",
  "usr/include",
  "usr/lib",
  "usr/lib32",
  "usr/lib64",
  "usr/libexec",
  "usr/sbin",
  "usr/share",
  "var/backups",
  "var/cache",
  "var/lib",
  "var/log",
  "var/mail",
  "var/spool",
];

const ARCHIVE = /\.(?:apk|deb|rpm|pkg\.tar\.\w+)$|^[./~]/;

export function isDistributionManager(program: string): boolean {
  return OF_DISTRIBUTIONS.has(program);
}

export function managerTouches(words: readonly Word[], place: Place): Touch[] {
  const { operands, values } = readArguments(words, ["o", "c", "t", "X", "p", "root", "repository"]);
  const files = [...operands, ...(values.has("X") ? [values.get("X") as Word] : [])].filter(({ text }) =>
    ARCHIVE.test(text),
  );
  return [
    ...files.map((word) => touch("read", pathOf(word, place))),
    ...PACKAGE_PLACES.map((path) => touch("write", patternOf(path), "below")),
  ];
}

/** Tools of languages that download and unpack, and run nothing of what they are given: what they are told decides. */
export function languageManagerTouches(program: string, words: readonly Word[], place: Place): Touch[] | null {
  const here: PathPattern = pathOf({ text: ".", open: false }, place);
  const subcommand = words.map(textOf).find((word) => word !== null && !word.startsWith("-")) ?? "";
  if (/^pip[\d.]*$/.test(program) || program === "uv") return pipTouches(words, place);
  if (program === "npm" && ["cache", "config", "ping", "view"].includes(subcommand)) return [];
  if (
    program === "npm" &&
    words.some((word) => /^(?:-g|--global)$/.test(word.text)) &&
    !words.some(({ text }) => /^[./]/.test(text))
  )
    return [touch("write", patternOf("usr"), "below"), touch("look", patternOf("usr/local/lib"), "below")];
  if (program === "go" && subcommand === "mod") return [touch("read", here, "names")];
  return null;
}

/** `pip install NAME…` unpacks wheels; a directory, or a source distribution, runs its setup. */
function pipTouches(words: readonly Word[], place: Place): Touch[] | null {
  const { operands, values } = readArguments(words, [
    "r",
    "c",
    "i",
    "t",
    "d",
    "requirement",
    "constraint",
    "index-url",
    "extra-index-url",
    "find-links",
    "f",
    "target",
    "cache-dir",
    "prefix",
    "root",
    "timeout",
    "python",
    "platform",
  ]);
  const [subcommand, ...names] = operands;
  const verb = textOf(subcommand);
  if (verb === null || ["cache", "list", "freeze", "show", "check", "config", "--version"].includes(verb)) return [];
  if (!["install", "download", "uninstall", "wheel"].includes(verb)) return null;
  if (names.some((word) => word.open || /^[./~]|^\w[\w+.-]*:\/\/|^git\+/.test(word.text))) return null;
  if (words.some((word) => /^(?:-e|--editable)/.test(word.text))) return null;
  const files = ["r", "requirement", "c", "constraint"].flatMap((flag) => values.get(flag) ?? []);
  const target = values.get("t") ?? values.get("target") ?? values.get("prefix") ?? values.get("root");
  return [
    ...files.map((word) => touch("read", pathOf(word, place))),
    ...["usr", "opt", "root/.local", "home"].map((path) => touch("write", patternOf(path), "below")),
    ...(target === undefined ? [] : [touch("write", pathOf(target, place), "below")]),
  ];
}
