import type { Random } from "./random.ts";

/** Numbers at which fields overflow, change sign, or announce more than there is. */
const NUMBERS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
/** What ends, opens or escapes something in some format, and characters that must not reach an output as they are. */
const TEXTS = [
  "\0",
  "\n",
  "\r\n",
  "\u001b[2J",
  "\u0007",
  "\u009b",
  "\u202e",
  "\u2066",
  "=cmd",
  "|",
  "`",
  "$((",
  "${a:-",
  "<<E",
  '"',
  "'",
  "\\",
  "../",
  "//",
  ".wh.",
  ".wh..wh..opq",
  "{",
  "[",
  "]",
  "}",
  ",",
  ":",
  ";",
  "\ufffd",
  "\ud83d\ude00",
  "__proto__",
  "constructor",
  "-1",
  "1e400",
  "9007199254740993",
  " ",
  "\t",
  "#",
  "&&",
];

export function oddText(random: Random): string {
  return random.pick(TEXTS);
}

/** A word, sometimes with something odd in it. */
export function word(random: Random): string {
  const plain = random.pick(["a", "bin", "etc", "lib", "usr", "x", "app", "musl", "node_modules", "é", "0"]);
  return random.chance(0.1) ? plain + oddText(random) : plain;
}

/** A copy of bytes with one to four changes: bits, numbers of either order, stretches gone, doubled, moved, put in. */
export function mutated(random: Random, bytes: Uint8Array): Buffer {
  let out = Buffer.from(bytes);
  for (let changes = 1 + random.upTo(3); changes > 0 && out.length > 0; changes--) out = changed(random, out);
  return out;
}

function changed(random: Random, bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const at = random.upTo(bytes.length - 1);
  const length = Math.min(bytes.length - at, 1 + Math.floor(random.next() ** 3 * 512));
  switch (random.upTo(7)) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << random.upTo(7));
      return bytes;
    case 1:
      if (at + 4 <= bytes.length) bytes.writeUInt32LE(random.pick(NUMBERS), at);
      return bytes;
    case 2:
      if (at + 4 <= bytes.length) bytes.writeUInt32BE(random.pick(NUMBERS), at);
      return bytes;
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(oddText(random)), bytes.subarray(at)]);
    case 6:
      return Buffer.from(bytes.subarray(0, at));
    default:
      bytes.copyWithin(at, random.upTo(bytes.length - 1), bytes.length);
      return bytes;
  }
}

/** The same of text. */
export function mutatedText(random: Random, text: string): string {
  return mutated(random, Buffer.from(text)).toString("utf8");
}

/** A copy of plain JSON data with some members gone, doubled, or of other kinds. */
export function mutatedJson(random: Random, value: unknown, depth = 0): unknown {
  if (random.chance(0.06)) return oddValue(random);
  if (Array.isArray(value)) {
    const list = value.flatMap((one) =>
      random.chance(0.05) ? [] : [mutatedJson(random, one, depth + 1), ...(random.chance(0.05) ? [one] : [])],
    );
    return list;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(() => !random.chance(0.04));
    const named = entries.map(([key, one]) => [
      random.chance(0.02) ? oddText(random) : key,
      mutatedJson(random, one, depth + 1),
    ]);
    return Object.fromEntries(named);
  }
  return typeof value === "string" && random.chance(0.05) ? mutatedText(random, value) : value;
}

function oddValue(random: Random): unknown {
  const nested = Array.from({ length: 1 + random.upTo(200) }).reduce<unknown>((inner) => [inner], 1);
  return random.pick<unknown>([null, true, 0, -1, 1.5, 2 ** 53, 1e308, "", oddText(random), [], {}, nested, [null]]);
}
