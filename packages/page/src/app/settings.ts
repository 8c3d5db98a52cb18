export const AREAS = ["content", "blob"] as const;
export const GROUPS = ["directory", "package", "category", "layer"] as const;
export const COLOURS = ["fate", "category", "owner", "layer"] as const;
export const SHOWS = ["all", "live", "waste"] as const;

/** What a reader chose to see. Each choice stands in the address behind `#`, so that a view can be linked to. */
export interface Settings {
  /** What the size of a tile means. */
  readonly area: (typeof AREAS)[number];
  readonly group: (typeof GROUPS)[number];
  readonly colour: (typeof COLOURS)[number];
  readonly show: (typeof SHOWS)[number];
  /** Only what this layer stores; null for all. */
  readonly layer: number | null;
  /** What the names of files or of directories above them contain. */
  readonly query: string;
  /** Where the map is zoomed to: names from the root down, absolute, `/` for all of it. */
  readonly path: string;
}

export const FIRST_SETTINGS: Settings = {
  area: "content",
  group: "directory",
  colour: "fate",
  show: "all",
  layer: null,
  query: "",
  path: "/",
};

function oneOf<Value extends string>(values: readonly Value[], text: string | null, otherwise: Value): Value {
  return values.find((value) => value === text) ?? otherwise;
}

/** The settings that an address names; what it does not name, or names wrongly, is as at first. */
export function readSettings(hash: string): Settings {
  const named = new URLSearchParams(hash.replace(/^#/, ""));
  const layer = named.get("layer") ?? "";
  return {
    area: oneOf(AREAS, named.get("area"), FIRST_SETTINGS.area),
    group: oneOf(GROUPS, named.get("group"), FIRST_SETTINGS.group),
    colour: oneOf(COLOURS, named.get("colour"), FIRST_SETTINGS.colour),
    show: oneOf(SHOWS, named.get("show"), FIRST_SETTINGS.show),
    layer: /^\d{1,6}$/.test(layer) ? Number(layer) : null,
    query: named.get("search") ?? "",
    path: named.get("path") ?? "/",
  };
}

/** The address of settings: only what differs from the first ones. */
export function addressOf(settings: Settings): string {
  const { area, group, colour, show, layer, query, path } = settings;
  const named = { path, area, group, colour, show, search: query };
  const first: Readonly<Record<string, unknown>> = { ...FIRST_SETTINGS, search: "" };
  const parts = Object.entries(named)
    .filter(([name, value]) => value !== first[name])
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2F", "/")}`);
  if (layer !== null) parts.push(`layer=${layer}`);
  return parts.length === 0 ? "#" : `#${parts.join("&")}`;
}
