import { readArguments } from "./arguments.ts";
import { ANY_TEXT, childOf, type PathPattern, resolvePattern } from "./path-pattern.ts";
import { type Deed, type Touch, touch } from "./touch.ts";
import type { Word } from "./words.ts";

/** Where a command runs. */
export interface Place {
  /** What relative paths start from; null where that is not known. */
  readonly directory: PathPattern | null;
  readonly home: string | null;
}

/** What a command touches, told by its words. */
export type CommandModel = (words: readonly Word[], place: Place) => Touch[];

export function pathOf({ text, open }: Word, { directory }: Place): PathPattern {
  return resolvePattern(text, open, directory);
}

/** The last name of a word, as a pattern. */
function lastName({ text, open }: Word): string {
  const name = text.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return open ? `${name}${ANY_TEXT}` : name;
}

const isRecursive = (flags: ReadonlySet<string>): boolean =>
  ["r", "R", "a", "recursive", "archive"].some((flag) => flags.has(flag));

function operandsAs(deed: Deed, valued: readonly string[] = [], skip = 0): CommandModel {
  return (words, place) => {
    const { flags, operands } = readArguments(words, valued);
    const reach = isRecursive(flags) ? "below" : "itself";
    return operands.slice(skip).map((word) => touch(deed, pathOf(word, place), reach));
  };
}

/** Files that a program makes of others end up at the last operand, or in it. */
function into(sources: readonly Word[], target: Word | undefined, place: Place): Touch[] {
  if (target === undefined) return [];
  const path = pathOf(target, place);
  return [touch("write", path), ...sources.map((source) => touch("write", childOf(path, lastName(source)), "below"))];
}

const copy: CommandModel = (words, place) => {
  const { flags, values, operands } = readArguments(words, ["t", "target-directory", "S", "suffix"]);
  const given = values.get("t") ?? values.get("target-directory");
  const sources = given === undefined ? operands.slice(0, -1) : operands;
  const reach = isRecursive(flags) ? "below" : "itself";
  return [
    ...sources.map((word) => touch("read", pathOf(word, place), reach)),
    ...into(sources, given ?? operands.at(-1), place),
  ];
};

const move: CommandModel = (words, place) => {
  const { values, operands } = readArguments(words, ["t", "target-directory", "S", "suffix"]);
  const given = values.get("t") ?? values.get("target-directory");
  const sources = given === undefined ? operands.slice(0, -1) : operands;
  return [
    ...sources.flatMap((word) => [
      touch("read", pathOf(word, place), "below"),
      touch("remove", pathOf(word, place), "below"),
    ]),
    ...into(sources, given ?? operands.at(-1), place),
  ];
};

const link: CommandModel = (words, place) => {
  const { flags, operands } = readArguments(words, ["t", "target-directory", "S", "suffix"]);
  const [source, target] = operands;
  if (source === undefined) return [];
  const to = target === undefined ? childOf(place.directory ?? resolvePattern("", true, null), lastName(source)) : null;
  const path = to ?? pathOf(target as Word, place);
  const isForced = flags.has("f") || flags.has("force");
  const made = [path, childOf(path, lastName(source))].map((one) => touch("make", one, "itself", isForced));
  return flags.has("s") || flags.has("symbolic") ? made : [touch("read", pathOf(source, place)), ...made];
};

const install: CommandModel = (words, place) => {
  const { flags, values, operands } = readArguments(words, ["m", "o", "g", "t", "S", "mode", "owner", "group"]);
  if (flags.has("d") || flags.has("directory"))
    return operands.flatMap((word) => [
      touch("make", pathOf(word, place), "itself", true),
      touch("restat", pathOf(word, place)),
    ]);
  const given = values.get("t");
  const sources = given === undefined ? operands.slice(0, -1) : operands;
  return [
    ...sources.map((word) => touch("read", pathOf(word, place))),
    ...into(sources, given ?? operands.at(-1), place),
  ];
};

