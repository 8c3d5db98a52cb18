import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { parseReference } from "../../../packages/core/src/oci/reference.ts";
import { type FoundCredentials, findCredentials } from "../../../packages/core/src/source/registry/credentials.ts";
import { placesOf, type RegistryPlace } from "../../../packages/core/src/source/registry/place.ts";
import type { RegistryOptions } from "../../../packages/core/src/source/registry/registry-options.ts";
import { temporaryDirectory } from "../../support/analyze-files.ts";

let home: string;
let env: Record<string, string>;
beforeEach(() => {
  home = temporaryDirectory();
  env = { PATH: `${join(home, "bin")}:${process.env["PATH"]}` };
});

const place = (reference: string): RegistryPlace => placesOf(parseReference(reference), {})[0] as RegistryPlace;

function find(
  reference: string,
  { options = {}, helperTimeoutMs = 5000 }: { options?: RegistryOptions; helperTimeoutMs?: number } = {},
  signal = new AbortController().signal,
): Promise<FoundCredentials> {
  return findCredentials(place(reference), options, { env, home, helperTimeoutMs }, signal);
}

function write(path: string, value: unknown): string {
  const file = join(home, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  return file;
}

const auth = (username: string, password: string) => ({
  auth: Buffer.from(`${username}:${password}`).toString("base64"),
});

/** A helper program; what it is asked for goes into a file. */
function helper(name: string, script: string): string {
  const asked = join(home, `${name}.asked`);
  const path = write(`bin/docker-credential-${name}`, `#!/bin/sh\necho "$1" > ${asked}; cat >> ${asked}\n${script}\n`);
  chmodSync(path, 0o755);
  return asked;
}

const gives = (username: string, secret: string) =>
  `echo '${JSON.stringify({ ServerURL: "x", Username: username, Secret: secret })}'`;

describe("config.json", () => {
  test("nothing anywhere", async () => {
    expect(await find("alpine")).toEqual({ credentials: null, troubles: [] });
  });

  test.each([
    ["alpine", "https://index.docker.io/v1/"],
    ["alpine", "docker.io"],
    ["alpine", "https://registry-1.docker.io/v2/"],
    ["ghcr.io/acme/api", "ghcr.io"],
    ["ghcr.io/acme/api", "https://ghcr.io"],
    ["ghcr.io/acme/api", "https://ghcr.io/v2/"],
    ["localhost:5000/api", "localhost:5000"],
    ["localhost:5000/api", "http://localhost:5000/"],
  ])("%s is kept under %s", async (reference, key) => {
    write(".docker/config.json", { auths: { "other.example": auth("no", "no"), [key]: auth("me", "pass:word") } });
    expect((await find(reference)).credentials).toEqual({ username: "me", password: "pass:word" });
  });

  test.each(["ghcr.io.example/a", "example/ghcr.io/a", "ghcr.io:443/a", "quay.io/ghcr.io/a"])(
    "what is ghcr.io's is not for %s",
    async (reference) => {
      write(".docker/config.json", { auths: { "ghcr.io": auth("me", "secret") } });
      expect((await find(reference)).credentials).toBeNull();
    },
  );

  test("other forms of an entry", async () => {
    const entries: [object, object | null][] = [
      [
        { username: "me", password: "secret" },
        { username: "me", password: "secret" },
      ],
      [{ auth: auth("<token>", "").auth, identitytoken: "refresh" }, { identityToken: "refresh" }],
      [{ registrytoken: "bearer" }, { registryToken: "bearer" }],
      [{ auth: Buffer.from("me:secret\0\0\0").toString("base64") }, { username: "me", password: "secret" }],
      [{}, null],
      [{ auth: "" }, null],
      [{ auth: 7, username: "me" }, null],
      [{ auth: Buffer.from("no colon").toString("base64") }, null],
    ];
    for (const [entry, expected] of entries) {
      write(".docker/config.json", { auths: { "ghcr.io": entry } });
      expect((await find("ghcr.io/a")).credentials).toEqual(expected);
    }
  });

  test("DOCKER_CONFIG names its folder, DOCKER_AUTH_CONFIG holds its content", async () => {
    write("elsewhere/config.json", { auths: { "ghcr.io": auth("file", "secret") } });
    env["DOCKER_CONFIG"] = join(home, "elsewhere");
    expect((await find("ghcr.io/a")).credentials).toMatchObject({ username: "file" });
    env["DOCKER_AUTH_CONFIG"] = JSON.stringify({ auths: { "ghcr.io": auth("variable", "secret") } });
    expect((await find("ghcr.io/a")).credentials).toMatchObject({ username: "variable" });
  });

  test("a file that is damaged is passed over, and none of it is told", async () => {
    const path = write(".docker/config.json", '{"auths":{"ghcr.io":{"auth":"c2VjcmV0');
    write(".config/containers/auth.json", { auths: { "ghcr.io": auth("podman", "secret") } });
    const { credentials, troubles } = await find("ghcr.io/a");
    expect(credentials).toMatchObject({ username: "podman" });
    expect(troubles).toEqual([`${path} is not a JSON object`]);
  });
});

describe("auth.json", () => {
  test("of the user, of the session, and the one that is named", async () => {
    write(".config/containers/auth.json", { auths: { "ghcr.io": auth("user", "x") } });
    expect((await find("ghcr.io/a")).credentials).toMatchObject({ username: "user" });
    env["XDG_RUNTIME_DIR"] = join(home, "run");
    write("run/containers/auth.json", { auths: { "ghcr.io": auth("session", "x") } });
    expect((await find("ghcr.io/a")).credentials).toMatchObject({ username: "session" });
    env["REGISTRY_AUTH_FILE"] = write("named.json", { auths: { "ghcr.io": auth("named", "x") } });
    expect((await find("ghcr.io/a")).credentials).toMatchObject({ username: "named" });
  });

  test("the key that says the most fits best", async () => {
    write(".config/containers/auth.json", {
      auths: {
        "quay.io": auth("registry", "x"),
        "quay.io/acme": auth("namespace", "x"),
        "quay.io/acme/api": auth("repository", "x"),
      },
    });
    expect((await find("quay.io/acme/api")).credentials).toMatchObject({ username: "repository" });
    expect((await find("quay.io/acme/web")).credentials).toMatchObject({ username: "namespace" });
    expect((await find("quay.io/acmeworld/web")).credentials).toMatchObject({ username: "registry" });
  });
});

describe("at hand", () => {
  test("options go before everything, variables before files", async () => {
    write(".docker/config.json", { auths: { "ghcr.io": auth("file", "x") } });
    Object.assign(env, {
      IMGWEIGH_REGISTRY: "ghcr.io",
      IMGWEIGH_REGISTRY_USERNAME: "variable",
      IMGWEIGH_REGISTRY_PASSWORD: "x",
    });
    expect((await find("ghcr.io/a")).credentials).toEqual({ username: "variable", password: "x" });
    const options = { credentials: { "ghcr.io": { registryToken: "option" } } };
    expect((await find("ghcr.io/a", { options })).credentials).toEqual({ registryToken: "option" });
    expect((await find("quay.io/a", { options })).credentials).toBeNull();
  });

  test("variables are for the registry that they name, and for none if they name none", async () => {
    Object.assign(env, { IMGWEIGH_REGISTRY_USERNAME: "me", IMGWEIGH_REGISTRY_PASSWORD: "secret" });
    const { credentials, troubles } = await find("ghcr.io/a");
    expect(credentials).toBeNull();
    expect(troubles.join()).toContain("IMGWEIGH_REGISTRY");
    expect(troubles.join()).not.toContain("secret");
    env["IMGWEIGH_REGISTRY"] = "docker.io";
    expect((await find("ghcr.io/a")).credentials).toBeNull();
    expect((await find("alpine")).credentials).toEqual({ username: "me", password: "secret" });
  });
});

describe("helper programs", () => {
  test("credsStore, asked by the name that docker's own ask by", async () => {
    write(".docker/config.json", { auths: { "ghcr.io": {} }, credsStore: "desktop" });
    const asked = helper("desktop", gives("me", "secret"));
    expect((await find("ghcr.io/a")).credentials).toEqual({ username: "me", password: "secret" });
    expect(readFileSync(asked, "utf8")).toBe("get\nghcr.io");
    await find("alpine");
    expect(readFileSync(asked, "utf8")).toBe("get\nhttps://index.docker.io/v1/");
  });

  test("credHelpers go before credsStore, for their registry", async () => {
    write(".docker/config.json", { credHelpers: { "ghcr.io": "own" }, credsStore: "desktop" });
    helper("own", gives("<token>", "refresh"));
    helper("desktop", gives("other", "secret"));
    expect((await find("ghcr.io/a")).credentials).toEqual({ identityToken: "refresh" });
    expect((await find("quay.io/a")).credentials).toEqual({ username: "other", password: "secret" });
  });

  test("one that has none: what the file holds, without a word", async () => {
    write(".docker/config.json", { auths: { "ghcr.io": auth("file", "x") }, credsStore: "empty" });
    helper("empty", "echo 'credentials not found in native keychain'; exit 1");
    expect(await find("ghcr.io/a")).toEqual({ credentials: { username: "file", password: "x" }, troubles: [] });
  });

  test.each([
    ["echo secret; exit 3", "failed (exit code 3)"],
    ["echo secret", "gave no credentials"],
    ['echo \'{"Username":"secret"}\'', "gave no credentials"],
    ["kill -9 $$", "failed (killed)"],
    ["head -c 3000000 /dev/zero", "too long"],
    ["exec <&-; echo secret >&2; exit 1", "failed (exit code 1)"],
  ])("one that does `%s`", async (script, trouble) => {
    write(".docker/config.json", { credsStore: "bad" });
    helper("bad", script);
    const { credentials, troubles } = await find("ghcr.io/a");
    expect(credentials).toBeNull();
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toContain(trouble);
    expect(troubles[0]).not.toContain("secret");
  });

  test.each(["absent", "../../evil", "a b", "x;y"])("one called %j", async (name) => {
    write(".docker/config.json", { credsStore: name });
    const { credentials, troubles } = await find("ghcr.io/a");
    expect(credentials).toBeNull();
    expect(troubles).toHaveLength(1);
  });

  test("one that hangs is ended with its children, and is passed over", async () => {
    write(".docker/config.json", { credsStore: "slow" });
    const pids = join(home, "pids");
    helper("slow", `sleep 60 & echo $! > ${pids}; echo $$ >> ${pids}; wait`);
    const began = performance.now();
    const { credentials, troubles } = await find("ghcr.io/a", { helperTimeoutMs: 300 });
    expect(performance.now() - began).toBeLessThan(2000);
    expect(credentials).toBeNull();
    expect(troubles[0]).toContain("did not answer within 0.3 s");
    await expectGone(pids);
  });

  test("an abort ends it", async () => {
    write(".docker/config.json", { credsStore: "slow" });
    const pids = join(home, "pids");
    helper("slow", `sleep 60 & echo $! > ${pids}; echo $$ >> ${pids}; wait`);
    const controller = new AbortController();
    const call = find("ghcr.io/a", {}, controller.signal).catch((error: unknown) => error);
    while (!existsSync(pids)) await sleep(10);
    await sleep(30);
    controller.abort("stop");
    expect(await call).toBe("stop");
    await expectGone(pids);
  });

  async function expectGone(file: string): Promise<void> {
    const pids = readFileSync(file, "utf8").trim().split("\n").map(Number);
    expect(pids).toHaveLength(2);
    for (let wait = 0; wait < 100 && pids.some(isAlive); wait++) await sleep(10);
    expect(pids.filter(isAlive)).toEqual([]);
  }

  function isAlive(pid: number): boolean {
    try {
      // One that has ended and was not waited for is gone all the same.
      return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.startsWith("Z") === false;
    } catch {
      return false;
    }
  }
});
