import type { Pair } from "./pair.ts";
import { APK_PAIRS } from "./pairs-of-apk.ts";
import { APT_PAIRS } from "./pairs-of-apt.ts";
import { JOIN_PAIRS } from "./pairs-of-joins.ts";
import { LAYER_PAIRS } from "./pairs-of-layers.ts";
import { LEFTOVER_PAIRS } from "./pairs-of-leftovers.ts";

export const PAIRS: readonly Pair[] = [...APK_PAIRS, ...JOIN_PAIRS, ...LAYER_PAIRS, ...LEFTOVER_PAIRS, ...APT_PAIRS];
