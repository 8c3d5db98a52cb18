// Makes the script and the style of the HTML report: one file each, put into every page, so that this is the one place
// where anything is minified. A script that closes its own element would end the page's.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";

/** @param folder that of the package @param licencesOf what a bundle's modules come from, as a comment @returns text by path in `dist/` */
export async function bundlePage(folder, licencesOf) {
  const built = await rolldown({ cwd: folder, input: "src/app/main.ts", platform: "browser", tsconfig: false });
  try {
    const { output } = await built.generate({
      format: "iife",
      minify: true,
      footer: ({ moduleIds }) => licencesOf(moduleIds),
    });
    const [{ code }] = output;
    if (output.length !== 1 || /<\/script/i.test(code))
      throw new Error("the page's script is not one that a page can hold");
    return new Map([
      ["assets/app.js", code],
      ["assets/page.css", await readFile(join(folder, "src/app/page.css"), "utf8")],
    ]);
  } finally {
    await built.close();
  }
}