const makeDirectory: CommandModel = (words, place) => {
  const { flags, operands } = readArguments(words, ["m", "mode"]);
  const isTolerant = flags.has("p") || flags.has("parents");
  return operands.map((word) => touch("make", pathOf(word, place), "itself", isTolerant));
};

const remove: CommandModel = (words, place) => {
  const { flags, operands } = readArguments(words);
  const isTolerant = flags.has("f") || flags.has("force");
  const reach = isRecursive(flags) ? "below" : "itself";
  return operands.map((word) => touch("remove", pathOf(word, place), reach, isTolerant));
};

/** chmod, chown, chgrp: modes and owners come first. */
const restat: CommandModel = (words, place) => {
  const { flags, values, operands } = readArguments(
    words.filter((word) => !/^-[rwxXst]+$/.test(word.text)),
    ["reference", "from"],
  );
  const reference = values.get("reference");
  const skip = reference === undefined && !words.some((word) => /^-[rwxXst]+$/.test(word.text)) ? 1 : 0;
  const reach = flags.has("R") || flags.has("recursive") ? "below" : "itself";
  return [
    ...(reference === undefined ? [] : [touch("read", pathOf(reference, place))]),
    ...operands.slice(skip).map((word) => touch("restat", pathOf(word, place), reach)),
  ];
};

const sed: CommandModel = (words, place) => {
  const { flags, values, operands } = readArguments(words, ["e", "f", "expression", "file"]);
  const files = values.has("e") || values.has("expression") || values.has("f") ? operands : operands.slice(1);
  const inPlace = flags.has("i") || flags.has("in-place");
  return files.flatMap((word) => {
    const path = pathOf(word, place);
    return inPlace ? [touch("read", path), touch("write", path)] : [touch("read", path)];
  });
};

const dd: CommandModel = (words, place) =>
  words.flatMap((word) => {
    const [, name, value] = /^(if|of)=(.*)$/s.exec(word.text) ?? [];
    if (name === undefined) return [];
    const path = pathOf({ text: value as string, open: word.open }, place);
    return [touch(name === "if" ? "read" : "write", path)];
  });

const list: CommandModel = (words, place) => {
  const { flags, operands } = readArguments(words, ["I", "w", "d", "max-depth"]);
  const given = operands.length === 0 ? [{ text: ".", open: false }] : operands;
  return given.flatMap((word) => {
    const path = pathOf(word, place);
    if (flags.has("d") && !flags.has("R")) return [touch("read", path)];
    return [touch("read", path), touch("look", path, isRecursive(flags) ? "below" : "names")];
  });
};

const TESTS_TWO = /^-(?:nt|ot|ef)$/;

/** `test -e /x`, `[ -f /x ]`: what is compared as text or number is no path, but may look like one. */
const test: CommandModel = (words, place) =>
  words.flatMap((word, i) => {
    const before = words[i - 1]?.text ?? "";
    const isPath =
      /^-[bcdefghkLnprsStuwxzGNO]$/.test(before) || TESTS_TWO.test(before) || TESTS_TWO.test(words[i + 1]?.text ?? "");
    const isText = /^-[nzt]$/.test(before);
    return isPath && !isText ? [touch("look", pathOf(word, place))] : [];
  });

const grep: CommandModel = (words, place) => {
  const { flags, values, operands } = readArguments(words, ["e", "f", "m", "A", "B", "C", "regexp", "file", "include"]);
  const files = values.has("e") || values.has("regexp") || values.has("f") ? operands : operands.slice(1);
  const reach = isRecursive(flags) ? "below" : "itself";
  const given = files.length === 0 && reach === "below" ? [{ text: ".", open: false }] : files;
  return given.map((word) => touch("read", pathOf(word, place), reach));
};

