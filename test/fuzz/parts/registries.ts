import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { analyzeImage } from "../../../packages/core/src/index.ts";
import { imageFiles } from "../images.ts";
import { mutated, oddText } from "../mutate.ts";
import type { Part } from "../part.ts";
import type { Random } from "../random.ts";

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  /** Only so much of the body comes before the connection breaks. */
  readonly cut: number | null;
}

const TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "text/html",
  "",
];

function answer(random: Random, body: Uint8Array, isManifest: boolean): Answer {
  const odd = random.chance(0.15);
  return {
    status: odd ? random.pick([200, 204, 206, 301, 307, 401, 403, 404, 416, 429, 500, 503]) : 200,
    headers: {
      ...(isManifest && { "content-type": odd ? random.pick(TYPES) : (TYPES[0] as string) }),
      ...(odd && { location: random.pick(["/v2/", "http://127.0.0.1:1/x", "//", "file:///etc/passwd"]) }),
      ...(odd && {
        "www-authenticate": `Bearer realm="${random.pick(["/x", "http://127.0.0.1:1/t", "x"])}",service="s"`,
      }),
      ...(odd && { "retry-after": "0" }),
    },
    body: random.chance(0.2) ? mutated(random, body) : body,
    cut: random.chance(0.1) ? random.upTo(body.length) : null,
  };
}

/** A registry that answers with whatever it likes. */
export const registries: Part = {
  name: "registries",
  weight: 600,
  async run(random) {
    const files = imageFiles(random);
    const index = files.get("index.json");
    const server = createServer((request, response) => {
      const path = request.url ?? "/";
      const digest = /sha256:([0-9a-f]{64})$/.exec(path)?.[1];
      const isManifest = path.includes("/manifests/");
      const stored = digest === undefined ? (isManifest ? index : undefined) : files.get(`blobs/sha256/${digest}`);
      const body = stored instanceof Uint8Array ? stored : Buffer.from(oddText(random));
      const { status, headers, body: bytes, cut } = answer(random, body, isManifest);
      response.writeHead(status, { ...headers, "content-length": bytes.length });
      if (cut === null) response.end(bytes);
      else response.write(bytes.subarray(0, cut), () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      await analyzeImage(`registry:127.0.0.1:${port}/app:1`, { cache: false } as never);
      return true;
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  },
};
