import type { BackendAnswer, BackendRequest, FaultServer } from "./fault-server.ts";
import { startFaultServer } from "./fault-server.ts";
import { type BuiltImage, type Descriptor, digestOf, type Files, indexOf, MEDIA_TYPE } from "./image-builder.ts";

/** How a fake registry finds out who asks. */
export type FakeAuth =
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  | {
      readonly type: "bearer";
      /** Who may have a token; everyone where absent. */
      readonly username?: string;
      readonly password?: string;
      /** A refresh token that is as good as the password. */
      readonly refreshToken?: string;
      /** What is said of a token's life; nothing where absent. */
      readonly expiresIn?: number;
      /** So many requests a token is good for, whatever was said. */
      readonly uses?: number;
      /** Where tokens are given out, instead of `/token` of the registry itself. */
      readonly realm?: string;
      /** Instead of `repository:NAME:pull`; "" leaves it out. */
      readonly scope?: string;
    };

export interface FakeRegistryOptions {
  readonly auth?: FakeAuth;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Leaves `Docker-Content-Digest` out. */
  readonly tellsNoDigest?: boolean;
}

export interface FakeRegistry extends FaultServer {
  /** Publishes an image; returns its reference. */
  push(repository: string, tag: string, image: BuiltImage): string;
  /** Publishes an index of images, with more descriptors if need be; returns its reference. */
  pushIndex(repository: string, tag: string, images: readonly BuiltImage[], more?: readonly Descriptor[]): string;
  /** Publishes any document under a tag; returns its descriptor. */
  pushManifest(repository: string, tag: string | null, bytes: Buffer, mediaType: string): Descriptor;
  /** Publishes an OCI layout, its `index.json` under the tag; returns the reference. */
  pushLayout(repository: string, tag: string, files: Files): string;
  /** By digest; tests may take blobs away or exchange them. */
  readonly blobs: Map<string, Buffer>;
  /** By `repository/manifests/reference`. */
  readonly manifests: Map<string, { readonly bytes: Buffer; readonly mediaType: string }>;
  /** Tokens that were given out, in order. */
  readonly tokens: readonly string[];
}

function errorAnswer(status: number, code: string, message: string, headers = {}): BackendAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify({ errors: [{ code, message }] })),
  };
}

