// Makes the pictures of the README from the demo image (`node scripts/pictures.mjs`), so that they show what is printed
// today. Needs Debian's Chromium and a build.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { analyzeImage } from "@imgweigh/core";
import { renderPage } from "@imgweigh/page";
import { chromium } from "playwright-core";

const pictures = fileURLToPath(new URL("../docs/pictures", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "imgweigh-pictures-"));
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const file = join(folder, "page.html");
  await writeFile(file, await renderPage(await analyzeImage("demo:", { tree: true })));
  await mkdir(pictures, { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.newPage({ viewport: { width: 1080, height: 860 }, colorScheme });
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction(() => performance.getEntriesByName("map").length > 0);
    await page.screenshot({ path: join(pictures, `page-${colorScheme}.png`) });
    await page.close();
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}
