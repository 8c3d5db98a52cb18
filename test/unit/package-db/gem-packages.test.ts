import { expect, test } from "vitest";
import { gemDatabase } from "../../../packages/core/src/package-db/gem/gem.ts";
import { parseGemspec } from "../../../packages/core/src/package-db/gem/gemspec.ts";
import { entriesOf, readFixture, readPackages } from "../../support/language-packages.ts";
import { file } from "../../support/tar-bytes.ts";

const fixture = readFixture<Record<string, string[]>>("gem/gem-install.json");

test("every file of gem contents is its gem's, and so is the rest of a GEM_HOME", async () => {
  const { ownerOf, troubles } = await readPackages(gemDatabase, entriesOf(fixture));
  const wrong: string[] = [];
  for (const [name, files] of Object.entries(fixture.said))
    for (const path of files) if (ownerOf(path) !== `gem/${name}`) wrong.push(`${name} ${path}`);
  expect(wrong).toEqual([]);
  expect(Object.values(fixture.said).flat()).toHaveLength(65);
  expect(Object.keys(fixture.files).filter((path) => ownerOf(path) === null)).toEqual([]);
  expect(ownerOf("usr/local/bundle/bin/one")).toBe("gem/one-gem");
  expect(ownerOf("usr/local/bundle/extensions/x86_64-linux/3.1.0/two-gem-2.1.0/gem_make.out")).toBe("gem/two-gem");
  expect(ownerOf("usr/local/bundle/cache/two-gem-2.1.0.gem")).toBe("gem/two-gem");
  expect(troubles).toEqual([]);
});

test("dependencies are those that gems have at run time, default gems included", async () => {
  const { packages } = await readPackages(gemDatabase, entriesOf(fixture));
  expect(
    [...packages.values()].map(({ name, version, requires, explicit }) => [name, version, requires, explicit]),
  ).toEqual([
    ["json", "2.6.1", [], null],
    ["psych", "4.0.3", [], null],
    ["one-gem", "1.0.0", ["gem/json", "gem/two-gem"], null],
    ["two-gem", "2.1.0", [], null],
  ]);
});

test("bundler's checkouts are gems, gemspecs inside gems are not", async () => {
  const { packages, ownerOf } = await readPackages(gemDatabase, [
    file(
      "usr/local/bundle/bundler/gems/tool-0a1b2c3d4e5f/tool.gemspec",
      'Gem::Specification.new do |spec|\n  spec.name = "tool"\n  spec.version = Tool::VERSION\nend\n',
    ),
    file("usr/local/bundle/bundler/gems/tool-0a1b2c3d4e5f/lib/tool.rb"),
    file("usr/local/bundle/specifications/x-1.0-x86_64-linux.gemspec", "# stub: x 1.0 x86_64-linux lib\n"),
    file("usr/local/bundle/gems/x-1.0-x86_64-linux/x.gemspec", 'Gem::Specification.new { |s| s.name = "y" }'),
  ]);
  expect([...packages.values()].map(({ name, version }) => [name, version])).toEqual([
    ["tool", null],
    ["x", "1.0"],
  ]);
  expect(ownerOf("usr/local/bundle/bundler/gems/tool-0a1b2c3d4e5f/lib/tool.rb")).toBe("gem/tool");
  expect(ownerOf("usr/local/bundle/gems/x-1.0-x86_64-linux/x.gemspec")).toBe("gem/x");
});

test("newer and older forms of a gemspec say the same", () => {
  const newer =
    's.name = "x".freeze\ns.version = "1".freeze\ns.add_runtime_dependency(%q<a>.freeze, ["~> 1".freeze])\ns.add_development_dependency(%q<b>.freeze, [">= 0".freeze])\n';
  const older =
    's.name = %q{x}\ns.name = "x"\ns.version = "1"\ns.add_dependency("a", [">= 0"])\ns.add_dependency("b")\ns.add_development_dependency("b")\n';
  for (const text of [newer, older])
    expect(parseGemspec(text)).toMatchObject({ name: "x", version: "1", needs: ["a"] });
});

test("hostile gemspecs end quickly, and are known by their file names", async () => {
  const { packages, troubles } = await readPackages(gemDatabase, [
    file("g/specifications/a-1.0.gemspec", `s.files = [${'"\\'.repeat(100_000)}\n${"s.name =".repeat(5)}`),
    file("g/specifications/b-c-2.0.gemspec", `s.name = "${"x".repeat(2 ** 18)}"`),
    file(
      "g/specifications/default/d-3.gemspec",
      's.name = "d"\ns.files = ["../../../../etc/passwd.rb", "lib/../../x.rb"]',
    ),
  ]);
  expect([...packages.values()].map(({ name, version }) => [name, version])).toEqual([
    ["a", "1.0"],
    ["b-c", "2.0"],
    ["d", "3"],
  ]);
  expect(troubles).toHaveLength(2);
});
