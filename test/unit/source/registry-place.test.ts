import { describe, expect, test } from "vitest";
import { parseReference } from "../../../packages/core/src/oci/reference.ts";
import { PATIENCE, parseRetryAfter, pauseAfter } from "../../../packages/core/src/source/registry/patience.ts";
import { isLoopback, placesOf } from "../../../packages/core/src/source/registry/place.ts";
import { proxyFor } from "../../../packages/core/src/source/registry/proxy.ts";
import type { RegistryOptions } from "../../../packages/core/src/source/registry/registry-options.ts";
import { createSecrets } from "../../../packages/core/src/source/registry/secrets.ts";

const places = (reference: string, options: RegistryOptions = {}) => placesOf(parseReference(reference), options);

describe("where an image is looked for", () => {
  test("Docker Hub's API has a host of its own", () => {
    const hub = { name: "docker.io", authority: "registry-1.docker.io", plainHttp: false, verify: true };
    expect(places("alpine")).toEqual([{ ...hub, repository: "library/alpine" }]);
    expect(places("index.docker.io/acme/api:1")).toEqual([{ ...hub, repository: "acme/api" }]);
  });

  test.each([
    ["localhost/a", true],
    ["localhost:5000/a", true],
    ["127.0.0.1:5000/a", true],
    ["127.9.9.9:5000/a", true],
    ["[::1]:5000/a", true],
    ["ghcr.io/a", false],
    ["localhost.example.com/a", false],
    ["127.0.0.1.example.com/a", false],
    ["128.0.0.1:5000/a", false],
    ["10.0.0.1:5000/a", false],
    ["[::2]:5000/a", false],
  ])("%s may be plain HTTP: %s", (reference, plainHttp) => {
    expect(places(reference)).toMatchObject([{ plainHttp, verify: true }]);
  });

  test("an insecure registry is the one named, port included", () => {
    const options = { insecure: ["registry.example:5000"] };
    expect(places("registry.example:5000/a", options)).toMatchObject([{ plainHttp: true, verify: false }]);
    expect(places("registry.example/a", options)).toMatchObject([{ plainHttp: false, verify: true }]);
    expect(places("registry.example:5001/a", options)).toMatchObject([{ plainHttp: false, verify: true }]);
  });

  test("mirrors go first, those of that registry", () => {
    const options = {
      mirrors: { "docker.io": ["mirror.example", "http://127.0.0.1:5000/hub/"], "ghcr.io": ["other.example"] },
      insecure: ["mirror.example"],
    };
    expect(places("alpine", options).map(({ authority, repository }) => `${authority}/${repository}`)).toEqual([
      "mirror.example/library/alpine",
      "127.0.0.1:5000/hub/library/alpine",
      "registry-1.docker.io/library/alpine",
    ]);
    expect(places("alpine", options).map(({ verify }) => verify)).toEqual([false, true, true]);
    expect(places("quay.io/a/b", options)).toHaveLength(1);
  });

  test.each(["", "a b", "user:password@host", "host/../x", "host/./x", "host/x?y", "host/a b", "https://"])(
    "%j is no mirror",
    (mirror) => {
      expect(() => places("alpine", { mirrors: { "docker.io": [mirror] } })).toThrow(
        expect.objectContaining({ code: "REFERENCE_INVALID" }),
      );
    },
  );

  test("loopback", () => {
    expect(["localhost", "127.0.0.1", "::1"].every(isLoopback)).toBe(true);
    expect(["", "localhost.", "0.0.0.0", "::", "1.127.0.0"].some(isLoopback)).toBe(false);
  });
});

