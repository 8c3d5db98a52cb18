import { describe, expect, it } from "vitest";
import { dpkgDatabase } from "../../../packages/core/src/package-db/dpkg/dpkg-db.ts";
import { viewOf } from "../../support/dpkg-view.ts";

/** As `dpkg --root DIR -i` (1.21.22) left it for four packages made with dpkg-deb. */
const STATUS = `Package: alpha
Status: install ok installed
Maintainer: José <j@example.org>
Architecture: all
Version: 1.0
Recommends: beta
Conffiles:
 /etc/alpha.conf b9a771b420047cfaa3543e66c78f44f6
Description: made up
 of alpha
  and two lines

Package: beta
Status: install ok installed
Maintainer: José <j@example.org>
Architecture: amd64
Multi-Arch: same
Version: 1.0
Depends: gamma
Description: made up
 of beta
  and two lines

Package: gamma
Status: install ok installed
Maintainer: José <j@example.org>
Architecture: amd64
Version: 1.0
Conffiles:
 /etc/gamma.conf b9a771b420047cfaa3543e66c78f44f6
Description: made up
 of gamma
  and two lines

Package: gamma-doc
Status: install ok installed
Maintainer: José <j@example.org>
Architecture: all
Version: 1.0
Description: made up
 of gamma-doc
  and two lines

`;

/** As apt 2.6.1 wrote it. */
const STATES = ["libgpm2", "beta", "gamma"]
  .map((name) => `Package: ${name}\nArchitecture: amd64\nAuto-Installed: 1\n\n`)
  .join("");

const view = viewOf({ "var/lib/dpkg/status": STATUS, "var/lib/apt/extended_states": STATES });
const sizes = (remove: readonly string[]) =>
  Object.fromEntries((dpkgDatabase.rewrite?.(view, { remove, add: [] }) ?? []).map(({ path, bytes }) => [path, bytes]));

describe("dpkg's files after a purge", () => {
  it("are as long as dpkg --purge left them", () => {
    expect(Buffer.byteLength(STATUS)).toBe(809);
    expect(sizes(["beta", "gamma"])).toMatchObject({ "var/lib/dpkg/status": 400, "var/lib/apt/extended_states": 56 });
  });

  it("stay as they are where nothing goes, or only another architecture", () => {
    const before = { "var/lib/dpkg/status": 809, "var/lib/apt/extended_states": Buffer.byteLength(STATES) };
    expect(sizes([])).toMatchObject(before);
    expect(sizes(["beta:i386", "alph"])).toMatchObject(before);
    expect(sizes(["beta:amd64", "gamma:amd64"])["var/lib/dpkg/status"]).toBe(400);
  });

  it("are not told without a database", () => {
    expect(dpkgDatabase.rewrite?.(viewOf({}), { remove: [], add: [] })).toBeNull();
  });
});

describe("apt-get purge --auto-remove after apt-mark manual", () => {
  it("keeps what was marked, and what that needs", () => {
    const states = ["beta", "gamma"]
      .map((name) => `Package: ${name}\nArchitecture: amd64\nAuto-Installed: 1\n\n`)
      .join("");
    const own = viewOf({ "var/lib/dpkg/status": STATUS, "var/lib/apt/extended_states": states });
    expect(dpkgDatabase.remove?.(own, ["alpha"]).freed).toEqual(["deb/alpha", "deb/beta", "deb/gamma"]);
    expect(dpkgDatabase.remove?.(own, ["alpha"], { keep: ["gamma"] }).freed).toEqual(["deb/alpha", "deb/beta"]);
    expect(dpkgDatabase.remove?.(own, ["alpha"], { keep: ["beta"] }).freed).toEqual(["deb/alpha"]);
  });
});
