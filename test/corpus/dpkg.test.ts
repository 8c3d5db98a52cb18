import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dpkgDatabase } from "../../packages/core/src/package-db/dpkg/dpkg-db.ts";
import { viewOfDirectory } from "../support/dpkg-view.ts";

const STATUS = "/var/lib/dpkg/status";
const STATES = "/var/lib/apt/extended_states";

function runs(command: string): boolean {
  return spawnSync(command, ["--version"]).status === 0;
}

const debian = existsSync(STATUS) && existsSync(STATES) && runs("dpkg-query") && runs("apt-get");

function ask(command: string, args: readonly string[]): string {
  const { stdout } = spawnSync(command, args, {
    encoding: "latin1",
    maxBuffer: 2 ** 28,
    env: { ...process.env, LC_ALL: "C" },
  });
  return stdout;
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

describe.skipIf(!debian)("this machine's own dpkg database, against dpkg and apt", () => {
  const view = viewOfDirectory("/", dpkgDatabase);
  const { packages } = dpkgDatabase.read(view);
  const lists = mkdtempSync(join(tmpdir(), "imgweigh-apt-"));
  afterAll(() => rmSync(lists, { recursive: true }));
  // An image keeps no package lists, and does not say which kernel runs: with an epoch set, apt does not ask.
  const env = { ...process.env, LC_ALL: "C", SOURCE_DATE_EPOCH: "0" };
  const alone = ["-o", `Dir::State::Lists=${lists}`, "-o", "Dir::Etc::SourceList=/dev/null"];
  alone.push("-o", "Dir::Etc::SourceParts=/dev/null", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=");

  it("has the packages of dpkg-query -W", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own notation
    const queried = lines(ask("dpkg-query", ["-W", "-f", "${Package}\\t${Version}\\t${db:Status-Status}\\n"]));
    const present = queried.filter((line) => !/\t(?:config-files|not-installed)$/.test(line));
    const names = new Set(packages.map(({ name, version }) => `${name.split(":")[0]}\t${version}`));
    expect(present.filter((line) => !names.has(line.replace(/\t[^\t]*$/, "")))).toEqual([]);
    expect(packages.length).toBeGreaterThanOrEqual(present.length);
  });

  it("has the files of dpkg-query -L, package for package", () => {
    const sections = ask("dpkg-query", ["-L", ...packages.map(({ name }) => name)]).split("\n\n");
    const differing = packages.filter(({ files }, i) => {
      const listed = filesOf(lines(sections[i] ?? ""));
      return [...files].sort().join("\n") !== listed.sort().join("\n");
    });
    expect(differing.map(({ name }) => name)).toEqual([]);
  });

  it("has the marks of apt-mark", () => {
    const manual = new Set(lines(ask("apt-mark", [...alone, "showmanual"])));
    const wrong = packages.filter(({ name, explicit }) => explicit !== null && explicit !== manual.has(name));
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it("frees what apt-get -s purge --auto-remove would", { timeout: 60_000 }, () => {
    const step = Math.ceil(packages.length / 12);
    const sample = packages.filter((_, i) => i % step === 0).map(({ name }) => [name]);
    for (const names of [[], ...sample]) {
      const args = [...alone, "-s", "-y", "-o", "Debug::NoLocking=1", "purge", "--auto-remove", ...names];
      const { status, stdout } = spawnSync("apt-get", args, { encoding: "utf8", env });
      const purged = [...stdout.matchAll(/^(?:Purg|Remv) (\S+)/gm)].map((match) => `deb/${match[1]}`).sort();
      const removal = dpkgDatabase.remove?.(view, names);
      const refused = removal?.refusal !== null;
      expect([names, refused, removal?.freed]).toEqual([names, status !== 0, status === 0 ? purged : []]);
    }
  });
});

/** `dpkg -L`: a diverted path is followed by where it went; directories are listed with the files. */
function filesOf(listing: readonly string[]): string[] {
  const paths: string[] = [];
  for (const line of listing) {
    const diverted = /^(?:diverted by \S+|locally diverted) to: (.*)$/.exec(line)?.[1];
    if (diverted !== undefined) paths[paths.length - 1] = diverted;
    else if (!line.startsWith("package diverts others to: ")) paths.push(line);
  }
  const directories = new Set(paths.map((path) => path.slice(0, path.lastIndexOf("/"))));
  return paths.filter((path) => path !== "/." && path !== "" && !directories.has(path)).map((path) => path.slice(1));
}
