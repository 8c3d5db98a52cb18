import type { PageData } from "./data/page-data.ts";

/** What a page is put together of. */
export interface PageParts {
  readonly page: PageData;
  readonly script: string;
  readonly style: string;
  readonly scriptHash: string;
  readonly styleHash: string;
  /** Base64 of gzip of the page's data as JSON, and of its map. */
  readonly data: string;
  readonly map: string;
}

/** Text where markup is read. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * The page's markup. What stands in it already is what a reader without scripts gets, and what is painted first; the
 * policy lets nothing in but the one script and the one style, and nothing out at all.
 */
export function shell({ page, script, style, scriptHash, styleHash, data, map }: PageParts): string {
  const figures = page.figures.map(
    ({ label, value, meaning }) =>
      `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}<span>${escapeHtml(meaning)}</span></dd></div>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${scriptHash}'; style-src '${styleHash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="imgweigh">
<title>${escapeHtml(page.title)} · imgweigh</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(page.title)}</h1>
<p>${escapeHtml(page.subtitle)}</p>
<dl>${figures.join("")}</dl>
</header>
<noscript><p>The map, the layers and the findings need JavaScript; the sums above do not.</p></noscript>
<main id="app"></main>
<script type="text/plain" id="data">${data}</script>
<script type="text/plain" id="map">${map}</script>
<script>${script}</script>
</body>
</html>
`;
}
