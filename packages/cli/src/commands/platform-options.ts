import type { Options } from "yargs";

/** For commands that can tell of several platforms at once. */
export const ALL_PLATFORMS = {
  "all-platforms": {
    type: "boolean",
    // No default: a value of any kind would conflict with --platform.
    conflicts: "platform",
    group: "Choosing and reading the image:",
    describe: "every platform of the image; of a reference without a prefix its registry's",
  },
} as const satisfies Record<string, Options>;

export interface PlatformArguments {
  readonly "all-platforms"?: boolean | undefined;
}