/** gzip, xz and their like replace a file by another. */
function compressor(suffix: string, isUnpacking: boolean): CommandModel {
  return (words, place) => {
    const { flags, operands } = readArguments(words, ["S", "T"]);
    const unpacks = isUnpacking || flags.has("d") || flags.has("decompress");
    return operands.flatMap((word) => {
      const path = pathOf(word, place);
      if (flags.has("c") || flags.has("t") || flags.has("stdout")) return [touch("read", path)];
      const made = unpacks ? word.text.replace(/\.\w+$/, "") : `${word.text}${suffix}`;
      const keeps = flags.has("k") || flags.has("keep");
      return [
        touch("read", path),
        ...(keeps ? [] : [touch("remove", path)]),
        touch("write", pathOf({ text: made, open: word.open }, place)),
      ];
    });
  };
}

const NO_PATHS: CommandModel = () => [];

const reads = operandsAs("read", ["n", "c", "d", "f", "s", "k", "t", "w"]);
const writes = operandsAs("write", ["s", "size", "l", "o", "length"]);

const touches: CommandModel = (words, place) => {
  const { values, operands } = readArguments(words, ["d", "t", "r", "date", "reference"]);
  const reference = values.get("r") ?? values.get("reference");
  return [
    ...(reference === undefined ? [] : [touch("read", pathOf(reference, place))]),
    ...operands.flatMap((word) => [touch("look", pathOf(word, place)), touch("restat", pathOf(word, place))]),
  ];
};

const checksum: CommandModel = (words, place) => {
  const { flags, operands } = readArguments(words);
  const files = operands.map((word) => touch("read", pathOf(word, place)));
  // The list names files that stand nowhere in the command.
  const isCheck = flags.has("c") || flags.has("check");
  return isCheck ? [...files, touch("read", pathOf({ text: ".", open: false }, place), "below")] : files;
};

const strip: CommandModel = (words, place) => {
  const { operands } = readArguments(words, ["o", "R", "K", "N"]);
  return operands.flatMap((word) => [touch("read", pathOf(word, place)), touch("write", pathOf(word, place))]);
};

const readlink: CommandModel = (words, place) =>
  readArguments(words, ["relative-to"]).operands.map((word) => touch("look", pathOf(word, place)));

function each(names: string, model: CommandModel): [string, CommandModel][] {
  return names.split(" ").map((name) => [name, model]);
}

/** Programs that touch what they are told to, by their manuals (POSIX, coreutils 9, BusyBox 1.36). */
export const FILE_COMMANDS: ReadonlyMap<string, CommandModel> = new Map([
  ...each(
    ": true false echo printf date id whoami uname sleep exit set export unset umask getent nproc arch hostname " +
      "expr seq env printenv pwd type which hash return break continue shift sync tty local readonly logname groups wait",
    NO_PATHS,
  ),
  ...each(
    "cat head tail wc sort uniq cut tr nl od xxd hexdump strings file diff cmp comm paste tac fold rev base64 less more join",
    reads,
  ),
  ...each("md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum", checksum),
  ...each("stat realpath readlink basename dirname", readlink),
  ...each("ldd nm size objdump readelf scanelf", reads),
  ...each("ls dir du", list),
  ...each("test [", test),
  ...each("grep egrep fgrep", grep),
  ...each("chmod chown chgrp", restat),
  ...each("tee truncate fallocate mkfifo", writes),
  ...each("gzip bzip2 xz lzma zstd", compressor(".gz", false)),
  ...each("gunzip bunzip2 unxz unlzma unzstd", compressor(".gz", true)),
  ...each("zcat bzcat xzcat", reads),
  ["cp", copy],
  ["mv", move],
  ["ln", link],
  ["link", link],
  ["install", install],
  ["mkdir", makeDirectory],
  ["rmdir", operandsAs("remove")],
  ["unlink", operandsAs("remove")],
  ["rm", remove],
  ["shred", operandsAs("write")],
  ["touch", touches],
  ["sed", sed],
  ["awk", (words, place) => reads(words.slice(1), place)],
  ["dd", dd],
  ["strip", strip],
  ["setcap", operandsAs("restat", [], 1)],
  ["setfacl", operandsAs("restat", ["m", "x", "M", "X"])],
  ["chattr", operandsAs("restat", [], 1)],
]);
