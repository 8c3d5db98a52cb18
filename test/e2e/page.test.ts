// The HTML report in a real browser: what it shows, how it is walked through, and that it keeps to itself.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Analysis, analyzeImage } from "@imgweigh/core";
import { renderPage } from "@imgweigh/page";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, openBrowser } from "../support/browser.ts";

const SIZE = { width: 1280, height: 900 };

let browser: Browser;
let folder: string;
/** What any page asked for beyond its own file, or complained of. */
const requests: string[] = [];
const complaints: string[] = [];

async function open(analysis: Analysis, address = "", options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
  const file = join(folder, `${requests.length}-${Math.random()}.html`);
  await writeFile(file, await renderPage(analysis));
  const page = await browser.newPage({ viewport: SIZE, ...options });
  page.on("request", (request) => {
    if (request.url() !== page.url() && !request.url().startsWith("file:")) requests.push(request.url());
  });
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(file).href + address);
  await page.waitForFunction(() => performance.getEntriesByName("map").length > 0);
  return page;
}

const told = (page: Page): Promise<string | null> => page.locator(".told").textContent();
const rows = (page: Page): Promise<string[]> => page.locator(".table tbody th").allTextContents();
const choice = (page: Page, label: string | RegExp) => page.locator("label", { hasText: label }).locator("select");

