import { FATES, type MapData } from "../data/map-data.ts";
import type { Settings } from "./settings.ts";

/** What the colours of the map mean: each row is of one class. */
export interface Classes {
  readonly names: readonly string[];
  /** By class: how CSS writes its colour. */
  readonly colours: readonly string[];
  /** By row. */
  readonly of: Uint8Array;
}

/** Okabe and Ito's colours, which people of every kind of colour vision can tell apart, and tints of them. */
const PALETTE = [
  "#56b4e9",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#f0e442",
  "#0072b2",
  "#d55e00",
  "#9ad1f2",
  "#f2c46d",
  "#66c5ab",
  "#e0afca",
] as const;
const OTHER = "#b8b8b8";

const FATE_COLOURS = ["#56b4e9", "#e69f00", "#f0e442", "#d55e00", "#cc79a7", "#f2c46d", "#b8b8b8"];

/** The classes that a choice of colour makes. */
export function classesOf(map: MapData, colour: Settings["colour"]): Classes {
  if (colour === "fate") return { names: FATES, colours: FATE_COLOURS, of: Uint8Array.from(map.fate) };
  if (colour === "layer") return layerClasses(map);
  const [of, names] = colour === "owner" ? [map.owner, map.owners] : [map.category, map.categories];
  return largest(map, of, names);
}

/** As many as there are colours, those with most bytes; all others are one. */
function largest(map: MapData, of: Uint32Array, names: readonly string[]): Classes {
  const sums = new Float64Array(names.length);
  of.forEach((key, row) => {
    sums[key] = (sums[key] as number) + (map.content[row] as number);
  });
  const order = [...sums.keys()].sort((a, b) => (sums[b] as number) - (sums[a] as number) || a - b);
  const chosen = order.slice(0, PALETTE.length);
  const classOf = new Uint8Array(names.length).fill(chosen.length);
  chosen.forEach((key, number) => {
    classOf[key] = number;
  });
  const hasOther = order.length > chosen.length;
  return {
    names: [...chosen.map((key) => names[key] as string), ...(hasOther ? ["others"] : [])],
    colours: [...PALETTE.slice(0, chosen.length), ...(hasOther ? [OTHER] : [])],
    of: Uint8Array.from(of, (key) => classOf[key] as number),
  };
}

/** Layers by age, dark to light; where there are very many, neighbours share a class. */
function layerClasses(map: MapData): Classes {
  const layers = map.layer.reduce((most, layer) => Math.max(most, layer + 1), 1);
  const steps = Math.min(layers, 12);
  const stepOf = (layer: number): number => Math.floor((layer * steps) / layers);
  const names = Array.from({ length: steps }, (_, step) => {
    const first = Math.ceil((step * layers) / steps);
    const last = Math.ceil(((step + 1) * layers) / steps) - 1;
    return first === last ? `layer ${first}` : `layers ${first} to ${last}`;
  });
  return {
    names,
    colours: names.map((_, step) => `hsl(210 60% ${Math.round(35 + (50 * step) / Math.max(steps - 1, 1))}%)`),
    of: Uint8Array.from(map.layer, stepOf),
  };
}
