import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { ROOT } from "./workspace.ts";

/*
 * What a user of the library can name. surface.json is read in review: whoever adds a name writes it there, under the
 * door that it is asked at, and gives it a doc of its own.
 */

const CORE = join(ROOT, "packages/core");

const SURFACE: Readonly<Record<string, readonly string[]>> = JSON.parse(
  await readFile(new URL("surface.json", import.meta.url), "utf8"),
);

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

const manifest = JSON.parse(await readFile(join(CORE, "package.json"), "utf8")) as Manifest;

/** The doors that have code or types behind them, with their declarations as they are published. */
const DOORS = Object.entries(manifest.exports).flatMap(([door, target]) =>
  typeof target === "string" ? [] : [{ door, file: join(CORE, target.types) }],
);

const program = ts.createProgram(
  DOORS.map(({ file }) => file),
  { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, strict: true, types: ["node"], noEmit: true },
);
const checker = program.getTypeChecker();

function aliased(symbol: ts.Symbol): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

function exportsOf(file: string): readonly ts.Symbol[] {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} is no module: build first`);
  return checker.getExportsOfModule(module);
}

const exported = DOORS.map(({ door, file }) => ({ door, symbols: exportsOf(file) }));
const nameable = new Set(exported.flatMap(({ symbols }) => symbols.map(aliased)));

/** What declarations of a symbol refer to that is the library's own, by name. */
function unnameable(symbol: ts.Symbol): readonly string[] {
  const found = new Set<string>();
  const refer = (node: ts.Node): void => {
    const named = checker.getSymbolAtLocation(node);
    if (named === undefined) return;
    const target = aliased(named);
    const own = target.declarations?.some((one) => {
      const file = one.getSourceFile().fileName;
      return file.startsWith(`${CORE}/dist/`) && !ts.isTypeParameterDeclaration(one) && isTopLevel(one);
    });
    if (own === true && !nameable.has(target)) found.add(`${target.name} (${placeOf(target)})`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeReferenceNode(node)) refer(rightmost(node.typeName));
    else if (ts.isExpressionWithTypeArguments(node)) refer(node.expression);
    else if (ts.isTypeQueryNode(node)) refer(rightmost(node.exprName));
    else if (ts.isImportTypeNode(node) && node.qualifier !== undefined) refer(rightmost(node.qualifier));
    node.forEachChild(visit);
  };
  for (const declaration of symbol.declarations ?? []) visit(declaration);
  return [...found];
}

function rightmost(name: ts.EntityName): ts.Identifier {
  return ts.isIdentifier(name) ? name : name.right;
}

function isTopLevel(declaration: ts.Declaration): boolean {
  const parent = ts.isVariableDeclaration(declaration) ? declaration.parent.parent.parent : declaration.parent;
  return ts.isSourceFile(parent);
}

function placeOf(symbol: ts.Symbol): string {
  return relative(join(CORE, "dist"), symbol.declarations?.[0]?.getSourceFile().fileName ?? "");
}

function isPromise(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some(
    (one) => ts.isFunctionDeclaration(one) && (one.type?.getText().startsWith("Promise<") ?? false),
  );
}

describe.each(exported)("$door", ({ door, symbols }) => {
  test("has the names that were agreed on", () => {
    expect(symbols.map(({ name }) => name).sort()).toEqual([...(SURFACE[door] ?? [])].sort());
  });

  test("says of each name what it is", () => {
    const silent = symbols.filter((symbol) => aliased(symbol).getDocumentationComment(checker).length === 0);
    expect(silent.map((symbol) => `${symbol.name} (${placeOf(aliased(symbol))})`)).toEqual([]);
  });

  test("says of each function that does something in the world what it throws", () => {
    const silent = symbols.map(aliased).filter((symbol) => isPromise(symbol) && !saysWhatItThrows(symbol));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test("refers to no type that cannot be named", () => {
    expect([...new Set(symbols.map(aliased).flatMap(unnameable))].sort()).toEqual([]);
  });
});

test("the main door is narrow", () => {
  const main = exported.find(({ door }) => door === ".");
  expect(main?.symbols.length).toBeLessThanOrEqual(50);
});

test("what is declared is there when it is imported, and nothing else", async () => {
  for (const [door, target] of Object.entries(manifest.exports)) {
    if (typeof target === "string") continue;
    const values = exported.find((one) => one.door === door)?.symbols.filter(isValue) ?? [];
    const module = (await import(join(CORE, target.default))) as object;
    expect(Object.keys(module).sort(), door).toEqual(values.map(({ name }) => name).sort());
  }
});

/** By its tag, or in words: `Never throws.` */
function saysWhatItThrows(symbol: ts.Symbol): boolean {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  return text.includes("Never throws") || symbol.getJsDocTags().some(({ name }) => name === "throws");
}

/** A class that is exported as a type is none when it runs. */
function isValue(symbol: ts.Symbol): boolean {
  const isType = symbol.declarations?.some((one) => ts.isExportSpecifier(one) && ts.isTypeOnlyExportDeclaration(one));
  return isType !== true && (aliased(symbol).flags & ts.SymbolFlags.Value) !== 0;
}