describe.skipIf(!hasBrowser)("the page of an image", () => {
  let analysis: Analysis;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "imgweigh-page-"));
    [browser, analysis] = await Promise.all([openBrowser(), analyzeImage("demo:", { tree: true })]);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("opens from disk with the sums, the layers, the map, its table and the findings", async () => {
    const page = await open(analysis);
    expect(await page.title()).toBe("imgweigh/demo:classic-mistakes · imgweigh");
    expect(await page.locator("header dd").first().textContent()).toContain("12,226,085 B");
    expect(await page.locator(".layers button").count()).toBe(analysis.layers.length);
    expect(await told(page)).toContain("12.2 MB");
    expect(await page.locator(".findings > details").count()).toBe(analysis.findings.length);
    expect((await rows(page))[0]).toBe("usr");
    await page.close();
  });

  test("zooms by mouse and goes back, with an address for each step", async () => {
    const page = await open(analysis);
    await page.locator(".table tbody th button", { hasText: "usr" }).click();
    expect(new URL(page.url()).hash).toBe("#path=/usr");
    await page.locator(".table tbody th button", { hasText: /^lib$/ }).click();
    expect(await rows(page)).toContain("cc1");
    await page.goBack();
    await expect.poll(() => rows(page)).toContain("lib");
    await page.locator("canvas").click({ position: { x: 40, y: 40 } });
    expect(new URL(page.url()).hash).not.toBe("#path=/usr");
    await page.locator(".way button", { hasText: "all" }).click();
    expect(new URL(page.url()).hash).toBe("");
    await page.close();
  });

  test("is walked through by keys alone", async () => {
    const page = await open(analysis);
    await page.locator("canvas").focus();
    await page.keyboard.press("ArrowRight");
    const first = await told(page);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowLeft");
    expect(await told(page)).not.toBe(first);
    await page.keyboard.press("Enter");
    expect(new URL(page.url()).hash).toMatch(/^#path=\//);
    await page.keyboard.press("Home");
    expect(new URL(page.url()).hash).toBe("");
    await page.close();
  });

  test("regroups, and keeps its sum", async () => {
    const page = await open(analysis);
    for (const group of ["package", "category", "layer"]) {
      await choice(page, /^By /).selectOption(group);
      await expect.poll(() => told(page)).toContain("12.2 MB");
    }
    await choice(page, /^By /).selectOption("package");
    expect(await rows(page)).toContain("apk/gcc");
    await choice(page, "Show").selectOption("waste");
    await expect.poll(() => told(page)).toContain("5.26 MB");
    await page.close();
  });

  test("searches whole paths, dead ones too", async () => {
    const page = await open(analysis);
    await page.getByRole("searchbox").fill("cc1");
    await expect.poll(() => rows(page)).toEqual(["/usr/lib/cc1"]);
    expect(new URL(page.url()).hash).toBe("#search=cc1");
    await page.close();
  });

  test("opens at an address", async () => {
    const page = await open(analysis, "#path=/usr/lib&show=waste&layer=2");
    expect(await told(page)).toContain("/usr/lib,");
    expect(await page.locator('.layers button[aria-pressed="true"]').textContent()).toMatch(/^2 /);
    await page.close();
  });

  test("sorts its table", async () => {
    const page = await open(analysis);
    await page.locator(".table thead button", { hasText: "Name" }).click();
    const names = await rows(page);
    expect(names).toEqual([...names].sort());
    expect(await page.locator('.table th[aria-sort="ascending"]').textContent()).toContain("Name");
    await page.close();
  });

  test("tells a person who cannot see the map the same, and axe finds nothing, light or dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await open(analysis, "", { colorScheme });
      for (const summary of await page.locator(".findings > details > summary").all()) await summary.click();
      await page.evaluate(axe.source);
      const found = await page.evaluate(async () => {
        const { violations } = await (
          globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
          }
        ).axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
      expect(found).toEqual([]);
      expect(await page.locator("canvas").getAttribute("aria-label")).toContain("The largest: usr");
      await page.close();
    }
  });

  test("prints", async () => {
    const page = await open(analysis);
    await page.emulateMedia({ media: "print" });
    expect(await page.locator(".controls").isVisible()).toBe(false);
    expect(await page.locator(".table table").isVisible()).toBe(true);
    expect((await page.pdf()).subarray(0, 5).toString()).toBe("%PDF-");
    await page.close();
  });

  test("runs nothing that an image's names say", async () => {
    const entry = analysis.tree?.entries.find(({ bytes }) => bytes > 0);
    if (entry === undefined) throw new Error("the demo has files");
    const names = [
      "<script>document.title='run'</script>",
      "<img src=x onerror=document.title='run'>",
      "</script><script>document.title='run'</script>",
      "\u202Egnp.exe",
      "a\nb\u001b[31m",
      "x".repeat(4000),
      "&lt;b&gt; ' \" `$" + "{document.title='run'}`",
    ];
    const entries = names.map((name) => ({ ...entry, path: `/srv/${name}`, owner: name }));
    const findings = analysis.findings.map((finding) => ({
      ...finding,
      title: names[0] as string,
      paths: names.map((name) => `/${name}`),
    }));
    const page = await open({ ...analysis, findings, tree: { entries } });
    await choice(page, "Colour").selectOption("owner");
    for (const summary of await page.locator(".findings summary").all()) await summary.click();
    expect(await page.title()).not.toContain("run");
    expect(await page.locator("img").count()).toBe(0);
    expect((await page.locator("#app").textContent())?.includes("\u202E")).toBe(false);
    await page.close();
  });

  test("holds 300,000 entries in 8 MB, and says how long it takes", { timeout: 300_000 }, async () => {
    const entry = analysis.tree?.entries.find(({ bytes }) => bytes > 0);
    if (entry === undefined) throw new Error("the demo has files");
    const entries = Array.from({ length: 300_000 }, (_, i) => ({
      ...entry,
      path: `/usr/lib/${i % 97}/package-${Math.floor(i / 12)}/module_${(i * 7919) % 300_007}.py`,
      bytes: (i * 7919) % 60_013,
      blobBytes: (i * 104_729) % 20_011,
      addedIn: i % 5,
      owner: `python/p${i % 300}`,
    }));
    const large = { ...analysis, tree: { entries } };
    expect(Buffer.byteLength(await renderPage(large))).toBeLessThan(8_000_000);
    const page = await open(large);
    for (let click = 0; click < 3; click++) {
      await page.locator("canvas").click({ position: { x: 300, y: 200 } });
      await page.waitForTimeout(200);
    }
    const times = await page.evaluate(() => ({
      ready: performance.getEntriesByName("page-ready")[0]?.startTime,
      map: performance.getEntriesByName("map").map(({ duration }) => duration),
    }));
    console.log(
      `300,000 entries: ready in ${times.ready?.toFixed(0)} ms, maps in ${times.map.map((ms) => ms.toFixed(1)).join(", ")} ms`,
    );
    expect(await told(page)).toMatch(/entries: /);
    await page.close();
  });

  test("asked for nothing and complained of nothing", () => {
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
