import type { MapData } from "../data/map-data.ts";
import { unpackMap } from "../data/pack-map.ts";
import type { PageData } from "../data/page-data.ts";

/** Reads what was put into the page: base64 of gzip, in an element that is not looked at as markup. */
async function bytesOf(id: string): Promise<Uint8Array> {
  const text = atob(document.getElementById(id)?.textContent ?? "");
  // A loop, for megabytes: a call for each character takes ten times as long.
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @throws {Error} where the file was cut or changed */
export async function readData(): Promise<{ readonly page: PageData; readonly map: MapData }> {
  const [page, map] = await Promise.all([bytesOf("data"), bytesOf("map")]);
  return { page: JSON.parse(new TextDecoder().decode(page)) as PageData, map: unpackMap(map) };
}
