import { describe, expect, test } from "vitest";
import { parseDependencies } from "../../packages/core/src/package-db/apk/dependency.ts";
import { parseInstalled } from "../../packages/core/src/package-db/apk/installed.ts";
import { TroubleList } from "../../packages/core/src/package-db/trouble-list.ts";
import { bounded } from "../support/bounded.ts";

/* Few bytes that stand for very many things: what they come to is cut, and said to be. */

function installed(text: string) {
  const log = new TroubleList();
  return { packages: parseInstalled(Buffer.from(text), "lib/apk/db/installed", log), troubles: log.list() };
}

describe("an apk database", () => {
  test("of a line of ten million dependencies", async () => {
    const { packages, troubles } = await bounded(async () =>
      installed(`P:a\nV:1\nF:etc\nR:x\nD:${"b ".repeat(5_000_000)}\np:${"c ".repeat(5_000_000)}\n\n`),
    );
    expect(packages[0]?.files).toEqual(["etc/x"]);
    expect(troubles[0]?.message).toMatch(/^more dependencies than any database has/);
  });

  test("of one long directory for very many short names", async () => {
    const { packages, troubles } = await bounded(async () =>
      installed(`P:a\nV:1\nF:${"d".repeat(4000)}\n${"R:x\n".repeat(500_000)}\n`),
    );
    expect(packages[0]?.files.length).toBeLessThan(50_000);
    expect(troubles[0]?.message).toMatch(/^longer paths than any database has/);
  });

  test("of a world of millions of words", async () => {
    const { dependencies, bad } = await bounded(async () => parseDependencies("b ".repeat(5_000_000)));
    expect(dependencies.length + bad).toBe(5_000_000);
    expect(bad).toBeGreaterThan(4_000_000);
  });
});
