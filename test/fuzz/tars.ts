import { elfBytes } from "../support/elf-bytes.ts";
import {
  dir,
  extension,
  file,
  hardlink,
  opaque,
  paxRecords,
  symlink,
  type TarEntry,
  whiteout,
} from "../support/tar-bytes.ts";
import { databaseFile } from "./databases.ts";
import { mutated, oddText, word } from "./mutate.ts";
import type { Random } from "./random.ts";

const FORMS = ["gnu", "pax-0.0", "pax-0.1", "pax-1.0"] as const;
const PAX_KEYS = [
  "path",
  "linkpath",
  "size",
  "mtime",
  "uid",
  "GNU.sparse.major",
  "GNU.sparse.minor",
  "GNU.sparse.map",
  "GNU.sparse.realsize",
  "GNU.sparse.name",
  "SCHILY.xattr.user.x",
];

export function path(random: Random): string {
  return [word(random), ...random.some(4, () => word(random))].join("/").slice(0, 300);
}

function sparseFile(random: Random): TarEntry {
  let at = 0;
  const fragments = random.some(30, (): [number, string] => {
    at += random.upTo(3000);
    const data = "x".repeat(1 + random.upTo(100));
    const fragment: [number, string] = [at, data];
    at += data.length;
    return fragment;
  });
  return file(path(random), "", { sparse: { form: random.pick(FORMS), size: at + random.upTo(100_000), fragments } });
}

function paxFile(random: Random): TarEntry {
  const pax = random.some(5, (): [string, string] => [
    random.pick(PAX_KEYS),
    random.chance(0.5) ? String(random.upTo(2000)) : word(random),
  ]);
  return file(path(random), random.upTo(1000), { pax });
}

function elf(random: Random): TarEntry {
  const bytes = elfBytes({
    bits: random.pick([32, 64]),
    little: random.chance(0.7),
    machine: random.pick([3, 40, 62, 183]),
    ...(random.chance(0.5) && {
      interpreter: random.pick(["/lib/ld-musl-x86_64.so.1", "/lib64/ld-linux-x86-64.so.2", oddText(random)]),
    }),
    needed: random.some(10, () => `lib${word(random)}.so`),
    runpath: random.chance(0.5) ? `$ORIGIN/../${word(random)}:${word(random)}` : "/lib",
    ...(random.chance(0.3) && {
      goBuildInfo: ["go1.22.1", `path\t${word(random)}\nmod\t${word(random)}\tv1\n`] as const,
    }),
  });
  return file(
    `usr/lib/lib${word(random)}.so`.replaceAll("\0", ""),
    random.chance(0.6) ? mutated(random, bytes) : bytes,
    { mode: 0o755 },
  );
}

function entry(random: Random): TarEntry | Uint8Array {
  switch (random.upTo(13)) {
    case 0:
      return dir(path(random));
    case 1:
      return symlink(path(random), random.chance(0.3) ? `../${path(random)}` : path(random));
    case 2:
      return hardlink(path(random), path(random));
    case 3:
      return whiteout(path(random));
    case 4:
      return opaque(path(random));
    case 5:
      return sparseFile(random);
    case 6:
      return paxFile(random);
    case 7:
      return elf(random);
    case 8:
      return {
        name: path(random),
        type: random.pick(["1", "5", "7", "D", "S", "x", "g", "L", "K", "V", "\0", "Z"]),
        content: word(random),
      };
    case 9:
      return extension(
        random.pick(["x", "g", "L", "K"]),
        "././@LongLink",
        random.chance(0.5) ? paxRecords([[random.pick(PAX_KEYS), word(random)]]) : random.bytes(random.upTo(40)),
      );
    case 10:
    case 11:
      return databaseFile(random);
    default:
      return file(path(random), random.upTo(2000), {
        mode: random.pick([0o644, 0o755, 0o4755]),
        uid: random.upTo(2 ** 21),
      });
  }
}

/** Entries of a layer, of all kinds that tars have and layers give a meaning. */
export function entries(random: Random): (TarEntry | Uint8Array)[] {
  return random.some(16, () => entry(random));
}
