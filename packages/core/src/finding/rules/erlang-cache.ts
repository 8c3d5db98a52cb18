import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Packages and tools of Elixir and Erlang builds. */
export const erlangCache = pathRule({
  id: "erlang-cache",
  title: "caches of Hex, Mix and rebar3",
  about:
    "Packages and tools that Hex, Mix and rebar3 keep in the home directory. A release (mix release) " +
    "contains all that it needs.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: PLACES.erlang.globs,
  sentence: "Caches of an Elixir or Erlang build stay in the image",
  unlessStarted: ["mix", "iex", "elixir", "rebar3"],
  remove: {
    command: removeDirectories(".hex", ".mix", ".cache/rebar3", ".cache/mix", ".cache/hex"),
    advice: "Best: mix release in a stage of its own, and copy the release.",
    assumes: [],
    usedBy: ["mix", "rebar3", "iex"],
  },
});
