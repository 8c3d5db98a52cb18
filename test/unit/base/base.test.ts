import { describe, expect, it } from "vitest";
import { type BaseClues, detectBase } from "../../../packages/core/src/base/detect-base.ts";
import { detectLibc, findBrokenPrograms, libcOf } from "../../../packages/core/src/base/libc.ts";
import { readOsRelease } from "../../../packages/core/src/base/os-release.ts";
import { alignHistory } from "../../../packages/core/src/dockerfile/align-history.ts";
import type { ElfFacts } from "../../../packages/core/src/layer/elf-facts.ts";
import type { HistoryEntry } from "../../../packages/core/src/oci/config.ts";
import type { Digest } from "../../../packages/core/src/oci/digest.ts";

function entry(createdBy: string | null, emptyLayer = false, extra: Partial<HistoryEntry> = {}): HistoryEntry {
  return { createdBy, emptyLayer, comment: null, author: null, created: null, ...extra };
}

const ROOTFS = entry(`/bin/sh -c #(nop) ADD file:${"5".repeat(64)} in / `);
const SHELL = entry('/bin/sh -c #(nop)  CMD ["/bin/sh"]', true);
const RUN = entry("/bin/sh -c apk add bash");
const ALPINE = { id: "alpine", version: "3.20.3", prettyName: "Alpine Linux v3.20", path: "etc/os-release" };

function digest(n: number): Digest {
  return `sha256:${String(n).repeat(64).slice(0, 64)}`;
}

function clues(history: readonly HistoryEntry[], extra: Partial<BaseClues> = {}): BaseClues {
  const layers = extra.diffIds?.length ?? history.filter(({ emptyLayer }) => !emptyLayer).length;
  return {
    diffIds: Array.from({ length: layers }, (_, i) => digest(i)),
    history,
    alignment: alignHistory(history, layers),
    labels: new Map(),
    osRelease: null,
    hasPackages: false,
    isDistroless: false,
    systemLayers: 0,
    given: null,
    ...extra,
  };
}

describe("the base", () => {
  it("is scratch where nothing of an operating system is there", () => {
    const base = detectBase(clues([entry("COPY /app /app # buildkit", false, { comment: "buildkit.dockerfile.v0" })]));
    expect(base).toMatchObject({ layers: 0, name: "scratch" });
  });

  it("is the whole of Alpine as shipped", () => {
    expect(detectBase(clues([ROOTFS, SHELL], { osRelease: ALPINE, hasPackages: true }))).toMatchObject({
      layers: 1,
      name: "alpine:3.20.3",
      confidence: "high",
    });
  });

  it("is the layers of distroless, which no instruction made", () => {
    const osRelease = { id: "debian", version: "12", prettyName: "Distroless", path: "usr/lib/os-release" };
    const distroless = { osRelease, hasPackages: true, isDistroless: true };
    const copied = [
      entry(null),
      entry("bazel build ..."),
      entry(null),
      entry("/bin/sh -c #(nop) COPY file:1 in /app "),
    ];
    expect(detectBase(clues(copied, { ...distroless, systemLayers: 3 }))).toMatchObject({
      layers: 3,
      name: "distroless on debian:12",
      confidence: "medium",
    });
    // Another's files with the same empty history, and an instruction that changes the system's.
    expect(detectBase(clues(copied, { ...distroless, systemLayers: 2 })).layers).toBe(2);
    expect(detectBase(clues(copied, { ...distroless, systemLayers: 4 })).layers).toBe(3);
    expect(detectBase(clues([entry(null)], { ...distroless, diffIds: [digest(1)], systemLayers: 1 })).layers).toBe(1);
  });

  it("ends with the last command that something was built upon", () => {
    const history = [ROOTFS, SHELL, RUN, entry('/bin/sh -c #(nop)  CMD ["/app"]', true)];
    const base = detectBase(clues(history, { osRelease: ALPINE }));
    expect(base).toMatchObject({ layers: 1, name: "alpine:3.20.3", confidence: "high" });
    expect(base.evidence[0]).toContain("history entry 1");
  });

  it("may be several layers, and a language image", () => {
    const history = [
      ROOTFS,
      SHELL,
      entry("ENV PYTHON_VERSION=3.12.1", true),
      entry("RUN /bin/sh -c make install # buildkit", false, { comment: "buildkit.dockerfile.v0" }),
      entry('CMD ["python3"]', true, { comment: "buildkit.dockerfile.v0" }),
      entry("COPY . /app # buildkit", false, { comment: "buildkit.dockerfile.v0" }),
    ];
    expect(detectBase(clues(history, { osRelease: ALPINE }))).toMatchObject({
      layers: 2,
      name: "python:3.12.1 on alpine:3.20.3",
    });
  });

  it("is what buildah says", () => {
    const history = [
      ROOTFS,
      SHELL,
      entry("/bin/sh -c apk add bash", false, { comment: "FROM docker.io/library/alpine:3.20" }),
    ];
    expect(detectBase(clues(history, { osRelease: ALPINE }))).toMatchObject({
      layers: 1,
      name: "docker.io/library/alpine:3.20",
      confidence: "high",
    });
  });

  it("takes its name from the standard label, and its extent from the history", () => {
    const labels = new Map([["org.opencontainers.image.base.name", "ghcr.io/acme/base:7"]]);
    expect(detectBase(clues([ROOTFS, SHELL, RUN], { osRelease: ALPINE, labels }))).toMatchObject({
      layers: 1,
      name: "ghcr.io/acme/base:7",
    });
  });

  it("is the one that was given, if its layers are the image's first", () => {
    const given = { name: "acme/base", diffIds: [digest(0), digest(1)] };
    expect(detectBase(clues([ROOTFS, RUN, RUN], { given }))).toMatchObject({
      layers: 2,
      name: "acme/base",
      confidence: "high",
    });
    const other = { name: "acme/base", diffIds: [digest(0), digest(9)] };
    expect(detectBase(clues([ROOTFS, RUN, RUN], { given: other }))).toMatchObject({ layers: 1, confidence: "medium" });
    const none = { name: "acme/base", diffIds: [digest(9)] };
    expect(detectBase(clues([ROOTFS, RUN, RUN], { given: none }))).toMatchObject({ layers: 0, confidence: "low" });
  });

  it("is guessed with low confidence where there is no history", () => {
    expect(
      detectBase(clues([], { diffIds: [digest(0), digest(1)], osRelease: ALPINE, hasPackages: true })),
    ).toMatchObject({
      layers: 1,
      confidence: "low",
    });
  });
});

