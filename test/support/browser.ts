import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Debian's; nothing is downloaded for a test. */
const CHROMIUM = "/usr/bin/chromium";

export const hasBrowser = existsSync(CHROMIUM);

/** A browser without a window. In a container, as root, it has to do without its sandbox. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}
