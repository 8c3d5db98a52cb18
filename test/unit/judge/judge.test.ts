import { describe, expect, it } from "vitest";
import { type CaseImage, wasteOf } from "../../support/rule-case.ts";
import { dir, file, whiteout } from "../../support/tar-bytes.ts";

type Layer = CaseImage["layers"][number];

const BASE: Layer = { by: "COPY dir:0 in / ", entries: [dir("opt/"), dir("srv/"), dir("tmp/", { mode: 0o1777 })] };
const KB100 = "x".repeat(100_000);

/** What the plan edits: the image of a Dockerfile whose first layer is its base. */
async function planOf(dockerfile: readonly string[], layers: readonly Layer[], config: object = {}) {
  const image: CaseImage = {
    layers: [BASE, ...layers],
    base: 1,
    dockerfile: `FROM base\n${dockerfile.join("\n")}\n`,
    config: { config },
  };
  const { findings, plan } = await wasteOf(image);
  const chosen = findings.filter(({ id }) => plan.findings.includes(id));
  return { findings, rules: chosen.map(({ rule }) => rule), patch: plan.patch ?? "" };
}

const TMP: Layer = { by: "RUN fetch", entries: [file("tmp/x.tgz", KB100)] };

describe("a removal", () => {
  it("goes behind the last RUN that names the files", async () => {
    const { rules, patch } = await planOf(
      ["RUN dd if=/dev/zero of=/tmp/x.tgz", "RUN cp /tmp/x.tgz /opt/y"],
      [
        { by: "RUN dd if=/dev/zero of=/tmp/x.tgz", entries: [file("tmp/x.tgz", KB100)] },
        { by: "RUN cp /tmp/x.tgz /opt/y", entries: [file("opt/y", "y")] },
      ],
    );
    expect(rules).toEqual(["tmp-files"]);
    expect(patch).toContain("+    && cp /tmp/x.tgz /opt/y \\\n+    && rm -rf /tmp/*");
  });

  it.each([
    ["by a script", "RUN ./build.sh"],
    ["by make", "RUN make"],
  ])("is outside the plan where the files may be read %s", async (_, by) => {
    const { findings, rules } = await planOf(["RUN fetch", by], [TMP, { by, entries: [file("opt/z", "z")] }]);
    expect(rules).toEqual([]);
    const [finding] = findings.filter(({ rule }) => rule === "tmp-files");
    expect(finding?.fix.change).not.toBeNull();
    expect(finding?.assumptions).toHaveLength(1);
  });

  it("names the files where the usual command takes others along", async () => {
    const by = "RUN fetch && echo x > /var/cache/apk/mine";
    const { patch } = await planOf(
      [by],
      [{ by, entries: [file("var/cache/apk/APKINDEX.1.tar.gz", KB100), file("var/cache/apk/mine", "x")] }],
    );
    expect(patch).toContain("rm -f /var/cache/apk/APKINDEX.1.tar.gz");
    expect(patch).not.toContain("apk/*");
  });

  it("is not made behind `exit 0`", async () => {
    const by = "RUN fetch; exit 0";
    const { rules } = await planOf([by], [{ by, entries: [file("tmp/x", KB100)] }]);
    expect(rules).toEqual([]);
  });

  it("is not made below a mount", async () => {
    const { patch } = await planOf(
      ["RUN --mount=type=bind,source=r,target=/tmp/r fetch"],
      [{ by: "RUN fetch", entries: [file("tmp/o", KB100)] }],
    );
    expect(patch).toContain("rm -f /tmp/o");
    expect(patch).not.toContain("/tmp/*");
  });

  it("is not made by a user who may not", async () => {
    const { rules } = await planOf(["USER app", "RUN fetch"], [
      { by: "USER app", empty: true },
      { by: "RUN fetch", entries: [file("tmp/x", KB100)] },
    ] as unknown as Layer[]);
    expect(rules).toEqual([]);
  });
});

