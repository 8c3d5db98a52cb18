import { rm } from "node:fs/promises";
import { removeShared } from "../e2e/made-once.ts";
import { CACHE } from "../e2e/tools.ts";

/** What the runs share goes with them. */
export default function setup(): () => Promise<void> {
  return async () => {
    await removeShared();
    await rm(CACHE, { recursive: true, force: true });
  };
}
