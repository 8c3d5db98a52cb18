import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCreatedBy } from "../../../packages/core/src/dockerfile/created-by.ts";
import type { BuildArg, Instruction, Producer, Verb } from "../../../packages/core/src/dockerfile/instruction.ts";
import type { HistoryEntry } from "../../../packages/core/src/oci/config.ts";

function entry(createdBy: string | null, extra: Partial<HistoryEntry> = {}): HistoryEntry {
  return { createdBy, comment: null, author: null, created: null, emptyLayer: false, ...extra };
}

const BUILDKIT = { comment: "buildkit.dockerfile.v0" };
const EXPORTER = { comment: "buildkit.exporter.image.v0" };
const PODMAN = { comment: "FROM docker.io/library/alpine:latest" };
const KANIKO = { author: "kaniko" };
const KO = { author: "ko", comment: "go build output, at /ko-app/kyverno" };
const HEX = "fb091919a6a1c148264036f60265c97b34896d00ae54225475183ecc23b377eb";

type Row = readonly [string, Partial<HistoryEntry>, Producer | null, Verb | null, string, Partial<Instruction>?];

function table(rows: readonly Row[]): void {
  for (const [createdBy, extra, producer, verb, text, more] of rows) {
    it(`${createdBy || extra.comment || "nothing"}`, () => {
      expect(parseCreatedBy(entry(createdBy, extra))).toMatchObject({ producer, verb, text, ...more });
    });
  }
}

describe("classic builder", () => {
  const sh = { shell: "/bin/sh -c" };
  const foo = { buildArgs: [{ name: "FOO", value: "bar" }] };
  table([
    [`/bin/sh -c #(nop) ADD file:${HEX} in / `, {}, "classic", "ADD", "ADD file:fb091919a6a1 in /", { shell: null }],
    [
      `/bin/sh -c #(nop) COPY dir:${HEX} in /go/src/app `,
      {},
      "classic",
      "COPY",
      "COPY dir:fb091919a6a1 in /go/src/app",
    ],
    [`/bin/sh -c #(nop) COPY multi:${HEX} in /app/ `, {}, "classic", "COPY", "COPY multi:fb091919a6a1 in /app/"],
    ['/bin/sh -c #(nop)  CMD ["/bin/sh"]', {}, "classic", "CMD", 'CMD ["/bin/sh"]'],
    ["/bin/sh -c #(nop)  ARG FOO=bar", {}, "classic", "ARG", "ARG FOO=***", foo],
    ["/bin/sh -c #(nop)  ARG RELEASE", {}, "classic", "ARG", "ARG RELEASE"],
    ["/bin/sh -c #(nop)  LABEL a=b", {}, "classic", "LABEL", "LABEL a=b"],
    ["/bin/sh -c #(nop) WORKDIR /", {}, "classic", "WORKDIR", "WORKDIR /"],
    ["/bin/sh -c #(nop)  ENV GOPATH=/go", {}, "classic", "ENV", "ENV GOPATH=/go"],
    ["/bin/sh -c rm -rf /d && mkdir /d", {}, "classic", "RUN", "RUN rm -rf /d && mkdir /d", sh],
    [
      "|1 FOO=bar /bin/sh -c apk add --no-cache bash",
      {},
      "classic",
      "RUN",
      "RUN apk add --no-cache bash",
      { ...sh, ...foo },
    ],
    ["/bin/ash -c #(nop)  SHELL [/bin/ash -c]", {}, "classic", "SHELL", "SHELL [/bin/ash -c]"],
    ["|1 FOO=bar /bin/ash -c true", {}, "classic", "RUN", "RUN true", { shell: "/bin/ash -c", ...foo }],
    ["/bin/ash -c #(nop) WORKDIR /newdir", {}, "classic", "WORKDIR", "WORKDIR /newdir"],
    ["/bin/ash -c #(nop)  EXPOSE 80", {}, "classic", "EXPOSE", "EXPOSE 80"],
    ['/bin/ash -c #(nop)  CMD ["-c" "todo"]', {}, "classic", "CMD", 'CMD ["-c" "todo"]'],
    ['/bin/sh -c #(nop) ENTRYPOINT &{["/pause"]}', {}, "classic", "ENTRYPOINT", 'ENTRYPOINT ["/pause"]'],
    ["apk add --no-cache curl", {}, "classic", "RUN", "RUN apk add --no-cache curl", { shell: null }],
    ["/setup.sh", {}, "classic", "RUN", "RUN /setup.sh", { shell: null }],
    [
      "/bin/bash -euxo pipefail -c curl x | sh",
      {},
      "classic",
      "RUN",
      "RUN curl x | sh",
      { shell: "/bin/bash -euxo pipefail -c" },
    ],
    ["cmd /S /C echo hi", {}, "classic", "RUN", "RUN echo hi", { shell: "cmd /S /C" }],
    [
      "powershell -Command $ErrorActionPreference = 'Stop'; mkdir x",
      {},
      "classic",
      "RUN",
      "RUN $ErrorActionPreference = 'Stop'; mkdir x",
      { shell: "powershell -Command" },
    ],
    [
      "/bin/sh -c mkdir -p '/srv/\u00fcber \\\"quoted\\\"'",
      { author: "Some Maintainer <m@example.org>" },
      "classic",
      "RUN",
      "RUN mkdir -p '/srv/\u00fcber \\\"quoted\\\"'",
    ],
  ]);
});

