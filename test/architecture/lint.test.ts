import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** What each rule that this project leans on has to see. A linter that does not know a rule says nothing about it. */
const CANARIES = {
  noFloatingPromises: "async function read(): Promise<void> {}\nexport function start(): void {\n  read();\n}\n",
  noConsole: 'export function start(): void {\n  console.log("started");\n}\n',
  noDefaultExport: "export default function start(): void {}\n",
  useImportType: 'import { Start } from "./types.ts";\nexport const start: Start = 1;\n',
};

test("the linter sees a planted mistake for each rule that matters here", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lint-"));
  try {
    for (const file of ["biome.json", ".gitignore"]) await cp(join(ROOT, file), join(folder, file));
    const source = join(folder, "packages/core/src");
    await mkdir(source, { recursive: true });
    await writeFile(join(source, "types.ts"), "export type Start = number;\n");
    for (const [rule, text] of Object.entries(CANARIES)) await writeFile(join(source, `${rule}.ts`), text);
    const manifest = join(ROOT, "node_modules/@biomejs/biome/package.json");
    const { bin } = JSON.parse(await readFile(manifest, "utf8")) as { bin: { biome: string } };
    const report = await new Promise<string>((done) => {
      const args = [join(dirname(manifest), bin.biome), "lint", "--reporter=json", "packages"];
      execFile(process.execPath, args, { cwd: folder }, (_error, stdout) => done(stdout));
    });
    const { diagnostics } = JSON.parse(report) as { diagnostics: { category: string; location: { path: unknown } }[] };
    const seen = diagnostics.map(({ category, location }) => `${JSON.stringify(location.path)} ${category}`);
    for (const rule of Object.keys(CANARIES)) {
      expect(seen.filter((line) => line.includes(`${rule}.ts`) && line.endsWith(`/${rule}`))).toHaveLength(1);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
