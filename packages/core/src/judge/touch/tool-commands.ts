import { readArguments } from "./arguments.ts";
import { type CommandModel, type Place, pathOf } from "./file-commands.ts";
import { childOf, patternOf } from "./path-pattern.ts";
import { type Touch, touch } from "./touch.ts";
import { textOf, type Word } from "./words.ts";

const HERE: Word = { text: ".", open: false };

const TAR_VALUED = [
  "f",
  "C",
  "X",
  "T",
  "file",
  "directory",
  "exclude",
  "strip-components",
  "exclude-from",
  "transform",
  "owner",
  "group",
  "mode",
  "mtime",
];

/** `tar xzf a -C b`, `tar -xf a`, `tar cf a b`: archives are read or written, and what is in them lands below a directory. */
const tar: CommandModel = (given, place) => {
  const [first, ...rest] = given;
  const isOld = first !== undefined && !first.text.startsWith("-") && /^[A-Za-z]+$/.test(first.text);
  const { flags, values, operands } = readArguments(
    isOld ? [{ ...first, text: `-${first.text}` }, ...rest] : given,
    TAR_VALUED,
  );
  const archive = values.get("f") ?? values.get("file");
  const change = values.get("C") ?? values.get("directory");
  const directory = change === undefined ? pathOf(HERE, place) : pathOf(change, place);
  const own = change === undefined ? [] : [touch("read", directory)];
  const isFile = archive !== undefined && textOf(archive) !== "-";
  const list = values.get("T") ?? values.get("X") ?? values.get("exclude-from");
  const lists = list === undefined ? [] : [touch("read", pathOf(list, place))];
  if (["x", "extract", "get", "t", "list"].some((flag) => flags.has(flag))) {
    const isListing = flags.has("t") || flags.has("list");
    return [
      ...own,
      ...lists,
      ...(isFile ? [touch("read", pathOf(archive, place))] : []),
      ...(isListing ? [] : [touch("write", directory, "below")]),
    ];
  }
  return [
    ...own,
    ...lists,
    ...(isFile ? [touch("write", pathOf(archive, place))] : []),
    ...operands.map((word) => touch("read", pathOf(word, { ...place, directory }), "below")),
    ...(values.has("T") ? [touch("read", directory, "below")] : []),
  ];
};

const unzip: CommandModel = (words, place) => {
  const { values, operands } = readArguments(words, ["d", "x", "P"]);
  const [archive] = operands;
  const directory = values.get("d") ?? HERE;
  return [
    ...(archive === undefined ? [] : [touch("read", pathOf(archive, place))]),
    touch("write", pathOf(directory, place), "below"),
  ];
};

