import { describe, expect, it } from "vitest";
import { lintDockerfile } from "../../../packages/core/src/lint/lint-dockerfile.ts";

/*
 * Constructs of Dockerfiles as people write them, each with a `RUN apk add marker` at a line that is told: that line is
 * found only where everything before it was read as the builder reads it.
 */

const HEAD = "FROM alpine:3.20\n";
const MARK = "RUN apk add marker\n";

const CONSTRUCTS: readonly (readonly [name: string, text: string])[] = [
  ["a syntax line", `# syntax=docker/dockerfile:1.7-labs\n${HEAD}${MARK}`],
  ["an escape line", `# escape=\`\n${HEAD}RUN echo a \`\n  b\n${MARK}`],
  ["both", `# syntax=docker/dockerfile:1\n# escape=\`\n${HEAD}${MARK}`],
  ["a check line", `# check=skip=all\n${HEAD}${MARK}`],
  ["comments before FROM", `# a\n\n# b\n${HEAD}${MARK}`],
  ["an ARG before FROM", `ARG TAG=3.20\nFROM alpine:$TAG\n${MARK}`],
  ["an ARG with a default in FROM", `ARG TAG\nFROM alpine:\${TAG:-3.20}\n${MARK}`],
  ["an ARG with a replacement", `ARG TAG\nFROM alpine\${TAG:+:3.20}\n${MARK}`],
  ["a platform in FROM", `FROM --platform=$BUILDPLATFORM alpine:3.20\n${MARK}`],
  ["a digest in FROM", `FROM alpine:3.20@sha256:${"a".repeat(64)}\n${MARK}`],
  ["a registry with a port", `FROM localhost:5000/team/alpine:3.20\n${MARK}`],
  ["lower case", `from alpine:3.20\nrun echo hi\n${MARK}`],
  ["as in lower case", `FROM alpine:3.20 as Final\n${MARK}`],
  ["stages that start from stages", `FROM alpine:3.20 AS base\nFROM base AS next\nFROM next\n${MARK}`],
  ["a stage with dots and dashes", `FROM alpine:3.20 AS build-1.x\n${MARK}`],
  ["a stage copied by number", `FROM alpine:3.20\nFROM alpine:3.20\nCOPY --from=0 /a /a\n${MARK}`],
  ["a copy from an image", `${HEAD}COPY --from=nginx:latest /etc/nginx/nginx.conf /n.conf\n${MARK}`],
  ["continued lines", `${HEAD}RUN echo a \\\n && echo b \\\n && echo c\n${MARK}`],
  ["comments between continued lines", `${HEAD}RUN echo a \\\n# why\n  # more\n && echo b\n${MARK}`],
  ["empty lines between continued lines", `${HEAD}RUN echo a \\\n\n && echo b\n${MARK}`],
  ["blanks behind a backslash", `${HEAD}RUN echo a \\  \n && echo b\n${MARK}`],
  ["carriage returns", `${HEAD}RUN echo a \\\r\n && echo b\r\n${MARK}`],
  ["tabs", `${HEAD}RUN\techo\ta\n${MARK}`],
  ["no last line feed", `${HEAD}RUN echo a\n${MARK.trimEnd()}`],
  ["a byte order mark", `\uFEFF${HEAD}${MARK}`],
  ["a heredoc", `${HEAD}RUN <<EOF\necho a\necho b\nEOF\n${MARK}`],
  ["a quoted heredoc", `${HEAD}RUN <<'EOF'\necho $HOME\nEOF\n${MARK}`],
  ["a heredoc with tabs", `${HEAD}RUN <<-EOF\n\techo a\n\tEOF\n${MARK}`],
  ["a heredoc for a shell", `${HEAD}RUN bash <<EOF\nset -e\necho a\nEOF\n${MARK}`],
  ["a heredoc with a shebang", `${HEAD}RUN <<EOF\n#!/usr/bin/env python3\nprint("a")\nEOF\n${MARK}`],
  ["two heredocs", `${HEAD}RUN <<A && <<B\necho a\nA\necho b\nB\n${MARK}`],
  ["a copied heredoc", `${HEAD}COPY <<EOF /etc/app.conf\nkey = value\nEOF\n${MARK}`],
  ["two copied heredocs", `${HEAD}COPY <<a.txt <<b.txt /dest/\none\na.txt\ntwo\nb.txt\n${MARK}`],
  ["a heredoc that holds instructions", `${HEAD}COPY <<EOF /Dockerfile\nFROM x\nRUN apk add y\nEOF\n${MARK}`],
  ["a cache mount", `${HEAD}RUN --mount=type=cache,target=/root/.cache echo a\n${MARK}`],
  ["a secret mount", `${HEAD}RUN --mount=type=secret,id=npmrc,target=/root/.npmrc echo a\n${MARK}`],
  ["a bind mount and a network", `${HEAD}RUN --mount=type=bind,source=.,target=/src --network=none echo a\n${MARK}`],
  ["security", `${HEAD}RUN --security=insecure echo a\n${MARK}`],
  ["COPY --link", `${HEAD}COPY --link --chown=1000:1000 --chmod=755 app /app\n${MARK}`],
  ["COPY --parents and --exclude", `${HEAD}COPY --parents --exclude=*.md ./a ./b /x/\n${MARK}`],
  ["COPY as a list", `${HEAD}COPY ["a b.txt", "/dest with blanks/"]\n${MARK}`],
  ["COPY of globs", `${HEAD}COPY package*.json ./\n${MARK}`],
  ["ADD of an address", `${HEAD}ADD --checksum=sha256:${"b".repeat(64)} https://example.com/x.tgz /x.tgz\n${MARK}`],
  ["ADD of a repository", `${HEAD}ADD --keep-git-dir=true https://github.com/moby/buildkit.git#v0.14 /b\n${MARK}`],
  ["RUN as a list", `${HEAD}RUN ["/bin/sh", "-c", "echo a"]\n${MARK}`],
  ["RUN as what is almost a list", `${HEAD}RUN [ -f /x ] || echo a\n${MARK}`],
  ["SHELL", `${HEAD}SHELL ["/bin/ash", "-eo", "pipefail", "-c"]\n${MARK}`],
  ["ONBUILD", `${HEAD}ONBUILD COPY . /src\nONBUILD RUN make\n${MARK}`],
  ["HEALTHCHECK", `${HEAD}HEALTHCHECK --interval=5m --timeout=3s CMD wget -q -O- localhost || exit 1\n${MARK}`],
  ["HEALTHCHECK NONE", `${HEAD}HEALTHCHECK NONE\n${MARK}`],
  ["ENV in both forms", `${HEAD}ENV A=1 B="two words" C='three'\nENV D all of it\n${MARK}`],
  ["ENV over lines", `${HEAD}ENV A=1 \\\n    B=2\n${MARK}`],
  ["LABEL over lines", `${HEAD}LABEL a="1" \\\n      b.c="2"\n${MARK}`],
  ["ARG after FROM", `${HEAD}ARG VERSION=1.0\nARG OTHER\nRUN echo $VERSION\n${MARK}`],
  ["USER, WORKDIR, VOLUME, EXPOSE", `${HEAD}WORKDIR /app\nVOLUME ["/data"]\nEXPOSE 80/tcp 443\nUSER root\n${MARK}`],
  ["STOPSIGNAL and MAINTAINER", `${HEAD}MAINTAINER somebody\nSTOPSIGNAL SIGQUIT\n${MARK}`],
  ["conditions", `${HEAD}RUN if [ "$A" = 1 ]; then echo a; else echo b; fi\n${MARK}`],
  ["loops", `${HEAD}RUN for f in a b; do echo $f; done\n${MARK}`],
  ["a case", `${HEAD}RUN case "$(uname -m)" in x86_64) A=amd64 ;; *) exit 1 ;; esac && echo $A\n${MARK}`],
  ["substitutions and subshells", `${HEAD}RUN (cd /x && echo $(cat y)) && { echo a; }\n${MARK}`],
  ["set -eux", `${HEAD}RUN set -eux; echo a; echo b\n${MARK}`],
  ["pipes and redirects", `${HEAD}RUN echo a | tee /x >/dev/null 2>&1\n${MARK}`],
  ["quotes over lines", `${HEAD}RUN echo 'a\\n\\\n b'\n${MARK}`],
  ["a trailing backslash before a comment", `${HEAD}RUN echo a && \\\n    # last\n    echo b\n${MARK}`],
];

/** The line of the mark, 1-based. */
const lineOfMark = (text: string): number => text.slice(0, text.lastIndexOf("RUN apk add marker")).split("\n").length;

describe("constructs of Dockerfiles", () => {
  it("are sixty at least", () => {
    expect(CONSTRUCTS.length).toBeGreaterThanOrEqual(60);
  });

  it.each(CONSTRUCTS)("%s", async (_, text) => {
    const { findings, notes } = await lintDockerfile({ name: "Dockerfile", text }, { today: "2026-06-15" });
    expect(findings.filter(({ rule }) => rule === "apk-index").map(({ line }) => line)).toEqual([lineOfMark(text)]);
    expect(notes.filter((note) => !note.startsWith("line "))).toEqual([]);
  });

  it("that no shell reads are named by their line", async () => {
    const text = `${HEAD}RUN echo "open\nRUN apk add curl\n`;
    const { notes } = await lintDockerfile({ name: "Dockerfile", text }, { today: "2026-06-15" });
    expect(notes).toEqual([expect.stringContaining("line 2: the script could not be read in full")]);
  });
});