describe("BuildKit", () => {
  const lsio =
    "RUN |5 BUILD_DATE=2025-02-15T13:30:29+00:00 VERSION=a0970cfe-ls21 MODS_VERSION=v3 PKG_INST_VERSION=v1 LSIOWN_VERSION=v1 " +
    '/bin/sh -c echo "**** install runtime packages ****" &&   apk add --no-cache     bash # buildkit';
  table([
    [
      lsio,
      BUILDKIT,
      "buildkit",
      "RUN",
      'RUN echo "**** install runtime packages ****" &&   apk add --no-cache     bash',
      {
        shell: "/bin/sh -c",
        buildArgs: [
          { name: "BUILD_DATE", value: "2025-02-15T13:30:29+00:00" },
          { name: "VERSION", value: "a0970cfe-ls21" },
          { name: "MODS_VERSION", value: "v3" },
          { name: "PKG_INST_VERSION", value: "v1" },
          { name: "LSIOWN_VERSION", value: "v1" },
        ],
      },
    ],
    [
      "RUN /bin/bash -o errexit -o nounset -o pipefail -c apt-get update && rm -rf /var/lib/apt/lists/* # buildkit",
      BUILDKIT,
      "buildkit",
      "RUN",
      "RUN apt-get update && rm -rf /var/lib/apt/lists/*",
      { shell: "/bin/bash -o errexit -o nounset -o pipefail -c" },
    ],
    ["COPY hello / # buildkit", BUILDKIT, "buildkit", "COPY", "COPY hello /"],
    ["COPY README.md / # buildkit", {}, "buildkit", "COPY", "COPY README.md /"],
    [
      "ADD --chmod=755 https://raw.githubusercontent.com/linuxserver/docker-mods/mod-scripts/lsiown.v1 /usr/bin/lsiown # buildkit",
      BUILDKIT,
      "buildkit",
      "ADD",
      "ADD --chmod=755 https://raw.githubusercontent.com/linuxserver/docker-mods/mod-scripts/lsiown.v1 /usr/bin/lsiown",
    ],
    ['CMD ["/hello"]', BUILDKIT, "buildkit", "CMD", 'CMD ["/hello"]'],
    ["ENV LSIO_FIRST_PARTY=true", BUILDKIT, "buildkit", "ENV", "ENV LSIO_FIRST_PARTY=true"],
    ["ARG VERSION=2.8.2-r3-ls123", BUILDKIT, "buildkit", "ARG", "ARG VERSION=***"],
    ["EXPOSE map[80/tcp:{}]", BUILDKIT, "buildkit", "EXPOSE", "EXPOSE 80/tcp"],
    ["EXPOSE [80/tcp 443/tcp]", BUILDKIT, "buildkit", "EXPOSE", "EXPOSE 80/tcp 443/tcp"],
    ["VOLUME [/config /data]", BUILDKIT, "buildkit", "VOLUME", "VOLUME [/config /data]"],
    ["WORKDIR /app", BUILDKIT, "buildkit", "WORKDIR", "WORKDIR /app"],
    ["RUN /bin/sh -c apk add bash\nrm -rf /x\n # buildkit", BUILDKIT, "buildkit", "RUN", "RUN apk add bash\nrm -rf /x"],
    [
      "RUN /bin/sh -c cat <<EOF > /x\nhello\nEOF # buildkit",
      BUILDKIT,
      "buildkit",
      "RUN",
      "RUN cat <<EOF > /x\nhello\nEOF",
    ],
    [
      "RUN |1 A=b /dev/pipes/EOF # buildkit",
      BUILDKIT,
      "buildkit",
      "RUN",
      "RUN /dev/pipes/EOF",
      { buildArgs: [{ name: "A", value: "b" }], shell: null },
    ],
    [
      "[stage-1 3/3] COPY --from=builder /app/neuro /app/neuro",
      EXPORTER,
      "buildkit-exporter",
      "COPY",
      "COPY --from=builder /app/neuro /app/neuro",
    ],
    [
      "mount / from exec sh -c apt install --no-install-recommends -y libssl3",
      EXPORTER,
      "buildkit-exporter",
      "RUN",
      "RUN apt install --no-install-recommends -y libssl3",
      { shell: "sh -c" },
    ],
    ["created by buildkit", EXPORTER, "buildkit-exporter", null, "created by buildkit"],
  ]);
});