describe("a COPY that would move above a RUN", () => {
  it.each([
    ["deletes", "rm -rf /srv/site/*"],
    ["moves", "mv /srv/* /bak/"],
    ["owns", "chown -R app /srv"],
    ["finds", "find / -xdev -name '*.md' -exec rm {} +"],
    ["lists", "ls /srv/site > /opt/list"],
  ])("stays where the RUN %s what it brings", async (_, command) => {
    const first = `RUN dd if=/dev/zero of=/opt/x && ${command}`;
    const { rules } = await planOf(
      [first, "COPY docs /srv/site", "RUN rm /opt/x"],
      [
        { by: first, entries: [file("opt/x", KB100)] },
        { by: "COPY dir:1 in /srv/site ", entries: [dir("srv/site/"), file("srv/site/a.md", "a")] },
        { by: "RUN rm /opt/x", entries: [whiteout("opt/x")] },
      ],
    );
    expect(rules).toEqual([]);
  });

  it("moves where the RUN has nothing to do with it", async () => {
    const first = "RUN dd if=/dev/zero of=/opt/x";
    const { rules } = await planOf(
      [first, "COPY docs /srv/site", "RUN rm /opt/x"],
      [
        { by: first, entries: [file("opt/x", KB100)] },
        { by: "COPY dir:1 in /srv/site ", entries: [dir("srv/site/"), file("srv/site/a.md", "a")] },
        { by: "RUN rm /opt/x", entries: [whiteout("opt/x")] },
      ],
    );
    expect(rules).toEqual(["deleted-later"]);
  });
});

describe("an owner given to a COPY", () => {
  const copied = { by: "COPY dir:1 in /app ", entries: [file("app/run", KB100)] };
  const owned = { uid: 1000, gid: 1000 };

  it("leaves a chown of the directory that was there before", async () => {
    const { patch } = await planOf(
      ["WORKDIR /app", "COPY . /app", "RUN chown -R 1000:1000 /app"],
      [
        { by: "WORKDIR /app", entries: [dir("app/")] },
        copied,
        { by: "RUN chown -R 1000:1000 /app", entries: [dir("app/", owned), file("app/run", KB100, owned)] },
      ],
    );
    expect(patch).toContain("+COPY --chown=1000:1000 . /app");
    expect(patch).toContain("+RUN chown 1000:1000 /app");
  });

  it("is not given where it would reach parents that are root's", async () => {
    const { patch } = await planOf(
      ["COPY x /srv/a/b/x", "RUN chown -R 1000:1000 /srv/a/b"],
      [
        { by: "COPY file:1 in /srv/a/b/x ", entries: [dir("srv/a/"), dir("srv/a/b/"), file("srv/a/b/x", KB100)] },
        {
          by: "RUN chown -R 1000:1000 /srv/a/b",
          entries: [dir("srv/a/b/", owned), file("srv/a/b/x", KB100, owned)],
        },
      ],
    );
    expect(patch).not.toContain("--chown=1000:1000 x /srv/a/b/x");
  });
});

describe("a line of .dockerignore", () => {
  it("is not written where another instruction names what it keeps back", async () => {
    const { rules } = await planOf(
      ["COPY . /app", "RUN --mount=type=bind,source=.git,target=/g cat /g/HEAD > /opt/v"],
      [
        { by: "COPY dir:1 in /app ", entries: [file("app/.git/pack", KB100), file("app/a", "a")] },
        { by: "RUN cat /g/HEAD > /opt/v", entries: [file("opt/v", "v")] },
      ],
    );
    expect(rules).toEqual([]);
  });

  it("is not written where a later RUN asks the repository", async () => {
    const { rules } = await planOf(
      ["COPY . /app", "RUN git describe > /opt/v"],
      [
        { by: "COPY dir:1 in /app ", entries: [file("app/.git/pack", KB100), file("app/a", "a")] },
        { by: "RUN git describe > /opt/v", entries: [file("opt/v", "v")] },
      ],
    );
    expect(rules).toEqual([]);
  });
});
