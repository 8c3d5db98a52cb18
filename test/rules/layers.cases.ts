import { expect } from "vitest";
import type { RuleCase } from "../support/rule-case.ts";
import { dir, file, hardlink, opaque, whiteout } from "../support/tar-bytes.ts";

const MADE = { by: "RUN fetch", entries: [file("opt/a", "a".repeat(9000)), file("opt/b", "b".repeat(700))] };
const APP = { by: "COPY dir:1 in /app ", entries: [dir("app/"), file("app/run", "r".repeat(5000))] };
const ZEROS = "0".repeat(6000);

export const LAYER_CASES: readonly RuleCase[] = [
  {
    rule: "deleted-later",
    fires: {
      layers: [
        MADE,
        { by: "COPY file:1 in /c ", entries: [file("c", "c")] },
        { by: "RUN rm /opt/a && echo x > /d", entries: [whiteout("opt/a"), file("d", "x")] },
      ],
    },
    fixed: {
      layers: [
        { by: "COPY file:1 in /c ", entries: [file("c", "c")] },
        { by: "RUN fetch && rm /opt/a && echo x > /d", entries: [file("opt/b", "b".repeat(700)), file("d", "x")] },
      ],
    },
    nearMiss: {
      layers: [
        MADE,
        { by: "RUN mv /opt/a /opt/c", entries: [whiteout("opt/a"), file("opt/c", "a".repeat(9000))] },
        { by: "RUN rm -f /opt/nothing", entries: [whiteout("opt/nothing")] },
      ],
    },
    also([finding]) {
      expect(finding?.fix.kind).toBe("join-runs");
      expect(finding?.paths).toEqual(["/opt/a"]);
    },
  },
  {
    rule: "deleted-later",
    fires: { layers: [MADE, { by: "RUN rm -r /opt && mkdir /opt", entries: [dir("opt/"), opaque("opt")] }] },
    fixed: { layers: [{ by: "RUN fetch && rm -r /opt && mkdir /opt", entries: [dir("opt/")] }] },
    nearMiss: { layers: [APP, { by: "RUN rm /app/run", entries: [whiteout("app/run")] }] },
  },
  {
    rule: "moved-across-layers",
    fires: {
      layers: [
        { by: "COPY file:1 in /tmp/x ", entries: [file("in/x", "x".repeat(8000))] },
        { by: "RUN mkdir /opt && mv /in/x /opt/x", entries: [whiteout("in/x"), file("opt/x", "x".repeat(8000))] },
      ],
    },
    fixed: { layers: [{ by: "COPY file:1 in /opt/x ", entries: [file("opt/x", "x".repeat(8000))] }] },
    nearMiss: {
      layers: [
        { by: "COPY file:1 in /in/x ", entries: [file("in/x", "x".repeat(8000))] },
        { by: "RUN cp /in/x /opt/x", entries: [file("opt/x", "x".repeat(8000))] },
        { by: "RUN rm /in/x && echo > /opt/y", entries: [whiteout("in/x"), file("opt/y", "y")] },
      ],
    },
    also([finding]) {
      expect(finding?.fix.kind).toBe("copy");
    },
  },
  {
    rule: "copied-then-removed",
    fires: {
      layers: [
        { by: "COPY file:1 in /in/a.tar.gz ", entries: [dir("in/"), file("in/a.tar.gz", "z".repeat(4000))] },
        {
          by: "RUN mkdir /opt/a && tar -xzf /in/a.tar.gz -C /opt/a",
          entries: [dir("opt/"), dir("opt/a/"), file("opt/a/x", "x".repeat(9000))],
        },
        { by: "RUN rm /in/a.tar.gz", entries: [whiteout("in/a.tar.gz")] },
      ],
    },
    fixed: { layers: [{ by: "ADD file:1 in /opt/a/ ", entries: [file("opt/a/x", "x".repeat(9000))] }] },
    nearMiss: {
      layers: [
        { by: "RUN fetch /in/a.tar.gz", entries: [file("in/a.tar.gz", "z".repeat(4000))] },
        { by: "RUN rm /in/a.tar.gz", entries: [whiteout("in/a.tar.gz")] },
      ],
    },
    also([finding]) {
      expect(finding?.fix).toMatchObject({ kind: "copy" });
      expect(finding?.fix.text).toContain("/opt/a/");
    },
  },
  {
    // What is made of the file is no plain archive: a stage of its own.
    rule: "copied-then-removed",
    fires: {
      layers: [
        { by: "COPY file:1 in /in/a.bin ", entries: [dir("in/"), file("in/a.bin", "z".repeat(4000))] },
        {
          by: "RUN mkdir -p /opt/a && cp /in/a.bin /opt/a/b && rm /in/a.bin",
          entries: [dir("opt/"), dir("opt/a/"), file("opt/a/b", `${"z".repeat(4000)}!`), whiteout("in/a.bin")],
        },
      ],
    },
    fixed: { layers: [{ by: "COPY dir:2 in /opt/a/ ", entries: [file("opt/a/b", `${"z".repeat(4000)}!`)] }] },
    nearMiss: { layers: [APP] },
    also([finding]) {
      expect(finding?.fix.kind).toBe("stage");
    },
  },
  {
    rule: "metadata-copy",
    fires: {
      layers: [
        APP,
        {
          by: "RUN chown -R 7:7 /app",
          entries: [dir("app/", { uid: 7, gid: 7 }), file("app/run", "r".repeat(5000), { uid: 7, gid: 7 })],
        },
      ],
    },
    fixed: {
      layers: [
        { by: "COPY --chown=7:7 dir:1 in /app ", entries: [file("app/run", "r".repeat(5000), { uid: 7, gid: 7 })] },
      ],
    },
    nearMiss: {
      layers: [APP, { by: "RUN sed -i s/r/q/ /app/run", entries: [file("app/run", "q".repeat(5000))] }],
    },
    also([finding]) {
      expect(finding?.fix).toMatchObject({ kind: "copy" });
      expect(finding?.fix.text).toContain("--chown=7:7");
    },
  },
  {
    // Mode and owner, one after the other: each stored the file again.
    rule: "metadata-copy",
    fires: {
      layers: [
        APP,
        { by: "RUN chmod 755 /app/run", entries: [file("app/run", "r".repeat(5000), { mode: 0o755 })] },
        {
          by: "RUN chown -R 7:7 /app",
          entries: [dir("app/"), file("app/run", "r".repeat(5000), { mode: 0o755, uid: 7, gid: 7 })],
        },
      ],
    },
    fixed: { layers: [{ by: "COPY dir:1 in /app ", entries: [file("app/run", "r".repeat(5000))] }] },
    nearMiss: { layers: [{ by: "RUN make", entries: [file("app/run", "r".repeat(5000))] }] },
    also(findings) {
      expect(findings.map(({ fix }) => fix.kind)).toEqual(["stage"]);
    },
  },
  {
    rule: "overwritten-later",
    fires: { layers: [MADE, { by: "RUN patch /opt/a", entries: [file("opt/a", "A".repeat(9000))] }] },
    fixed: {
      layers: [
        { by: "RUN fetch && patch /opt/a", entries: [file("opt/a", "A".repeat(9000)), file("opt/b", "b".repeat(700))] },
      ],
    },
    nearMiss: {
      layers: [MADE, { by: "RUN echo x >> /opt/b", entries: [file("opt/b", `${"b".repeat(700)}x`)] }],
    },
  },
  {
    rule: "duplicate-content",
    fires: {
      layers: [
        {
          by: "RUN make /lib/x.so && cp /lib/x.so /app/x.so",
          entries: [file("app/x.so", ZEROS), file("lib/x.so", ZEROS)],
        },
      ],
    },
    fixed: {
      layers: [
        {
          by: "RUN make /lib/x.so && ln /lib/x.so /app/x.so",
          entries: [file("app/x.so", ZEROS), hardlink("lib/x.so", "app/x.so")],
        },
      ],
    },
    nearMiss: {
      layers: [
        {
          by: "RUN make",
          entries: [file("a", ZEROS), hardlink("b", "a"), file("c", "c".repeat(9000)), file("d", "dd")],
        },
        { by: "COPY file:1 in /e ", entries: [file("e", "dd")] },
      ],
    },
    also([finding]) {
      expect(finding?.fix.kind).toBe("edit-run");
      expect(finding?.exact.content).toBe(true);
    },
  },
  {
    rule: "dockerfile-mistake",
    fires: {
      layers: [{ by: "COPY file:1 in /a ", entries: [file("a", "a")] }],
      dockerfile: "FROM scratch\nCOPY a /a\nRUN api del .build-deps\n",
    },
    nearMiss: {
      layers: [{ by: "RUN apk del .build-deps", entries: [file("a", "a")] }],
      dockerfile: "FROM scratch\nRUN apk del .build-deps\n",
    },
    also([finding]) {
      expect(finding?.line).toBe(3);
      expect(finding?.title).toContain("apk");
      expect(finding?.bytes).toEqual({ content: 0, tar: 0, blob: 0 });
    },
  },
  {
    rule: "duplicate-entries",
    fires: { layers: [{ by: "COPY dir:1 in / ", entries: [file("x", "old"), file("x", "newer")] }] },
    fixed: { layers: [{ by: "COPY dir:1 in / ", entries: [file("x", "newer")] }] },
    nearMiss: { layers: [{ entries: [file("x", "old")] }, { entries: [file("x", "newer")] }] },
  },
  {
    rule: "package-database-rewrite",
    fires: {
      layers: [
        { by: "RUN dpkg -i a", entries: [file("var/lib/dpkg/status", "Package: a\n"), file("usr/bin/a", "a")] },
        {
          by: "RUN dpkg -i b",
          entries: [file("var/lib/dpkg/status", "Package: a\n\nPackage: b\n"), file("usr/bin/b", "b")],
        },
      ],
    },
    fixed: {
      layers: [
        {
          by: "RUN dpkg -i a && dpkg -i b",
          entries: [
            file("usr/bin/a", "a"),
            file("usr/bin/b", "b"),
            file("var/lib/dpkg/status", "Package: a\n\nPackage: b\n"),
          ],
        },
      ],
    },
    nearMiss: {
      layers: [
        { by: "RUN dpkg -i a", entries: [file("var/lib/dpkg/status", "Package: a\n")] },
        { by: "RUN dpkg -r a", entries: [whiteout("var/lib/dpkg/status")] },
      ],
    },
  },
];
