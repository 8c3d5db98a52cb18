import { describe, expect, it } from "vitest";
import { canonicalReference, parseReference, sameReference } from "../../../packages/core/src/oci/reference.ts";

const SHA256 = `sha256:${"0123456789abcdef".repeat(4)}`;

// The cases of distribution/reference (reference_test.go, normalize_test.go), and the names people type.
describe("parseReference", () => {
  it.each([
    ["alpine", "docker.io/library/alpine:latest"],
    ["alpine:3.20", "docker.io/library/alpine:3.20"],
    ["library/alpine", "docker.io/library/alpine:latest"],
    ["user/app", "docker.io/user/app:latest"],
    ["docker.io/alpine", "docker.io/library/alpine:latest"],
    ["index.docker.io/alpine", "docker.io/library/alpine:latest"],
    ["docker.io/user/app:1", "docker.io/user/app:1"],
    ["localhost/app", "localhost/app:latest"],
    ["localhost:5000/app", "localhost:5000/app:latest"],
    ["localhost:5000/a/b/c:v1", "localhost:5000/a/b/c:v1"],
    ["test.com/repo:tag", "test.com/repo:tag"],
    ["test:5000/repo", "test:5000/repo:latest"],
    ["test:5000/repo:tag", "test:5000/repo:tag"],
    [`test:5000/repo@${SHA256}`, `test:5000/repo@${SHA256}`],
    [`test:5000/repo:tag@${SHA256}`, `test:5000/repo:tag@${SHA256}`],
    [`alpine@${SHA256}`, `docker.io/library/alpine@${SHA256}`],
    ["sub-dom1.foo.com/bar/baz/quux", "sub-dom1.foo.com/bar/baz/quux:latest"],
    ["sub-dom1.foo.com/bar/baz/quux:some-long-tag", "sub-dom1.foo.com/bar/baz/quux:some-long-tag"],
    ["b.gcr.io/test.example.com/my-app:test.example.com", "b.gcr.io/test.example.com/my-app:test.example.com"],
    ["xn--n3h.com/myimage:xn--n3h.com", "xn--n3h.com/myimage:xn--n3h.com"],
    ["foo_bar.com:8080", "docker.io/library/foo_bar.com:8080"],
    ["foo/foo_bar.com:8080", "docker.io/foo/foo_bar.com:8080"],
    ["192.168.1.1:5000/repo", "192.168.1.1:5000/repo:latest"],
    ["[2001:db8::1]:5000/repo", "[2001:db8::1]:5000/repo:latest"],
    ["[::1]/repo:v", "[::1]/repo:v"],
    ["Uppercase/lowercase:tag", "Uppercase/lowercase:tag"],
    ["a__b/c-d--e/f.g", "docker.io/a__b/c-d--e/f.g:latest"],
    ["app:_x.Y-z", "docker.io/library/app:_x.Y-z"],
  ])("reads %s", (text, canonical) => {
    expect(canonicalReference(parseReference(text))).toBe(canonical);
  });

  it.each([
    "",
    ":justtag",
    "@sha256:",
    `@${SHA256}`,
    "repo@sha256:ffff",
    "validname@invaliddigest:ffff",
    "Uppercase:tag",
    "test:5000/Uppercase/lowercase:tag",
    "lowercase:Uppercase:tag",
    "a//b",
    "/a",
    "a/",
    "a/_b",
    "a/b_",
    "a___b",
    "a..b",
    "aa/asdf$$^/aa",
    "-foo/bar",
    "-test.com/repo",
    "test-.com/repo:tag",
    "app:",
    "app:.tag",
    "app:-tag",
    `app:${"t".repeat(129)}`,
    "app:a b",
    `docker.io/${"a/".repeat(128)}a`,
    "[fe80::1%eth0]:5000/repo",
    "[2001:db8::1/repo",
    "foo_bar.com:8080/repo",
    " alpine",
    "alpine\n",
    "https://example.com/app",
  ])("refuses %j", (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: "REFERENCE_INVALID" }));
  });

  it("keeps tag and digest apart", () => {
    expect(parseReference(`r.io/app:1@${SHA256}`)).toEqual({ domain: "r.io", path: "app", tag: "1", digest: SHA256 });
    expect(parseReference("app")).toMatchObject({ tag: null, digest: null });
  });

  it("takes a tag of 128 characters and a name of 255", () => {
    expect(parseReference(`app:${"t".repeat(128)}`).tag).toHaveLength(128);
    expect(parseReference(`docker.io/x/${"a".repeat(253)}`).path).toHaveLength(255);
  });
});

it.each([
  ["alpine", "docker.io/library/alpine:latest", true],
  ["alpine:3", "alpine", false],
  ["not/A/Reference!", "not/A/Reference!", true],
  ["not/A/Reference!", "alpine", false],
])("%s and %s name one image: %s", (a, b, same) => {
  expect(sameReference(a, b)).toBe(same);
});
