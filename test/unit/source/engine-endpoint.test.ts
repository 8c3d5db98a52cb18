import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EngineSurroundings, findEndpoint } from "../../../packages/core/src/source/engine/endpoint.ts";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "engine-endpoint-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Given {
  readonly env?: Record<string, string>;
  readonly os?: string;
  readonly there?: readonly string[];
  readonly home?: string;
}

function surroundings(given: Given): EngineSurroundings {
  const there = given.there ?? ["/var/run/docker.sock"];
  return {
    env: given.env ?? {},
    home: given.home ?? home,
    os: given.os ?? "linux",
    exists: async (path) => there.includes(path),
  };
}

const docker = (given: Given = {}) => findEndpoint("docker", surroundings(given));
const podman = (given: Given = {}) => findEndpoint("podman", surroundings(given));
const socket = (path: string) => ({ type: "socket", path });

/** A home directory with docker contexts in it. */
async function homeWith(
  current: string | null,
  contexts: Record<string, { host?: string; skip?: boolean; tls?: readonly string[] }> = {},
): Promise<string> {
  const directory = await mkdtemp(join(home, "user-"));
  const config = join(directory, ".docker");
  await mkdir(config, { recursive: true });
  if (current !== null) await writeFile(join(config, "config.json"), JSON.stringify({ currentContext: current }));
  for (const [name, { host, skip, tls = [] }] of Object.entries(contexts)) {
    const id = createHash("sha256").update(name).digest("hex");
    await mkdir(join(config, "contexts/meta", id), { recursive: true });
    const endpoint = { ...(host !== undefined && { Host: host }), SkipTLSVerify: skip ?? false };
    await writeFile(
      join(config, "contexts/meta", id, "meta.json"),
      JSON.stringify({ Name: name, Endpoints: { docker: endpoint } }),
    );
    const files = join(config, "contexts/tls", id, "docker");
    await mkdir(files, { recursive: true });
    for (const file of tls) await writeFile(join(files, `${file}.pem`), `${name} ${file}`);
  }
  return directory;
}

describe("docker without DOCKER_HOST", () => {
  test("takes the system's socket", async () => {
    expect(await docker()).toEqual({
      kind: "docker",
      address: "unix:///var/run/docker.sock",
      chosenBy: "the default socket",
      transport: socket("/var/run/docker.sock"),
    });
  });

  test("takes the home directory's socket where the system has none", async () => {
    const own = join(home, ".docker/run/docker.sock");
    expect((await docker({ there: [own] })).transport).toEqual(socket(own));
    expect((await docker({ there: [own, "/var/run/docker.sock"] })).transport).toEqual(socket("/var/run/docker.sock"));
  });

  test("names the system's socket where there is none at all", async () => {
    expect((await docker({ there: [] })).transport).toEqual(socket("/var/run/docker.sock"));
  });

  test("takes the named pipe on Windows", async () => {
    expect(await docker({ os: "win32", there: [] })).toMatchObject({
      address: "npipe:////./pipe/docker_engine",
      transport: socket("//./pipe/docker_engine"),
    });
  });
});