/** The answer for a body of which a part may have been asked for (RFC 9110, section 14). */
function partOf(body: Buffer, range: string | undefined): BackendAnswer {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  if (first === undefined) return { status: 200, body };
  const end = Math.min(body.length, last === "" ? body.length : Number(last) + 1);
  if (Number(first) >= end) return { status: 416, headers: { "content-range": `bytes */${body.length}` } };
  return {
    status: 206,
    headers: { "content-range": `bytes ${first}-${end - 1}/${body.length}` },
    body: body.subarray(Number(first), end),
  };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** The part of the distribution-spec that pulling takes, with the ways to let people in that registries have. */
export async function startFakeRegistry(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  const { auth } = options;
  const blobs = new Map<string, Buffer>();
  const manifests: FakeRegistry["manifests"] = new Map();
  const tokens: string[] = [];
  const uses = new Map<string, number>();

  function giveToken(): BackendAnswer {
    const token = `token-${tokens.length + 1}-of-a-fake-registry`;
    tokens.push(token);
    const life = auth?.type === "bearer" && auth.expiresIn !== undefined ? { expires_in: auth.expiresIn } : {};
    return { status: 200, body: Buffer.from(JSON.stringify({ token, ...life })) };
  }

  function tokenRoute({ method, headers, body }: BackendRequest): BackendAnswer {
    if (auth?.type !== "bearer") return errorAnswer(404, "NOT_FOUND", "no tokens here");
    if (method === "POST") {
      const good = new URLSearchParams(body.toString()).get("refresh_token") === auth.refreshToken;
      return good ? giveToken() : errorAnswer(401, "UNAUTHORIZED", "bad refresh token");
    }
    const { username, password } = auth;
    if (username === undefined || headers.authorization === basic(username, password ?? "")) return giveToken();
    return errorAnswer(401, "UNAUTHORIZED", `incorrect username or password: ${headers.authorization}`);
  }

  function refusal({ url, headers }: BackendRequest): BackendAnswer | null {
    if (auth === undefined) return null;
    if (auth.type === "basic") {
      if (headers.authorization === basic(auth.username, auth.password)) return null;
      return errorAnswer(401, "UNAUTHORIZED", "authentication required", {
        "www-authenticate": 'Basic realm="a fake, registry"',
      });
    }
    const token = /^Bearer (.*)$/.exec(headers.authorization ?? "")?.[1] ?? "";
    const used = (uses.get(token) ?? 0) + 1;
    uses.set(token, used);
    if (tokens.includes(token) && used <= (auth.uses ?? Number.POSITIVE_INFINITY)) return null;
    const repository = /^\/v2\/(.*)\/(?:manifests|blobs)\//.exec(url)?.[1];
    const scope = auth.scope ?? `repository:${repository}:pull`;
    const realm = auth.realm ?? `${options.tls === undefined ? "http" : "https"}://${headers.host}/token`;
    const challenge = `Bearer realm="${realm}",service="fake"${scope === "" ? "" : `,scope="${scope}"`}`;
    return errorAnswer(401, "UNAUTHORIZED", "authentication required", { "www-authenticate": challenge });
  }

  function backend(request: BackendRequest): BackendAnswer {
    const path = new URL(request.url, "http://registry").pathname;
    if (path === "/token") return tokenRoute(request);
    const refused = refusal(request);
    if (refused !== null) return refused;
    const [, key, digest] = /^\/v2\/(.*?\/(?:manifests\/[^/]+|blobs\/([^/]+)))$/.exec(path) ?? [];
    if (digest !== undefined) {
      const blob = blobs.get(digest);
      if (blob === undefined) return errorAnswer(404, "BLOB_UNKNOWN", "blob unknown to registry");
      return partOf(blob, request.headers.range);
    }
    const manifest = manifests.get(key ?? "");
    if (manifest === undefined) return errorAnswer(404, "MANIFEST_UNKNOWN", "manifest unknown");
    const told = options.tellsNoDigest ? {} : { "docker-content-digest": digestOf(manifest.bytes) };
    return { status: 200, headers: { "content-type": manifest.mediaType, ...told }, body: manifest.bytes };
  }

  const server = await startFaultServer({ backend, tls: options.tls });

  function pushManifest(repository: string, tag: string | null, bytes: Buffer, mediaType: string): Descriptor {
    const digest = digestOf(bytes);
    for (const name of tag === null ? [digest] : [digest, tag]) {
      manifests.set(`${repository}/manifests/${name}`, { bytes, mediaType });
    }
    return { mediaType, digest, size: bytes.length };
  }

  function pushImage(repository: string, tag: string | null, image: BuiltImage): void {
    for (const layer of image.layers) blobs.set(layer.digest, layer.blob);
    blobs.set(image.configDigest, image.config);
    pushManifest(repository, tag, image.manifest(), MEDIA_TYPE.manifest);
  }

  function pushLayout(repository: string, tag: string, files: Files): string {
    for (const [name, content] of files) {
      const digest = /^blobs\/(sha\d+)\/(\w+)$/.exec(name);
      if (digest === null || "link" in content) continue;
      const bytes = Buffer.from(content);
      blobs.set(`${digest[1]}:${digest[2]}`, bytes);
      const mediaType = bytes.includes('"manifests"') ? MEDIA_TYPE.index : MEDIA_TYPE.manifest;
      manifests.set(`${repository}/manifests/${digest[1]}:${digest[2]}`, { bytes, mediaType });
    }
    pushManifest(repository, tag, Buffer.from(files.get("index.json") as Uint8Array), MEDIA_TYPE.index);
    return `${server.host}/${repository}:${tag}`;
  }

  return {
    ...server,
    pushLayout,
    blobs,
    manifests,
    tokens,
    pushManifest,
    push(repository, tag, image) {
      pushImage(repository, tag, image);
      return `${server.host}/${repository}:${tag}`;
    },
    pushIndex(repository, tag, images, more = []) {
      for (const image of images) pushImage(repository, null, image);
      const index = indexOf([...images.map((image) => image.descriptor()), ...more]);
      pushManifest(repository, tag, index, MEDIA_TYPE.index);
      return `${server.host}/${repository}:${tag}`;
    },
  };
}
