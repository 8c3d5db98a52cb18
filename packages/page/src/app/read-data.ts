import type { MapData } from "../data/map-data.ts";
import { unpackMap } from "../data/pack-map.ts";
import type { PageData } from "../data/page-data.ts";

/** Reads what was put into the page: base64 of gzip, in an element that is not looked at as markup. */
async function bytesOf(id: string): Promise<Uint8Array> {
  const text = document.getElementById(id)?.textContent ?? "";
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @throws {Error} where the file was cut or changed */
export async function readData(): Promise<{ readonly page: PageData; readonly map: MapData }> {
  const [page, map] = await Promise.all([bytesOf("data"), bytesOf("map")]);
  return { page: JSON.parse(new TextDecoder().decode(page)) as PageData, map: unpackMap(map) };
}
