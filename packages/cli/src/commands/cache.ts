import { clearCache, inspectCache, pruneCache } from "@imgweigh/core/config";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { renderCacheContents, renderCacheRemoval } from "../render/cache.ts";
import { CACHE_SIZE, readCacheOptions } from "./cache-options.ts";
import { type OutputArguments, printResult, withOutputOptions } from "./output-options.ts";

const ACTIONS = ["info", "prune", "clear"] as const;

interface CacheArguments extends OutputArguments {
  readonly action: (typeof ACTIONS)[number];
  readonly "cache-size"?: string | undefined;
}

export function cacheCommand({ host }: Context): CommandModule<object, CacheArguments> {
  return {
    command: "cache <action>",
    describe: "the cache of weighed layers: what it holds, bring it within its bound, empty it",
    builder: (yargs) =>
      withOutputOptions(
        yargs
          .positional("action", { choices: ACTIONS, demandOption: true, describe: "what to do with it" })
          .options({ "cache-size": CACHE_SIZE }),
      ) as Argv<CacheArguments>,
    handler: async (argv) => {
      const options = readCacheOptions(argv["cache-size"], host);
      if (options === null) throw new UsageError("there is no place for a cache: set IMGWEIGH_CACHE_DIR");
      if (argv.action === "info") {
        const contents = await inspectCache(options);
        return printResult(contents, argv, host, () => renderCacheContents(contents));
      }
      const removal = await (argv.action === "clear" ? clearCache(options) : pruneCache(options));
      return printResult(removal, argv, host, () => renderCacheRemoval(removal));
    },
  };
}
