import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type Analysis, ImgweighError } from "@imgweigh/core";
import { packMap } from "./data/pack-map.ts";
import type { PageData } from "./data/page-data.ts";
import { mapOfEntries } from "./map-of-entries.ts";
import { pageOfAnalysis } from "./page-of-analysis.ts";
import { shell } from "./shell.ts";

const compress = promisify(gzip);

/**
 * An analysis as one HTML file that opens from disk and asks for nothing: a treemap of every stored byte, the layers, the
 * findings and a table.
 *
 * @param analysis with its `tree`: `analyzeImage(…, { tree: true })`, or what `--tree` kept
 * @throws {ImgweighError} SCHEMA_UNSUPPORTED where the analysis has no tree
 */
export async function renderPage(analysis: Analysis): Promise<string> {
  if (analysis.tree === null)
    throw new ImgweighError(
      "SCHEMA_UNSUPPORTED",
      "the analysis does not hold the image's entries, which a page shows",
      {
        hint: "analyse the image with --tree, or give the image itself",
      },
    );
  return layOut(pageOfAnalysis(analysis), packMap(mapOfEntries(analysis.tree.entries)));
}

async function layOut(page: PageData, map: Uint8Array): Promise<string> {
  const [script, style] = await Promise.all([asset("app.js"), asset("page.css")]);
  return shell({
    page,
    script,
    style,
    scriptHash: sha256(script),
    styleHash: sha256(style),
    data: await packed(Buffer.from(JSON.stringify(page), "utf8")),
    map: await packed(map),
  });
}

function asset(name: string): Promise<string> {
  return readFile(new URL(`./assets/${name}`, import.meta.url), "utf8");
}

/** As a Content-Security-Policy names an inline script or style (CSP level 3, hash-source). */
function sha256(text: string): string {
  return `sha256-${createHash("sha256").update(text, "utf8").digest("base64")}`;
}

/** Base64 of gzip: text of an image never stands in the page's markup. */
async function packed(bytes: Uint8Array): Promise<string> {
  return (await compress(bytes)).toString("base64");
}
