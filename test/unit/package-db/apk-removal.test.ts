import { describe, expect, test } from "vitest";
import { closureOf, removePackages } from "../../../packages/core/src/package-db/apk/removal.ts";
import { ALPINES, databaseAfter, deletedNames, systemOf } from "../../support/apk-situations.ts";

const namesOf = (packages: readonly { readonly name: string }[]): string[] => packages.map(({ name }) => name).sort();
const without = (keys: readonly string[]): string[] => keys.map((key) => key.slice("apk/".length)).sort();

/** It had an index at hand and installed another provider: not what apk does offline. */
const ONLINE = "provider-swapped";

describe.each(Object.entries(ALPINES))("what the real apk did, %s", (_, alpine) => {
  for (const { id, steps } of alpine.situations) {
    steps.forEach((step, i) => {
      const names = deletedNames(step);

      if (names !== null && id !== ONLINE)
        test(`${id}: ${step.command}`, () => {
          const before = systemOf(databaseAfter(alpine, steps[i - 1]));
          const after = systemOf(databaseAfter(alpine, step));
          const { freed, refusal } = removePackages(before, names);
          expect(refusal !== null, refusal ?? "apk refused").toBe(step.exitCode !== 0);
          expect(without(freed)).toEqual([...step.purged].sort());
          const simulated = step.command.includes(" -s ");
          const left = namesOf(before.packages).filter((name) => simulated || !freed.includes(`apk/${name}`));
          expect(left).toEqual(namesOf(after.packages));
        });

      test(`${id}: after ${step.command}, world needs all that is installed`, () => {
        const after = systemOf(databaseAfter(alpine, step));
        const closure = closureOf(after);
        expect(closure?.problems).toEqual([]);
        expect(namesOf([...(closure?.kept ?? [])])).toEqual(namesOf(after.packages));
      });
    });
  }
});

describe("the versions differ", () => {
  const removeProvider = (label: string) => {
    const alpine = ALPINES[label];
    const steps = alpine?.situations.find(({ id }) => id === "provider-refused")?.steps;
    if (alpine === undefined || steps === undefined) throw new Error("no such situation");
    return removePackages(systemOf(databaseAfter(alpine, steps[1])), [".v"]);
  };

  test("2.14.4 refuses a lone provider without priority, 2.10.1 keeps it", () => {
    expect(removeProvider("alpine-3.7.3")).toMatchObject({ freed: ["apk/.v"], refusal: null });
    expect(removeProvider("alpine-3.20.3")).toEqual({
      freed: [],
      refusal:
        "unable to select packages: virt (virtual): please select one of the 'provided by' packages explicitly, required by: user1-1-r0[virt]",
      notes: [],
    });
  });
});

describe("apk del", () => {
  const system = (installed: string, world: string) => systemOf({ installed, world });
  const record = (name: string, lines = ""): string => `P:${name}\nV:1-r0\n${lines}\n`;

  test("an unknown name is an error, and nothing changes", () => {
    const removal = removePackages(system(record("a"), "a"), ["a", "nosuch"]);
    expect(removal).toEqual({ freed: [], refusal: "No such package: nosuch", notes: [] });
  });

  test("a dependency stays, and the note says what holds it", () => {
    const removal = removePackages(
      system(record("gcc", "D:so:libfoo.so.1\n") + record("libfoo", "p:so:libfoo.so.1=1\n"), "gcc"),
      ["libfoo"],
    );
    expect(removal).toEqual({ freed: [], refusal: null, notes: ["libfoo is not removed due to: gcc"] });
  });

  test("orphans go with any call, and are told apart", () => {
    const removal = removePackages(system(record("a") + record("b") + record("orphan"), "a b"), ["b"]);
    expect(removal.freed).toEqual(["apk/b", "apk/orphan"]);
    expect(removal.notes).toEqual(["not needed by world before either: orphan"]);
  });

  test("a world that cannot be satisfied is refused", () => {
    const broken = system(record("a") + record("b", "D:absent\n"), "a b");
    expect(removePackages(broken, ["a"]).refusal).toBe(
      "unable to select packages: absent (no such package), required by: b-1-r0[absent]",
    );
    const conflict = system(record("a", "D:!b\n") + record("b") + record("c"), "a b c");
    expect(removePackages(conflict, ["c"]).refusal).toBe("unable to select packages: b: breaks a-1-r0[!b]");
    const version = system(record("a", "D:b>2\n") + record("b"), "a b");
    expect(removePackages(version, ["b"]).refusal).toBe("unable to select packages: b: breaks a-1-r0[b>2]");
  });

  test("cycles go together", () => {
    expect(removePackages(system(record("a", "D:b\n") + record("b", "D:a\n"), "a"), ["a"]).freed).toEqual([
      "apk/a",
      "apk/b",
    ]);
  });

  test("twenty thousand packages in a chain, and as many providers of one name, end soon", () => {
    const count = 20_000;
    const chain =
      Array.from({ length: count }, (_, i) => record(`p${i}`, `D:p${i + 1}\n`)).join("") + record(`p${count}`);
    expect(removePackages(system(chain, "p0"), ["p0"]).freed).toHaveLength(count + 1);
    const providers = Array.from({ length: count }, (_, i) => record(`q${i}`, `p:virt\nD:virt\nk:${i}\n`)).join("");
    const world = `virt ${Array.from({ length: 1000 }, (_, i) => `q${i}`).join(" ")}`;
    expect(removePackages(system(providers, world), ["q1"]).refusal).toBeNull();
    const tangled = Array.from({ length: 1000 }, (_, i) =>
      record(
        `v${i}`,
        `p:${Array.from({ length: 100 }, (_, k) => `n${(i * 7 + k * 13) % 1000}`).join(" ")}\nD:n${i} n${i + 1}\nk:1\n`,
      ),
    ).join("");
    expect(() => removePackages(system(tangled, "v0 n5 n9"), ["v0"])).not.toThrow();
  }, 20_000);
});