describe("buildah and podman", () => {
  const base = "docker.io/library/alpine:latest";
  table([
    ['/bin/sh -c #(nop) ENTRYPOINT ["sleep"]', PODMAN, "buildah", "ENTRYPOINT", 'ENTRYPOINT ["sleep"]', { base }],
    [
      "/bin/sh -c dnf install -y httpd && dnf clean all -y ",
      { comment: "FROM docker.io/library/fedora:latest" },
      "buildah",
      "RUN",
      "RUN dnf install -y httpd && dnf clean all -y",
      { base: "docker.io/library/fedora:latest", shell: "/bin/sh -c" },
    ],
    [
      "/bin/sh -c #(nop) COPY file:9e88397321ed8563aa26d3671099ae04fa990a43227b0403de07e59bd42af6c8 in /tmp/scr_server.zip      ",
      {},
      "classic",
      "COPY",
      "COPY file:9e88397321ed in /tmp/scr_server.zip",
    ],
    [
      `/bin/sh -c #(nop) COPY --link file:${HEX} in /x `,
      PODMAN,
      "buildah",
      "COPY",
      "COPY --link file:fb091919a6a1 in /x",
    ],
    ["/bin/sh -c #(nop) ARG A B", PODMAN, "buildah", "ARG", "ARG A B", { buildArgs: [arg("A"), arg("B")] }],
    ["/bin/sh -c #(nop) env TZ=UTC", PODMAN, "buildah", "ENV", "ENV TZ=UTC"],
    [
      "/bin/sh -c #(nop) COPY dir:3a024d8085bc39741a0a094a8e287a00a760975c7c2e6b5dc6c7d3174b7d1ab6 in ./files |inheritLabels=false",
      {},
      "buildah",
      "COPY",
      "COPY dir:3a024d8085bc in ./files",
      { base: null },
    ],
    [
      "/bin/sh -c #(nop) HEALTHCHECK NONE|unsetLabel=true|inheritLabels=false|force-mtime=10",
      {},
      "buildah",
      "HEALTHCHECK",
      "HEALTHCHECK NONE",
    ],
    [
      `|1 A=b /bin/sh -c --mount=type=bind,target=/src make -C /src:sha256:${HEX}:${HEX}`,
      {},
      "buildah",
      "RUN",
      "RUN --mount=type=bind,target=/src make -C /src",
      { buildArgs: [{ name: "A", value: "b" }] },
    ],
    [`/bin/sh -c echo alpine@sha256:${HEX}`, {}, "classic", "RUN", `RUN echo alpine@sha256:${HEX}`],
    ['/bin/sh -c ["apk","add","bash"]', PODMAN, "buildah", "RUN", 'RUN ["apk","add","bash"]', { shell: null }],
    ["/bin/sh -c cat > /x << 'EOF'\n{\n}", PODMAN, "buildah", "RUN", "RUN cat > /x << 'EOF'\n{\n}"],
    ["/bin/sh", PODMAN, "buildah", null, "FROM docker.io/library/alpine:latest", { base }],
  ]);
});

function arg(name: string, value: string | null = null): BuildArg {
  return { name, value };
}

