import { byLayer } from "../fix/leave-out.ts";
import type { Rule } from "../rule.ts";

/** A second C library beside musl. */
export const apkGlibcCompat: Rule = {
  id: "apk-glibc-compat",
  title: "glibc installed beside musl",
  about:
    "A whole glibc was installed into an image whose own C library is musl (sgerrand/alpine-pkg-glibc), mostly to run one " +
    "program that was built for it. A base that has glibc runs it without, or the program is to be had for musl.",
  severity: "info",
  confidence: "low",
  related: [],
  paths: ["usr/glibc-compat/**"],
  *find(_facts, files) {
    const layers = [...byLayer(files).keys()];
    if (layers.length === 0) return;
    yield {
      title: "glibc is installed beside musl",
      key: "usr/glibc-compat",
      paths: files.map(({ path }) => path),
      layers,
      exact: false,
      fix: {
        kind: "change-base",
        text: "Use a base with glibc, such as debian:12-slim or gcr.io/distroless/base, or a build of the program for musl.",
        image: [{ kind: "omit", instances: files.map(({ instance }) => instance) }],
        build: [],
        assumes: ["The new base is not larger by more than that."],
      },
    };
  },
};
