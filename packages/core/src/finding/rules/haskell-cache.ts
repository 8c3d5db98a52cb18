import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** What cabal, Stack and GHCup download and build. */
export const haskellCache = pathRule({
  id: "haskell-cache",
  title: "packages and compilers of Haskell builds",
  about:
    "Package archives, built libraries and whole compilers that cabal, Stack and GHCup keep, gigabytes in " +
    "all. A linked program needs none of them.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: [...PLACES.haskell.globs, ...PLACES.ghcup.globs],
  sentence: "Packages and compilers of a Haskell build stay in the image",
  unlessStarted: ["stack", "cabal", "ghc", "ghci", "runghc"],
  remove: {
    command: removeDirectories(
      ".cabal/packages",
      ".cabal/store",
      ".cabal/logs",
      ".cache/cabal",
      ".local/state/cabal",
      ".stack",
      ".ghcup/ghc",
      ".ghcup/cache",
      ".ghcup/share",
      ".ghcup/tmp",
    ),
    advice: "Best: build in a stage of its own and copy the program.",
    assumes: [],
    usedBy: ["stack", "cabal", "ghc"],
  },
});