describe("other tools", () => {
  const storePath = "/nix/store/58yfbn1nljq8h1b0frx633xrq7m7m1dp-devops-info-service-nix-customisation-layer";
  table([
    ["ADD README.md /somefile.txt", KANIKO, "kaniko", "ADD", "ADD README.md /somefile.txt"],
    ["RUN cp /somefile.txt /root/a", KANIKO, "kaniko", "RUN", "RUN cp /somefile.txt /root/a", { shell: null }],
    ["RUN sh -c 'echo hi'", KANIKO, "kaniko", "RUN", "RUN sh -c 'echo hi'", { shell: null }],
    [
      "jib-maven-plugin:3.4.0",
      { author: "Jib", comment: "dependencies" },
      "jib",
      null,
      "jib-maven-plugin:3.4.0 (dependencies)",
    ],
    ["jib", { author: "Jib" }, "jib", null, "jib"],
    ["", { comment: "auto-generated by Jib" }, "jib", null, "auto-generated by Jib"],
    [
      "ko build ko://github.com/kyverno/kyverno/cmd/kyverno",
      KO,
      "ko",
      null,
      "ko build ko://github.com/kyverno/kyverno/cmd/kyverno (go build output, at /ko-app/kyverno)",
    ],
    [
      "apko",
      { author: "apko", comment: "This is an apko single-layer image" },
      "apko",
      null,
      "apko (This is an apko single-layer image)",
    ],
    [
      "",
      { comment: `store paths: ['${storePath}']` },
      "nix",
      null,
      `store paths: ['${storePath}']`,
      { storePaths: [storePath] },
    ],
    [
      "Layer: 'jre', Created by buildpack: bellsoft/buildpacks/liberica@1.1.0",
      {},
      "buildpacks",
      null,
      "Layer: 'jre', Created by buildpack: bellsoft/buildpacks/liberica@1.1.0",
    ],
    ["Application Layer", {}, "buildpacks", null, "Application Layer"],
    ["Application Slice: 2", {}, "buildpacks", null, "Application Slice: 2"],
    ["Software Bill-of-Materials", {}, "buildpacks", null, "Software Bill-of-Materials"],
    ["Buildpacks Launcher Config", {}, "buildpacks", null, "Buildpacks Launcher Config"],
    ["bazel build ...", { author: "Bazel" }, "bazel", null, "bazel build ..."],
    ['/bin/sh -c #(nop)  CMD ["/bin/sh"]', { author: "Bazel" }, "classic", "CMD", 'CMD ["/bin/sh"]'],
    [
      "# debian.sh --arch 'amd64' out/ 'bookworm' '@1730073600'",
      { comment: "debuerreotype 0.15" },
      "debuerreotype",
      null,
      "debian.sh --arch 'amd64' out/ 'bookworm' '@1730073600'",
    ],
    ["", { comment: "Imported from -" }, "docker-import", null, "Imported from -"],
    [
      "",
      { comment: `merge sha256:${HEX} to sha256:${HEX}` },
      "docker-squash",
      null,
      `merge sha256:${HEX} to sha256:${HEX}`,
    ],
    ["", { comment: `create new from sha256:${HEX}` }, "docker-squash", null, `create new from sha256:${HEX}`],
    ["bash", { comment: "added tools" }, "docker-commit", null, "bash (added tools)"],
    ["/bin/sh", {}, "docker-commit", null, "/bin/sh"],
    ["BusyBox 1.38.0 (glibc), Debian 13", {}, null, null, "BusyBox 1.38.0 (glibc), Debian 13"],
    ["ENV X=1", {}, null, "ENV", "ENV X=1"],
    ["", {}, null, null, ""],
  ]);

  it("reads an entry without anything", () => {
    expect(parseCreatedBy(entry(null)).text).toBe("");
  });
});

