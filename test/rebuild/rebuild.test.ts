import { holdPairs } from "./hold-pairs.ts";
import { PAIRS } from "./pairs.ts";

/** For working on one of them. */
const only = process.env["IMGWEIGH_REBUILD_PAIRS"]?.split(",");

holdPairs(only === undefined ? PAIRS : PAIRS.filter(({ name }) => only.includes(name)), {
  withByHand: process.env["IMGWEIGH_REBUILD_BY_HAND"] !== undefined,
});