// As golang.org/x/net/http/httpproxy reads the environment; the cases are those of its own test file.
describe("the proxy for an address", () => {
  const env = { HTTPS_PROXY: "http://secure:1", HTTP_PROXY: "plain:2" };
  const proxy = (url: string, more: Record<string, string> = {}, chosen: string | null = null) =>
    proxyFor(new URL(url), { ...env, ...more }, chosen);

  test("by the scheme that is asked for", () => {
    expect(proxy("https://registry.example/")).toBe("http://secure:1");
    expect(proxy("http://registry.example/")).toBe("http://plain:2");
    expect(proxyFor(new URL("https://registry.example/"), {}, null)).toBeNull();
  });

  test("lower-case names win, a proxy that was chosen wins over both", () => {
    expect(proxy("https://registry.example/", { https_proxy: "http://lower:3" })).toBe("http://lower:3");
    expect(proxy("https://registry.example/", {}, "http://chosen:4")).toBe("http://chosen:4");
  });

  test.each(["localhost", "127.0.0.1:5000", "[::1]:5000"])("never for %s", (host) => {
    expect(proxy(`http://${host}/`)).toBeNull();
    expect(proxy(`http://${host}/`, {}, "http://chosen:4")).toBeNull();
  });

  test.each([
    ["example.com", "example.com", true],
    ["example.com", "a.example.com", true],
    ["example.com", "notexample.com", false],
    [".example.com", "example.com", false],
    [".example.com", "a.example.com", true],
    ["*.example.com", "a.example.com", true],
    ["*.example.com", "example.com", false],
    ["a.com, b.com ,c.com", "b.com", true],
    ["EXAMPLE.com", "example.COM", true],
    ["example.com:8080", "example.com", false],
    ["example.com:443", "example.com", true],
    ["example.com:8080", "example.com:8080", true],
    ["*", "example.com", true],
    ["192.168.1.1", "192.168.1.1", true],
    ["192.168.1.1:443", "192.168.1.1", true],
    ["168.1.1", "192.168.1.1", false],
    ["192.168.0.0/16", "192.168.1.1", true],
    ["192.168.0.0/24", "192.168.1.1", false],
    ["192.168.0.0/99", "192.168.1.1", false],
    ["fd00::/8", "[fd00::1]", true],
    ["[fd00::1]", "[fd00::1]", true],
    ["fd00::1", "[fd00::1]", true],
    ["fd00::/8", "[fe00::1]", false],
    ["", "example.com", false],
    [",,", "example.com", false],
  ])("NO_PROXY=%s excepts %s: %s", (exceptions, host, excepted) => {
    expect(proxy(`https://${host}/`, { NO_PROXY: exceptions }) === null).toBe(excepted);
  });
});

describe("patience", () => {
  const now = Date.UTC(2026, 0, 1);

  test.each([
    [null, null],
    ["0", 0],
    ["7", 7000],
    [" 120 ", 120_000],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
    ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
    ["soon", null],
    ["-1", null],
    ["99999999999999999999", null],
  ])("Retry-After: %s", (value, milliseconds) => {
    const wait = parseRetryAfter(value, now);
    // Dates before the year 0 are dates to JavaScript.
    if (value === "-1") expect(wait === null || wait === 0).toBe(true);
    else expect(wait).toBe(milliseconds);
  });

  test("pauses grow, within bounds", () => {
    for (let failures = 1; failures < 40; failures++) {
      const longest = Math.min(8000, 500 * 2 ** (failures - 1));
      for (let i = 0; i < 20; i++) {
        const wait = pauseAfter(failures, null, PATIENCE) as number;
        expect(wait).toBeGreaterThanOrEqual(longest / 2);
        expect(wait).toBeLessThanOrEqual(longest);
      }
    }
  });

  test("what the server asks for is kept to, and given up where it is too much", () => {
    expect(pauseAfter(1, 59_000, PATIENCE)).toBe(59_000);
    expect(pauseAfter(9, 0, PATIENCE)).toBe(0);
    expect(pauseAfter(1, 60_001, PATIENCE)).toBeNull();
  });
});

test("secrets do not come out, also where one is part of another", () => {
  const secrets = createSecrets();
  for (const secret of ["hunter", "hunter22", "abc"]) secrets.add(secret);
  expect(secrets.redact("hunter22 is not hunter, abc is too short")).toBe(
    "[redacted] is not [redacted], abc is too short",
  );
});