describe("values of build arguments", () => {
  it.each<[string, string, BuildArg[]]>([
    // A value with spaces, and one with a shell in it: the count tells.
    ["|1 FLAGS=-O2 -g /bin/sh -c make", "RUN make", [arg("FLAGS", "-O2 -g")]],
    ["|2 A=x /bin/sh -c y B=z /bin/sh -c make", "RUN make", [arg("A", "x /bin/sh -c y"), arg("B", "z")]],
    // Names that the count does not confirm stay inside the value.
    ["|1 KEY=a b=c /bin/sh -c make", "RUN make", [arg("KEY", "a b=c")]],
    // buildah counts words.
    ["|3 KEY=a b c /bin/sh -c make", "RUN make", [arg("KEY", "a b c")]],
    ["|1 VLLM_COMMIT= /bin/bash -c git clone x", "RUN git clone x", [arg("VLLM_COMMIT", "")]],
    ["|2 /bin/bash -c pip install x", "RUN pip install x", []],
    // Without a shell nothing tells the value from the command.
    ["|1 TOKEN=s3cret apk add curl", "RUN ***", [arg("TOKEN")]],
    ["RUN |1 SMTP_PASSWORD=private-credential", "RUN ***", [arg("SMTP_PASSWORD")]],
    ["ARG KEY=-----BEGIN KEY----- TUlJRQ==", "ARG KEY=***", [arg("KEY", "-----BEGIN KEY----- TUlJRQ==")]],
    ["ARG A B=1 C=2", "ARG A B=***", [arg("A"), arg("B", "1 C=2")]],
  ])("%s", (createdBy, text, buildArgs) => {
    expect(parseCreatedBy(entry(createdBy))).toMatchObject({ text, buildArgs });
  });

  it.each([
    ["|1 FOO=bar baz /bin/sh -c make", "RUN |1 FOO=bar baz make"],
    ["|1 TOKEN=s3cret apk add curl", "RUN |1 TOKEN=s3cret apk add curl"],
    ["RUN |1 A=b /dev/pipes/EOF # buildkit", "RUN |1 A=b /dev/pipes/EOF"],
    ["ARG A B=1", "ARG A B=1"],
    ["/bin/sh -c make", "RUN make"],
  ])("shows them when asked: %s", (createdBy, text) => {
    expect(parseCreatedBy(entry(createdBy), { showArgs: true }).text).toBe(text);
  });

  it("never shows a value", () => {
    const value = fc.stringMatching(/^[a-z =/-]{0,20}$/).map((s) => `QQ${s}QQ`);
    const args = fc.array(fc.tuple(fc.stringMatching(/^[A-P]{1,5}$/), value), { minLength: 1, maxLength: 5 });
    const command = fc.constantFrom(
      "/bin/sh -c make",
      "/bin/bash -o pipefail -c make",
      "/dev/pipes/EOF",
      "apk add curl",
    );
    fc.assert(
      fc.property(args, command, fc.constantFrom("", "RUN "), (pairs, run, verb) => {
        const line = `${verb}|${pairs.length} ${pairs.map(([name, v]) => `${name}=${v}`).join(" ")} ${run}`;
        expect(parseCreatedBy(entry(line)).text).not.toContain("QQ");
        expect(parseCreatedBy(entry(line), { showArgs: true }).text).toContain("QQ");
      }),
    );
  });
});

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        ..."|1 |2 A=b B= /bin/sh -c -o pipefail #(nop) COPY RUN ARG ENV file: # buildkit FROM [1/2] mount from exec".split(
          " ",
        ),
        `file:${HEX}`,
        `:sha256:${HEX}`,
        "|inheritLabels=false",
        "store paths: ['",
        "--mount=",
        "\n",
        "",
      ),
      { maxLength: 12 },
    )
    .map((words) => words.join(" ")),
);

describe("any entry", () => {
  it("is read without a throw, to trimmed text that starts with its verb", () => {
    const anyEntry = fc.record({
      createdBy: fc.option(text),
      comment: fc.option(fc.oneof(text, fc.constantFrom("buildkit.dockerfile.v0", "buildkit.exporter.image.v0"))),
      author: fc.option(fc.oneof(text, fc.constantFrom("kaniko", "Jib", "ko", "apko", "Bazel"))),
      created: fc.constant(null),
      emptyLayer: fc.boolean(),
    });
    fc.assert(
      fc.property(anyEntry, fc.boolean(), (any, showArgs) => {
        const read = parseCreatedBy(any, { showArgs });
        expect(read.text).toBe(read.text.trim());
        expect(read.verb === null || read.text.startsWith(read.verb)).toBe(true);
        expect(parseCreatedBy(any, { showArgs })).toEqual(read);
      }),
      { numRuns: 2000 },
    );
  });

  // A quadratic pattern needs minutes for a megabyte, so that the bound need not be tight.
  it.each([
    "a",
    " ",
    "\n ",
    "|",
    "| ",
    "A=",
    "A=b ",
    "|force-mtime=",
    `:${HEX}`,
    "/",
    "sh ",
    "/bin/sh -o ",
    "-a ",
    "sh -c ",
    "'",
    '"',
    "'\"",
    "[",
    "] ",
    "#(nop) ",
    "file:",
    "{}",
    ":{}",
    "# buildkit ",
  ])(
    "takes linear time on a megabyte of %j",
    (unit) => {
      const mega = unit.repeat(Math.ceil(1_000_000 / unit.length));
      const starts = [
        "",
        "|9 ",
        "|99999999 A=",
        "RUN |3 ",
        "ARG ",
        "/bin/sh -c #(nop) ",
        "EXPOSE map[",
        "CMD &{",
        "--mount= ",
        "[",
      ];
      const begin = performance.now();
      parseCreatedBy(entry(null, { comment: `store paths: [${mega}` }));
      for (const start of starts) {
        parseCreatedBy(entry(start + mega));
        parseCreatedBy(entry(start + mega, PODMAN));
        parseCreatedBy(entry(start + mega, EXPORTER));
      }
      expect(performance.now() - begin).toBeLessThan(15_000);
    },
    60_000,
  );
});