function nameOfUrl(word: Word): Word {
  const [path = ""] = word.text.split(/[?#]/, 1);
  const name = path.split("/").at(-1) ?? "";
  return { text: name === "" ? "index.html" : name, open: word.open };
}

const curl: CommandModel = (words, place) => {
  const { flags, values, operands } = readArguments(words, [
    ..."oTdHuAeXbcKmwFxrCyYzE",
    ..."output output-dir upload-file data data-binary header user user-agent request retry retry-delay retry-max-time".split(
      " ",
    ),
    ..."connect-timeout max-time cacert cert key proxy proto url netrc-file config cookie cookie-jar form".split(" "),
  ]);
  const isUrl = (word: Word): boolean => /^[a-z]+:\/\//.test(word.text);
  const output = values.get("o") ?? values.get("output");
  const directory = values.get("output-dir");
  const target = { ...place, directory: directory === undefined ? place.directory : pathOf(directory, place) };
  const read = ["T", "upload-file", "K", "config", "cacert", "cert", "key", "netrc-file"].flatMap(
    (flag) => values.get(flag) ?? [],
  );
  const data = ["d", "data", "data-binary"]
    .flatMap((flag) => values.get(flag) ?? [])
    .filter(({ text }) => text.startsWith("@"));
  return [
    ...(output === undefined ? [] : [touch("write", pathOf(output, target))]),
    ...(flags.has("O") || flags.has("remote-name")
      ? operands.map((word) => touch("write", pathOf(nameOfUrl(word), target)))
      : []),
    // One -o, and several files may have names of their own.
    ...(operands.filter(isUrl).length > 1 && output !== undefined
      ? [touch("write", pathOf(HERE, target), "below")]
      : []),
    ...read.map((word) => touch("read", pathOf(word, place))),
    ...data.map((word) => touch("read", pathOf({ ...word, text: word.text.slice(1) }, place))),
  ];
};

const wget: CommandModel = (words, place) => {
  const { flags, values, operands } = readArguments(words, [
    ..."OPoatTiUe",
    ..."output-document directory-prefix output-file tries timeout input-file user-agent header user password ca-certificate post-data post-file".split(
      " ",
    ),
  ]);
  // BusyBox and GNU wget: -q, -c and -S take nothing, -O a file or `-`.
  const output = values.get("O") ?? values.get("output-document");
  const log = values.get("o") ?? values.get("output-file");
  const input = values.get("i") ?? values.get("input-file");
  const directory = pathOf(values.get("P") ?? values.get("directory-prefix") ?? HERE, place);
  const isRecursive = flags.has("r") || flags.has("m") || flags.has("recursive") || flags.has("mirror");
  const documents =
    output === undefined
      ? operands.map((word) => touch("write", pathOf(nameOfUrl(word), { ...place, directory })))
      : textOf(output) === "-"
        ? []
        : [touch("write", pathOf(output, place))];
  return [
    ...documents,
    ...(isRecursive || input !== undefined ? [touch("write", directory, "below")] : []),
    ...(input === undefined ? [] : [touch("read", pathOf(input, place))]),
    ...(log === undefined ? [] : [touch("write", pathOf(log, place))]),
  ];
};

const ACTION = /^-(?:exec|execdir|ok|okdir)$/;
const TEST_OF_NAME = /^-i?name$/;

/** `find DIRECTORY… TESTS ACTIONS`; null where an action is a program that nobody can read. */
export function findTouches(
  words: readonly Word[],
  place: Place,
  runs: (words: readonly Word[], found: Touch) => Touch[] | null,
): Touch[] | null {
  const expression = words.findIndex(({ text }, i) =>
    text.startsWith("-") && !/^-[HLP]$/.test(text) ? i >= 0 : text === "(" || text === "!",
  );
  const end = expression < 0 ? words.length : expression;
  const roots = words.slice(0, end).filter(({ text }) => !text.startsWith("-"));
  const tests = words.slice(end);
  const names = tests.flatMap((word, i) => (TEST_OF_NAME.test(tests[i - 1]?.text ?? "") ? [word] : []));
  const isPlain = tests.every(({ text }) => !/^(?:!|-not|-o|-or|,)$/.test(text));
  const [name] = names;
  // The pattern of -name is quoted, so its wildcards are still letters.
  const filter =
    isPlain && names.length === 1 && name !== undefined && !name.open
      ? name.text.replaceAll("*", "\u{e000}").replaceAll("?", "\u{e001}")
      : null;
  const below = (roots.length === 0 ? [HERE] : roots).map((root) => pathOf(root, place));
  const depthOne = tests.some(({ text }, i) => text === "-maxdepth" && tests[i + 1]?.text === "1");
  const reach = depthOne ? "names" : "below";
  const found = (deed: Touch["deed"]): Touch[] =>
    below.map((path) => ({ ...touch(deed, path, deed === "look" ? reach : "below", true), lastName: filter }));
  const touches: Touch[] = [...below.map((path) => touch("read", path)), ...found("look")];
  for (let i = 0; i < tests.length; i++) {
    const { text } = tests[i] as Word;
    if (text === "-delete") touches.push(...found("remove"));
    else if (/^-(?:newer|samefile)$/.test(text) && tests[i + 1] !== undefined)
      touches.push(touch("read", pathOf(tests[i + 1] as Word, place)));
    else if (/^-f(?:print|ls)/.test(text) && tests[i + 1] !== undefined)
      touches.push(touch("write", pathOf(tests[i + 1] as Word, place)));
    else if (ACTION.test(text)) {
      const after = tests.slice(i + 1);
      const last = after.findIndex((word) => word.text === ";" || word.text === "+");
      for (const one of found("read")) {
        const done = runs(after.slice(0, last < 0 ? undefined : last), one);
        if (done === null) return null;
        touches.push(...done);
      }
    }
  }
  return touches;
}

/** Compilers and linkers read what they are given, headers beside it, and what packages installed; they write what -o names. */
const compile: CommandModel = (words, place) => {
  const { flags, values, operands } = readArguments(words, [
    ..."oIJLDlxWfmOgTuUtz",
    "include",
    "isystem",
    "param",
    "sysroot",
  ]);
  const directories = ["I", "L", "isystem"].flatMap((flag) => values.get(flag) ?? []);
  const output = values.get("o");
  const here = pathOf(HERE, place);
  return [
    ...operands.flatMap((word) => {
      const path = pathOf(word, place);
      const directory = path.open ? path : { names: path.names.slice(0, -1), open: false };
      return [touch("read", path), touch("look", directory, "below")];
    }),
    ...directories.map((word) => touch("read", pathOf(word, place), "below")),
    touch("read", patternOf("usr/include"), "below"),
    touch("look", patternOf("usr/lib"), "below"),
    touch("look", patternOf("usr/local/lib"), "below"),
    ...(output === undefined
      ? [touch("write", childOf(here, flags.has("c") || flags.has("S") ? "\u{e000}.o" : "a.out"))]
      : [touch("write", pathOf(output, place))]),
  ];
};

/** Accounts are lines of files in /etc, and directories in /home. */
const account: CommandModel = () => [
  ...["passwd", "group", "shadow", "gshadow", "subuid", "subgid", "login.defs"].flatMap((name) =>
    ["", "-"].flatMap((end) => [
      touch("read", patternOf(`etc/${name}${end}`)),
      touch("write", patternOf(`etc/${name}${end}`)),
    ]),
  ),
  touch("look", patternOf("home"), "names"),
  touch("make", patternOf("home"), "below", true),
  touch("read", patternOf("etc/skel"), "below"),
];

const gitClone: CommandModel = (words, place) => {
  const { operands } = readArguments(words.slice(1), [
    "b",
    "branch",
    "depth",
    "o",
    "origin",
    "c",
    "config",
    "reference",
    "j",
    "jobs",
  ]);
  const [url, target] = operands;
  const name = url === undefined ? HERE : { ...nameOfUrl(url), text: nameOfUrl(url).text.replace(/\.git$/, "") };
  return [touch("make", pathOf(target ?? name, place), "below"), touch("look", pathOf(target ?? name, place), "names")];
};

/** `python -m compileall DIR`, which reads sources and writes byte code beside them. */
const compileAll: CommandModel = (words, place) =>
  readArguments(words, ["d", "x", "r", "j"]).operands.flatMap((word) => [
    touch("read", pathOf(word, place), "below"),
    touch("write", pathOf(word, place), "below"),
  ]);

const linker: CommandModel = () => [
  touch("look", patternOf("lib"), "below"),
  touch("look", patternOf("usr/lib"), "below"),
  touch("look", patternOf("usr/local/lib"), "below"),
  touch("read", patternOf("etc/ld.so.conf")),
  touch("read", patternOf("etc/ld.so.conf.d"), "below"),
  touch("write", patternOf("etc/ld.so.cache")),
];

const certificates: CommandModel = () => [
  touch("read", patternOf("etc/ca-certificates.conf")),
  touch("read", patternOf("usr/share/ca-certificates"), "below"),
  touch("read", patternOf("usr/local/share/ca-certificates"), "below"),
  touch("write", patternOf("etc/ssl"), "below"),
];

const LISTS_OF_GO = ["build", "install", "mod", "get", "vet", "list", "test"];

/** Go runs nothing of what it builds: it reads the module that it stands in, and its caches. */
const go: CommandModel = (words, place) => {
  const subcommand = textOf(words[0]) ?? "";
  const { values, operands } = readArguments(words.slice(1), ["o", "ldflags", "tags", "C", "gcflags", "mod", "p"]);
  // `-ldflags=…` has one dash.
  const output = values.get("o");
  const here = pathOf(HERE, place);
  return [
    touch("read", here, "below"),
    ...here.names.map((_, i) => touch("look", { names: [...here.names.slice(0, i), "go.mod"], open: false })),
    ...operands.flatMap((word) =>
      word.text.startsWith("./") || word.text.startsWith("/") ? [touch("read", pathOf(word, place), "below")] : [],
    ),
    ...(output === undefined ? [touch("write", here, "names")] : [touch("write", pathOf(output, place))]),
    ...(LISTS_OF_GO.includes(subcommand)
      ? [touch("write", childOf(here, "go.mod")), touch("write", childOf(here, "go.sum"))]
      : []),
  ];
};

/** Programs of one purpose, by their manuals. What they read of their own caches goes without saying. */
export const TOOL_COMMANDS: ReadonlyMap<string, CommandModel> = new Map<string, CommandModel>([
  ["tar", tar],
  ["bsdtar", tar],
  ["unzip", unzip],
  ["curl", curl],
  ["wget", wget],
  ...["cc", "gcc", "g++", "c++", "clang", "clang++", "ld", "as", "ar", "ranlib", "tcc"].map(
    (name): [string, CommandModel] => [name, compile],
  ),
  ...[
    "adduser",
    "useradd",
    "addgroup",
    "groupadd",
    "usermod",
    "groupmod",
    "deluser",
    "userdel",
    "delgroup",
    "chpasswd",
    "passwd",
  ].map((name): [string, CommandModel] => [name, account]),
  ["ldconfig", linker],
  ["update-ca-certificates", certificates],
  ["go", go],
]);

/** `git clone`; other subcommands read the repository that they stand in, and it may tell them anything. */
export function gitTouches(words: readonly Word[], place: Place): Touch[] | null {
  if (textOf(words[0]) === "clone") return gitClone(words, place);
  if (["config", "--version", "version"].includes(textOf(words[0]) ?? ""))
    return [touch("write", patternOf("root/.gitconfig")), touch("write", patternOf("etc/gitconfig"))];
  return null;
}

/** `python -m …`, as far as the module is known not to run anything. */
export function pythonTouches(words: readonly Word[], place: Place): Touch[] | null {
  if (textOf(words[0]) === "-m" && textOf(words[1]) === "compileall") return compileAll(words.slice(2), place);
  return words.length === 1 && /^-(?:V|-version)$/.test(words[0]?.text ?? "") ? [] : null;
}
