import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";

const exec = promisify(execFile);

export interface PackageRegistry {
  readonly url: string;
  /** Names that were asked for, tarballs left out. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** A package registry that has the given tarballs, by name, and sends whoever asks for another package to `upstream`. */
export async function startPackageRegistry(
  tarballs: Readonly<Record<string, string>>,
  upstream: string,
): Promise<PackageRegistry> {
  const asked: string[] = [];

  /** https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md */
  async function describe(name: string, tarball: string, host: string): Promise<string> {
    const { stdout } = await exec("tar", ["-xzOf", tarball, "package/package.json"]);
    const manifest = JSON.parse(stdout) as { readonly version: string };
    const integrity = `sha512-${createHash("sha512")
      .update(await readFile(tarball))
      .digest("base64")}`;
    const { version } = manifest;
    const dist = { tarball: `http://${host}/-/${encodeURIComponent(name)}`, integrity };
    return JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } });
  }

  const server = createServer((request, response) => {
    const { url = "/", headers } = request;
    const answer = async (): Promise<void> => {
      const sent = /^\/-\/(.+)$/.exec(url)?.[1];
      if (sent !== undefined) {
        response.end(await readFile(tarballs[decodeURIComponent(sent)] as string));
        return;
      }
      const name = decodeURIComponent(url.slice(1));
      asked.push(name);
      const tarball = tarballs[name];
      if (tarball === undefined) response.writeHead(302, { location: `${upstream.replace(/\/$/, "")}${url}` }).end();
      else response.end(await describe(name, tarball, headers.host as string));
    };
    answer().catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
