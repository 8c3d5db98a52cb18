import { describe, expect, it, test } from "vitest";
import { CATEGORIES } from "../../../packages/core/src/category/catalogue.ts";
import { Categorizer } from "../../../packages/core/src/category/categorize.ts";
import { PLACES, type Place } from "../../../packages/core/src/category/places.ts";
import { RULES } from "../../../packages/core/src/finding/rules.ts";

const HOME = "srv/me";
const categorizer = new Categorizer([HOME]);

/** Paths that a glob names: one for each choice in braces, `x` for what may be anything, each kind of home. */
function pathsOf(glob: string): string[] {
  const brace = /^(.*?)\{([^{}]*)\}(.*)$/.exec(glob);
  if (brace !== null) {
    const [, before, inside = "", after] = brace;
    return inside.split(",").flatMap((choice) => pathsOf(`${before}${choice}${after}`));
  }
  const path = glob.replaceAll("**", "x/y").replaceAll("*", "x").replaceAll("[0-9]", "0");
  return path.startsWith("~/") ? ["root", "home/me", HOME].map((home) => home + path.slice(1)) : [path];
}

const categoryOf = (path: string): string => categorizer.categoryOf(path, { owner: null, system: false });

describe("places", () => {
  test.each(Object.entries<Place>(PLACES))("all of %s has its category", (_, { globs, category }) => {
    for (const path of globs.flatMap(pathsOf)) expect(categoryOf(path), path).toBe(category);
  });

  it("hold whole directories", () => {
    for (const { globs } of Object.values<Place>(PLACES))
      for (const glob of globs) expect(glob).toMatch(/^[^/].*\/\*\*$/);
  });

  it("leave what lies beside them to others", () => {
    expect(categoryOf("root/.cache/pypoetry/virtualenvs/app/lib/x.py")).toBe("application");
    expect(categoryOf("root/.m2/settings.xml")).toBe("application");
    expect(categoryOf("elsewhere/me/.npm/_cacache/x")).toBe("application");
  });

  it("take an image's home for the directory of that name", () => {
    const home = "{a,b}".repeat(30);
    const odd = new Categorizer([home, "**"]);
    expect(odd.categoryOf(`${home}/.npm/x`, { owner: null, system: false })).toBe("package-cache");
    expect(odd.categoryOf("a/.npm/x", { owner: null, system: false })).toBe("application");
  });
});

/** Rules that speak of caches, and name more than that. */
const OTHERS: Readonly<Record<string, RegExp>> = {
  "zypper-cache": /^var\/log\//,
  "haskell-cache": /\/\.ghcup\//,
  "yarn-cache": /\.pnp\./,
  "debconf-cache": /^var\/cache\/debconf\/templates\.dat$/,
};

describe("a path that a rule about caches names is a cache's to the categories", () => {
  const speaking = RULES.filter(({ id, title }) =>
    /cache|store|registry|-lists?$|-sync$|repository/.test(`${id} ${title}`),
  );

  it("holds for dozens of rules", () => {
    expect(speaking.filter(({ paths = [] }) => paths.length > 0).length).toBeGreaterThan(35);
  });

  test.each(speaking.map((rule) => [rule.id, rule.paths ?? []] as const))("%s", (id, paths) => {
    const named = paths.flatMap(pathsOf).filter((path) => OTHERS[id]?.test(path) !== true);
    for (const path of named) expect(CATEGORIES.slice(0, 2), path).toContain(categoryOf(path));
  });
});