describe("DOCKER_HOST", () => {
  const at = (text: string, env: Record<string, string> = {}, os = "linux") =>
    docker({ env: { ...env, DOCKER_HOST: text }, os });

  test("empty is as good as absent", async () => {
    expect((await at("")).chosenBy).toBe("the default socket");
  });

  test.each([
    ["unix:///tmp/a b.sock", "/tmp/a b.sock"],
    ["unix://", "/var/run/docker.sock"],
  ])("%s is a socket", async (text, path) => {
    expect(await at(text)).toMatchObject({ chosenBy: "DOCKER_HOST", transport: socket(path) });
  });

  test.each([
    ["tcp://10.0.0.1:2375", "10.0.0.1", 2375, ""],
    ["tcp://10.0.0.1", "10.0.0.1", 2375, ""],
    ["tcp://engine.lab:80", "engine.lab", 80, ""],
    ["tcp://[::1]:2375", "::1", 2375, ""],
    ["tcp://:4243", "localhost", 4243, ""],
    ["engine:2375", "engine", 2375, ""],
    ["http://engine", "engine", 80, ""],
    ["http://engine:8080/docker/", "engine", 8080, "docker"],
  ])("%s is plain tcp", async (text, host, port, basePath) => {
    expect((await at(text)).transport).toEqual({ type: "tcp", host, port, basePath, tls: null });
  });

  test("https without certificates trusts the system's", async () => {
    const endpoint = await at("https://engine");
    expect(endpoint.transport).toEqual({
      type: "tcp",
      host: "engine",
      port: 443,
      basePath: "",
      tls: { ca: null, cert: null, key: null, verify: true },
    });
    expect(endpoint.address).toBe("https://engine:443");
  });

  test("ssh is refused with a way out", async () => {
    await expect(at("ssh://me:secret@engine")).rejects.toMatchObject({
      code: "ENGINE_UNREACHABLE",
      message: expect.not.stringContaining("secret"),
      hint: expect.stringContaining("`docker save IMAGE | imgweigh analyze -`"),
    });
  });

  test("a named pipe is for Windows", async () => {
    const pipe = "npipe:////./pipe/other";
    await expect(at(pipe)).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect((await at(pipe, {}, "win32")).transport).toEqual(socket("//./pipe/other"));
  });

  test.each(["fd://3", "tcp://a b", "tcp://host:99999"])("%s is refused", async (text) => {
    await expect(at(text)).rejects.toMatchObject({
      code: "ENGINE_UNREACHABLE",
      message: expect.stringContaining("DOCKER_HOST"),
    });
  });

  test("credentials in the address are not repeated", async () => {
    expect(JSON.stringify(await at("tcp://me:secret@engine:2375"))).not.toContain("secret");
    await expect(at("ftp://me:secret@engine")).rejects.toMatchObject({
      message: expect.not.stringContaining("secret"),
    });
  });

  test("with DOCKER_TLS_VERIFY uses the certificates of DOCKER_CERT_PATH", async () => {
    const certs = await mkdtemp(join(home, "certs-"));
    for (const name of ["ca", "cert", "key"]) await writeFile(join(certs, `${name}.pem`), name);
    const endpoint = await at("tcp://engine", { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certs });
    expect(endpoint).toMatchObject({
      address: "https://engine:2376",
      transport: {
        port: 2376,
        tls: { ca: Buffer.from("ca"), cert: Buffer.from("cert"), key: Buffer.from("key"), verify: true },
      },
    });
  });

  test("with DOCKER_TLS_VERIFY alone looks into ~/.docker, and does without what is not there", async () => {
    const user = await homeWith(null);
    await writeFile(join(user, ".docker/ca.pem"), "own ca");
    const endpoint = await docker({ home: user, env: { DOCKER_HOST: "tcp://engine", DOCKER_TLS_VERIFY: "1" } });
    expect(endpoint.transport).toMatchObject({
      tls: { ca: Buffer.from("own ca"), cert: null, key: null, verify: true },
    });
  });

  test("certificates without a switch change nothing", async () => {
    expect((await at("tcp://engine", { DOCKER_CERT_PATH: "/nowhere" })).transport).toMatchObject({ tls: null });
  });
});

