import { holdPairs } from "../rebuild/hold-pairs.ts";
import { PAIRS } from "../rebuild/pairs.ts";

/** A few of the pairs that `pnpm test:rebuild` holds: the rest of them takes too long for every time. */
holdPairs(
  PAIRS.filter(({ gate }) => gate === true),
  { withByHand: false },
);
