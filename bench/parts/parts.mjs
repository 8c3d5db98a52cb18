import { again } from "./again.mjs";
import { big } from "./big.mjs";
import { curves } from "./curves.mjs";
import { debian } from "./debian.mjs";
import { entries } from "./entries.mjs";
import { profile } from "./profile.mjs";
import { registry } from "./registry.mjs";
import { startup } from "./startup.mjs";

/** Everything that is measured, in the order of the results. */
export const PARTS = [startup, big, debian, again, registry, entries, curves, profile];