describe("docker contexts", () => {
  test("the current one of config.json", async () => {
    const user = await homeWith("lab", { lab: { host: "tcp://lab:2375" } });
    expect(await docker({ home: user })).toMatchObject({
      address: "tcp://lab:2375",
      chosenBy: 'the docker context "lab"',
      transport: { host: "lab", tls: null },
    });
  });

  test("DOCKER_CONTEXT goes before config.json, DOCKER_HOST before both", async () => {
    const user = await homeWith("lab", { lab: { host: "tcp://lab:1" }, desk: { host: "unix:///desk.sock" } });
    expect((await docker({ home: user, env: { DOCKER_CONTEXT: "desk" } })).transport).toEqual(socket("/desk.sock"));
    const env = { DOCKER_CONTEXT: "desk", DOCKER_HOST: "unix:///host.sock" };
    expect((await docker({ home: user, env })).transport).toEqual(socket("/host.sock"));
  });

  test("'default' is the default socket, whatever config.json says", async () => {
    const user = await homeWith("lab", { lab: { host: "tcp://lab:1" } });
    expect((await docker({ home: user, env: { DOCKER_CONTEXT: "default" } })).chosenBy).toBe("the default socket");
    expect((await docker({ home: await homeWith("default") })).chosenBy).toBe("the default socket");
    expect((await docker({ home: await homeWith("") })).chosenBy).toBe("the default socket");
  });

  test("DOCKER_CONFIG moves the directory", async () => {
    const user = await homeWith("lab", { lab: { host: "tcp://lab:1" } });
    const endpoint = await docker({ env: { DOCKER_CONFIG: join(user, ".docker") } });
    expect(endpoint.address).toBe("tcp://lab:1");
  });

  test("an unknown one is an error that names it and who chose it", async () => {
    await expect(docker({ env: { DOCKER_CONTEXT: "gone" } })).rejects.toMatchObject({
      code: "ENGINE_UNREACHABLE",
      message: expect.stringMatching(/"gone".*DOCKER_CONTEXT/),
    });
    await expect(docker({ home: await homeWith("lost") })).rejects.toMatchObject({
      message: expect.stringMatching(/"lost".*config\.json/),
    });
  });

  test("brings its own certificates", async () => {
    const user = await homeWith("lab", { lab: { host: "tcp://lab", tls: ["ca", "cert", "key"] } });
    expect((await docker({ home: user })).transport).toMatchObject({
      port: 2376,
      tls: { ca: Buffer.from("lab ca"), cert: Buffer.from("lab cert"), key: Buffer.from("lab key"), verify: true },
    });
  });

  test("SkipTLSVerify speaks TLS and trusts anyone", async () => {
    const user = await homeWith("lab", { lab: { host: "tcp://lab", skip: true } });
    expect((await docker({ home: user })).transport).toMatchObject({ tls: { ca: null, verify: false } });
  });

  test("one without a host is the default socket", async () => {
    const user = await homeWith("bare", { bare: {} });
    expect((await docker({ home: user })).transport).toEqual(socket("/var/run/docker.sock"));
  });

  test("one over ssh is refused, and named", async () => {
    const user = await homeWith("far", { far: { host: "ssh://me@far" } });
    await expect(docker({ home: user })).rejects.toMatchObject({ message: expect.stringContaining('context "far"') });
  });

  test.each(["{", "[]", "null"])("a config.json of %s is an error that names the file", async (text) => {
    const user = await homeWith(null);
    await writeFile(join(user, ".docker/config.json"), text);
    await expect(docker({ home: user })).rejects.toMatchObject({
      code: "ENGINE_UNREACHABLE",
      message: expect.stringContaining("config.json"),
    });
    const env = { DOCKER_HOST: "unix:///host.sock" };
    expect((await docker({ home: user, env })).transport).toEqual(socket("/host.sock"));
  });
});

describe("podman", () => {
  const own = "/run/user/7/podman/podman.sock";
  const system = "/run/podman/podman.sock";
  const env = { XDG_RUNTIME_DIR: "/run/user/7" };

  test("CONTAINER_HOST goes first, DOCKER_HOST is not its affair", async () => {
    const both = { CONTAINER_HOST: "unix:///p.sock", DOCKER_HOST: "unix:///d.sock" };
    expect(await podman({ env: both })).toMatchObject({
      kind: "podman",
      chosenBy: "CONTAINER_HOST",
      transport: socket("/p.sock"),
    });
    expect((await podman({ env: { DOCKER_HOST: "unix:///d.sock" } })).transport).toEqual(socket(system));
  });

  test("the user's socket, then the system's", async () => {
    expect((await podman({ env, there: [own, system] })).transport).toEqual(socket(own));
    expect((await podman({ env, there: [system] })).transport).toEqual(socket(system));
    expect((await podman({ env, there: [] })).transport).toEqual(socket(own));
    expect((await podman({ there: [] })).transport).toEqual(socket(system));
  });

  test("ssh is refused in podman's words", async () => {
    await expect(podman({ env: { CONTAINER_HOST: "ssh://core@box" } })).rejects.toMatchObject({
      code: "ENGINE_UNREACHABLE",
      hint: expect.stringContaining("podman save"),
    });
  });
});

test("this process's own surroundings are the default", async () => {
  expect((await findEndpoint("podman")).kind).toBe("podman");
});
