import { ByteReader, ByteWriter } from "./bytes.ts";
import type { MapData } from "./map-data.ts";

/** The columns of whole numbers, in the order in which they are written. */
const COLUMNS = ["place", "layer", "removedIn", "fate", "owner", "category"] as const;

/** A map as bytes: see {@link unpackMap}. Texts stand in one, a line each, which is read at once; none has a line feed. */
export function packMap(map: MapData): Uint8Array {
  const writer = new ByteWriter();
  writeTexts(writer, map.names);
  for (let place = 1; place < map.names.length; place++) writer.number(place - (map.parents[place] as number));
  writeTexts(writer, map.owners);
  writeTexts(writer, map.categories);
  writer.number(map.place.length);
  // A column after the other: like stands beside like, which is what compresses.
  for (const key of COLUMNS) for (const value of map[key]) writer.number(value);
  for (const value of map.content) writer.number(value);
  writer.number(map.blob === null ? 0 : 1);
  for (const value of map.blob ?? []) writer.number(value);
  return writer.bytes;
}

function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  writer.number(texts.length);
  writer.text(texts.join("\n"));
}

/** @throws {RangeError} where the bytes are not those of a whole map */
export function unpackMap(bytes: Uint8Array): MapData {
  const reader = new ByteReader(bytes);
  const texts = (): string[] => {
    const length = reader.number();
    const lines = reader.text().split("\n");
    return length === 0 ? [] : lines;
  };
  const names = texts();
  const parents = new Uint32Array(names.length);
  for (let place = 1; place < names.length; place++) parents[place] = place - reader.number();
  const [owners, categories] = [texts(), texts()];
  const count = reader.number();
  const fill = <Column extends Uint32Array | Float64Array>(column: Column): Column => {
    for (let row = 0; row < count; row++) column[row] = reader.number();
    return column;
  };
  const whole = (): Uint32Array => fill(new Uint32Array(count));
  const amounts = (): Float64Array => fill(new Float64Array(count));
  const [place, layer, removedIn, fate, owner, category] = COLUMNS.map(whole) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const content = amounts();
  const blob = reader.number() === 1 ? amounts() : null;
  return { names, parents, owners, categories, place, layer, removedIn, fate, owner, category, content, blob };
}
