import { describe, expect, it } from "vitest";
import { limitsFrom } from "../../../packages/core/src/archive/limits.ts";
import type { CaptureRequest } from "../../../packages/core/src/layer/capture.ts";
import { entryPath } from "../../../packages/core/src/layer/layer-index.ts";
import { readLayer } from "../../../packages/core/src/layer/read-layer.ts";
import { readBlob } from "../../support/layers.ts";
import { chunked } from "../../support/streams.ts";
import { file, filler, hardlink, symlink, type TarEntry, tarBytes, whiteout } from "../../support/tar-bytes.ts";

function request(parts: Partial<CaptureRequest>): CaptureRequest {
  return { id: "r", version: 1, names: [], prefixes: [], suffixes: [], magic: [], maxBytes: 1000, ...parts };
}

/** `request path: content`, with `…` where it is cut. */
async function kept(
  entries: readonly TarEntry[],
  requests: readonly CaptureRequest[],
  chunkBytes?: number,
): Promise<string[]> {
  const { index } = await readBlob(tarBytes(entries), {
    captures: requests,
    ...(chunkBytes === undefined ? {} : { chunkBytes }),
  });
  return index.captures.map(
    ({ request, entry, content, truncated }) =>
      `${request} ${entryPath(index.entries, entry)}: ${Buffer.from(content).toString("latin1")}${truncated ? "…" : ""}`,
  );
}

const ENTRIES = [
  file("./lib/apk/db/installed", "P:musl"),
  file("etc/installed", "no"),
  file("var/lib/dpkg/info/a.list", "/bin"),
  file("var/lib/dpkg/info", "no"),
  file("usr/x.dist-info/RECORD", "r"),
  file("RECORD", "no"),
  file("empty", ""),
];

describe("captures", () => {
  it.each([
    [
      "whole paths, however they are spelled",
      { names: ["lib/apk/db/installed", "empty", "gone"] },
      ["r lib/apk/db/installed: P:musl", "r empty: "],
    ],
    ["beginnings", { prefixes: ["var/lib/dpkg/info/"] }, ["r var/lib/dpkg/info/a.list: /bin"]],
    ["ends", { suffixes: [".dist-info/RECORD"] }, ["r usr/x.dist-info/RECORD: r"]],
    ["nothing asked", {}, []],
  ])("by %s", async (_, parts, expected) => {
    expect(await kept(ENTRIES, [request(parts)])).toEqual(expected);
  });

  it("by first bytes", async () => {
    const elf = Buffer.concat([Buffer.from("7f454c46", "hex"), Buffer.from("binary")]);
    const entries = [
      file("a", elf),
      file("b", "\x7fELE"),
      file("c", "\x7fE"),
      file("d", ""),
      file("e", Buffer.concat([elf, Buffer.alloc(500, "x")])),
    ];
    const requests = [request({ magic: ["7f454c46", "2321"], maxBytes: 8 })];
    const expected = ["r a: \x7fELFbina…", "r e: \x7fELFbina…"];
    for (const chunkBytes of [1, 3, 64, 100_000]) expect(await kept(entries, requests, chunkBytes)).toEqual(expected);
    expect(await kept([file("s", "#!/bin/sh")], requests)).toEqual(["r s: #!/bin/s…"]);
  });

  it("by more than one way, and for more than one request", async () => {
    const entries = [file("x.sh", "#!/bin/sh\necho"), file("y", "#!/bin/sh"), file("z.sh", "echo")];
    const requests = [
      request({ id: "script", magic: ["2321"], suffixes: [".sh"], maxBytes: 4 }),
      request({ id: "all", prefixes: [""], maxBytes: 9 }),
    ];
    for (const chunkBytes of [1, 5, 100_000]) {
      expect(await kept(entries, requests, chunkBytes)).toEqual([
        "script x.sh: #!/b…",
        "all x.sh: #!/bin/sh…",
        "script y: #!/b…",
        "all y: #!/bin/sh",
        "script z.sh: echo",
        "all z.sh: echo",
      ]);
    }
  });

  it("are cut at exactly maxBytes", async () => {
    const requests = [request({ names: ["a", "b", "c"], maxBytes: 5 })];
    expect(await kept([file("a", "1234"), file("b", "12345"), file("c", "123456")], requests)).toEqual([
      "r a: 1234",
      "r b: 12345",
      "r c: 12345…",
    ]);
    expect(await kept([file("a", "1")], [request({ names: ["a"], maxBytes: 0 })])).toEqual(["r a: …"]);
  });

  it("are cut by the limit, whatever the request says", async () => {
    const { index } = await readLayer(chunked(tarBytes([file("a", "123456")])), {
      limits: limitsFrom({ maxCapturedFileBytes: 3 }),
      captures: [request({ names: ["a"] })],
      diffIdAlgorithm: "sha256",
      blobAlgorithm: "sha256",
      where: "it",
      onBytes: () => {},
    });
    expect(index.captures).toEqual([
      { request: "r", entry: 0, content: new Uint8Array(Buffer.from("123")), truncated: true },
    ]);
  });

  it("are of regular files alone", async () => {
    const entries = [symlink("a", "x"), hardlink("a", "x"), whiteout("a"), { name: "a", type: "fifo" }];
    expect(await kept(entries, [request({ prefixes: [""] })])).toEqual([]);
  });

  it("keep each of several entries of one path", async () => {
    expect(await kept([file("a", "1"), file("a", "2")], [request({ names: ["a"] })])).toEqual(["r a: 1", "r a: 2"]);
  });

  it("of a large file by its magic are whole", async () => {
    const content = Buffer.concat([Buffer.from("#!"), filler(3_000_000)]);
    const { index } = await readBlob(tarBytes([file("big", content)]), {
      captures: [request({ magic: ["2321"], maxBytes: 2 ** 24 })],
      chunkBytes: 4096,
    });
    expect(Buffer.from(index.captures[0]?.content ?? []).equals(content)).toBe(true);
  });

  it("do not change what is hashed", async () => {
    const plain = await readBlob(tarBytes(ENTRIES));
    const captured = await readBlob(tarBytes(ENTRIES), { captures: [request({ prefixes: [""], maxBytes: 1 })] });
    expect(captured.index.entries).toEqual(plain.index.entries);
  });
});
