import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseChallenges } from "../../../packages/core/src/source/registry/challenge.ts";

function parsed(header: string): [string, Record<string, string>][] {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

describe("WWW-Authenticate", () => {
  test("as Docker Hub sends it", () => {
    const header =
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"';
    expect(parsed(header)).toEqual([
      [
        "bearer",
        {
          realm: "https://auth.docker.io/token",
          service: "registry.docker.io",
          scope: "repository:library/alpine:pull",
        },
      ],
    ]);
  });

  test.each([
    // RFC 9110, section 11.6.1.
    [
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        ["basic", { realm: "simple" }],
        ["newauth", { realm: "apps", type: "1", title: 'Login to "apps"' }],
      ],
    ],
    ["Basic", [["basic", {}]]],
    [
      "NTLM, Negotiate",
      [
        ["ntlm", {}],
        ["negotiate", {}],
      ],
    ],
    ['BEARER Realm = "a, b" , SERVICE=c', [["bearer", { realm: "a, b", service: "c" }]]],
    ['bearer realm="", scope="a:b:pull,push c:d:pull"', [["bearer", { realm: "", scope: "a:b:pull,push c:d:pull" }]]],
    ["", []],
    [" , ,", []],
    ['realm="without a scheme"', []],
    // An end that is missing ends it.
    ['Bearer realm="open', [["bearer", { realm: "" }]]],
  ])("%s", (header, expected) => {
    expect(parsed(header)).toEqual(expected);
  });

  test("of any text ends, soon", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..." ,=\"\\abB/:;'"), maxLength: 200 }), (header) => {
        for (const { scheme } of parseChallenges(header)) expect(scheme).toMatch(/^[^\s,="\\]+$/);
      }),
    );
    const began = performance.now();
    for (const part of ['"', '\\"', "a", "a=", 'a="', ", ", "= ", "a b=\\"]) parseChallenges(part.repeat(20_000));
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