function viewOf(files: Record<string, string>) {
  return {
    files: [],
    get: (path: string) =>
      files[path] === undefined ? undefined : { path, content: Buffer.from(files[path]), truncated: false },
    binaries: [],
    archives: [],
    exists: (path: string) => files[path] !== undefined,
  };
}

describe("os-release", () => {
  it("is read as a shell would", () => {
    const content =
      'NAME="Debian GNU/Linux"\nVERSION_ID=\'12\'\nID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n';
    expect(readOsRelease(viewOf({ "usr/lib/os-release": content }))).toEqual({
      id: "debian",
      version: "12",
      prettyName: "Debian GNU/Linux 12 (bookworm)",
      path: "usr/lib/os-release",
    });
  });

  it("has predecessors", () => {
    expect(readOsRelease(viewOf({ "etc/alpine-release": "3.4.6\n" }))).toMatchObject({
      id: "alpine",
      version: "3.4.6",
    });
    expect(readOsRelease(viewOf({ "etc/debian_version": "7.11\n" }))).toMatchObject({ id: "debian", version: "7.11" });
    expect(readOsRelease(viewOf({}))).toBeNull();
  });
});

const MUSL = "/lib/ld-musl-x86_64.so.1";
const GLIBC = "/lib64/ld-linux-x86-64.so.2";

function program(path: string, interpreter: string | null, extra: Partial<ElfFacts> = {}) {
  const facts: ElfFacts = {
    type: "executable",
    machine: "x86_64",
    bits: 64,
    interpreter,
    needed: [],
    soname: null,
    runpath: null,
    pie: false,
    neededVersions: [],
    debugBytes: 0,
    goBuildInfo: null,
    rustDependencies: null,
    ...extra,
  };
  return { path, facts };
}

describe("libc", () => {
  it.each([
    [MUSL, "musl"],
    [GLIBC, "glibc"],
    ["/lib/ld-linux-aarch64.so.1", "glibc"],
    ["/lib/ld-linux-armhf.so.3", "glibc"],
    ["/lib64/ld64.so.2", "glibc"],
    ["/lib/ld-musl-armhf.so.1", "musl"],
    ["/system/bin/linker64", null],
  ])("knows %s", (interpreter, kind) => {
    expect(libcOf(interpreter)).toBe(kind);
  });

  it("is what most programs run on, and says which", () => {
    const binaries = [program("bin/a", MUSL), program("bin/b", MUSL), program("opt/c", GLIBC)];
    const libc = detectLibc(binaries, (path) => path === MUSL.slice(1));
    expect(libc).toEqual({
      kind: "musl",
      evidence: [`/bin/a and 1 more: interpreter ${MUSL}`, `/opt/c: interpreter ${GLIBC} (absent)`],
    });
    expect(detectLibc([program("bin/static", null)], () => true)).toEqual({ kind: null, evidence: [] });
  });

  it("tells programs that cannot start, libraries never", () => {
    const binaries = [
      program("bin/a", MUSL),
      program("opt/c", GLIBC),
      program("opt/pie", GLIBC, { type: "shared", pie: true }),
      program("opt/lib.so", GLIBC, { type: "shared" }),
    ];
    expect(findBrokenPrograms(binaries, (path) => path === MUSL.slice(1))).toEqual([
      { path: "opt/c", interpreter: GLIBC },
      { path: "opt/pie", interpreter: GLIBC },
    ]);
  });
});
