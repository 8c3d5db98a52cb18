import { describe, expect, test } from "vitest";
import type { Finding } from "../../packages/core/src/finding/finding.ts";
import { type ElfSpec, elfBytes } from "../support/elf-bytes.ts";
import { type CaseImage, testRule, wasteOf } from "../support/rule-case.ts";
import { dir, file, symlink, type TarEntry } from "../support/tar-bytes.ts";

const MUSL = "/lib/ld-musl-x86_64.so.1";
/** Millions of zeros would look like a bomb. */
const PLAIN = { compression: "none" } as const;

const GLIBC = "/lib64/ld-linux-x86-64.so.2";

function elf(path: string, spec: Partial<ElfSpec> & { bytes?: number } = {}, extra: Partial<TarEntry> = {}): TarEntry {
  const program = elfBytes({ bits: 64, little: true, machine: 62, ...spec });
  const padding = Buffer.alloc(Math.max(0, (spec.bytes ?? 0) - program.length));
  return file(path, Buffer.concat([program, padding]), { mode: 0o755, ...extra });
}

/** Some megabytes of a distribution. */
function distribution(megabytes: number): TarEntry[] {
  return [
    file("etc/os-release", "ID=debian\nVERSION_ID=12\n"),
    file("etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n"),
    file("etc/group", "root:x:0:\napp:x:1000:\n"),
    file("etc/ssl/certs/ca-certificates.crt", "c".repeat(2000)),
    elf("bin/sh", { interpreter: GLIBC }),
    file("usr/share/filler", Buffer.alloc(megabytes * 1_000_000)),
  ];
}

const GLIBC_ROOT = [
  elf("lib64/ld-linux-x86-64.so.2", { soname: "ld-linux-x86-64.so.2", bytes: 50_000 }),
  elf("lib/x86_64-linux-gnu/libc.so.6", { soname: "libc.so.6", bytes: 90_000 }),
  elf("lib/x86_64-linux-gnu/libnss_dns.so.2", { bytes: 7000 }),
  elf("usr/lib/x86_64-linux-gnu/libz.so.1.3", { soname: "libz.so.1", bytes: 40_000, needed: ["libc.so.6"] }),
  symlink("usr/lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.3"),
];

function run(config: Record<string, unknown>): Pick<CaseImage, "config"> {
  return { config: { config } };
}

const INSTRUCTION = /^(?:FROM|COPY|ENV|WORKDIR|VOLUME|EXPOSE|USER|STOPSIGNAL|HEALTHCHECK|ENTRYPOINT|CMD) (?!gcr)/;

/** Lines of the second stage that a finding shows. */
function stageOf({ fix }: Finding): string[] {
  return fix.text.split("\n").filter((line) => INSTRUCTION.test(line));
}

async function findingsOf(rule: string, image: CaseImage): Promise<readonly Finding[]> {
  return (await wasteOf(image)).findings.filter((finding) => finding.rule === rule);
}

const CERTIFICATES = file("etc/ssl/certs/ca-certificates.crt", "c".repeat(2000));

testRule({
  rule: "static-binary",
  fires: {
    base: 1,
    layers: [
      { ...PLAIN, entries: distribution(4), by: "ADD rootfs.tar /" },
      { entries: [dir("srv"), elf("srv/app", { bytes: 300_000 }), file("srv/app.conf", "x")], by: "COPY . /srv" },
    ],
    ...run({ Entrypoint: ["/srv/app"], Cmd: ["--config", "/srv/app.conf"] }),
  },
  fixed: {
    layers: [{ entries: [elf("srv/app", { bytes: 300_000 }), file("srv/app.conf", "x"), CERTIFICATES] }],
    ...run({ Entrypoint: ["/srv/app"] }),
  },
  // The image is the program and little else.
  nearMiss: {
    base: 1,
    layers: [
      { ...PLAIN, entries: distribution(1), by: "ADD rootfs.tar /" },
      { ...PLAIN, entries: [elf("srv/app", { bytes: 20_000_000 })], by: "COPY . /srv" },
    ],
    ...run({ Entrypoint: ["/srv/app"] }),
  },
  also: ([finding]) => {
    expect(finding).toMatchObject({ confidence: "high", exact: { content: true }, fix: { kind: "stage" } });
    expect(stageOf(finding as Finding)).toEqual([
      "FROM scratch",
      "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt",
      "COPY --from=build /srv /srv",
      'ENTRYPOINT ["/srv/app"]',
      'CMD ["--config", "/srv/app.conf"]',
    ]);
    expect(finding?.fix.text).toContain("gcr.io/distroless/static");
  },
});

describe("static-binary", () => {
  const image = (config: Record<string, unknown>, ...entries: TarEntry[]): CaseImage => ({
    base: 1,
    layers: [
      { ...PLAIN, entries: distribution(4), by: "ADD rootfs.tar /" },
      { entries: [elf("usr/local/bin/app", { bytes: 300_000 }), ...entries], by: "COPY . /" },
    ],
    ...run(config),
  });

  test("is sure only where nothing of the image's own is left behind", async () => {
    const sources = [file("usr/src/app/go.mod", "module app"), file("usr/src/app/main.go", "package main")];
    const [bare] = await findingsOf("static-binary", image({ Cmd: ["app"] }));
    const [beside] = await findingsOf("static-binary", image({ Cmd: ["app"] }, ...sources));
    expect(bare?.confidence).toBe("high");
    expect(beside?.confidence).toBe("medium");
  });

  test("keeps what the image runs with", async () => {
    const [finding] = await findingsOf(
      "static-binary",
      image(
        {
          Cmd: ["app"],
          User: "app",
          WorkingDir: "/data",
          Env: ["PATH=/usr/local/bin:/usr/bin:/bin:/opt/tool/bin", 'GREETING=say "$hi"', "GOPATH=/go"],
          ExposedPorts: { "80/tcp": {} },
          Volumes: { "/data": {} },
          StopSignal: "SIGINT",
          Healthcheck: { Test: ["CMD", "app", "-health"], Interval: 5e9 },
        },
        dir("data/", { uid: 1000, gid: 1000 }),
      ),
    );
    expect(stageOf(finding as Finding)).toEqual([
      "FROM scratch",
      "COPY --from=build /etc/group /etc/group",
      "COPY --from=build /etc/passwd /etc/passwd",
      "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt",
      "COPY --from=build /usr/local/bin/app /usr/local/bin/app",
      "COPY --from=build --chown=1000:1000 /data /data",
      'ENV GREETING="say \\"\\$hi\\""',
      "WORKDIR /data",
      'VOLUME ["/data"]',
      "EXPOSE 80/tcp",
      "USER app",
      "STOPSIGNAL SIGINT",
      'HEALTHCHECK --interval=5s CMD ["app", "-health"]',
      'CMD ["app"]',
    ]);
  });

  test("names helpers that run as another user", async () => {
    const helper = elf("opt/bin/helper", {}, { mode: 0o4755 });
    const [finding] = await findingsOf("static-binary", image({ Cmd: ["app"] }, helper));
    expect(finding?.fix.assumes.join(" ")).toContain("The setuid programs /opt/bin/helper");
  });

  test("turns shell forms of one command into exec forms, and says what that assumes", async () => {
    const shell = image({
      Cmd: ["/bin/sh", "-c", 'exec app --name "two words"'],
      Healthcheck: { Test: ["CMD-SHELL", "app -health || exit 1"] },
    });
    const [finding] = await findingsOf("static-binary", shell);
    expect(stageOf(finding as Finding).slice(-2)).toEqual([
      'HEALTHCHECK CMD ["app", "-health"]',
      'CMD ["app", "--name", "two words"]',
    ]);
    expect(finding?.fix.assumes.join(" ")).toContain("without a shell");
  });

  test.each([
    ["a shell form that does more", { Cmd: ["/bin/sh", "-c", "app migrate && app serve"] }, "app migrate && app serve"],
    ["a variable", { Cmd: ["/bin/sh", "-c", "app --port $PORT"] }, "$PORT"],
    [
      "a shell in the health check",
      { Cmd: ["app"], Healthcheck: { Test: ["CMD-SHELL", "app -q | grep ok"] } },
      "grep ok",
    ],
    [
      "a script that starts it",
      { Entrypoint: ["/entry.sh"], Cmd: ["app"] },
      "/entry.sh is a script that needs /bin/sh",
    ],
  ])("names %s as what is in the way, and counts nothing", async (_, config, blocker) => {
    const script = file("entry.sh", '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    const [finding] = await findingsOf("static-binary", image(config, script));
    expect(finding).toMatchObject({ confidence: "low", bytes: { content: 0 }, fix: { kind: "none", change: null } });
    expect(finding?.fix.text).toContain(blocker);
  });

  test("leaves sources and leftovers of the build behind, and keeps data", async () => {
    const [finding] = await findingsOf(
      "static-binary",
      image(
        { Cmd: ["app"] },
        file("src/go.mod", "module x"),
        file("src/main.go", "package main"),
        file("src/templates/page.html", "unused"),
        elf("src/app", { bytes: 300_000 }),
        file("opt/site/index.html", "<p>"),
        file("opt/site/style.css", "p {}"),
        file("etc/app.toml", "x = 1"),
        file("etc/apk/repositories", "http://localhost"),
      ),
    );
    expect(stageOf(finding as Finding).filter((line) => line.startsWith("COPY"))).toEqual([
      "COPY --from=build /etc/app.toml /etc/app.toml",
      "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt",
      "COPY --from=build /opt /opt",
      "COPY --from=build /usr/local/bin/app /usr/local/bin/app",
    ]);
    expect(finding?.fix.assumes).toContain("The program reads nothing in /src, which holds what it was built from.");
  });

  test("takes a program that runs in its source tree to read what is no source there", async () => {
    const [finding] = await findingsOf(
      "static-binary",
      image(
        { Cmd: ["app"], WorkingDir: "/src" },
        file("src/go.mod", "module x"),
        file("src/main.go", "package main"),
        file("src/templates/page.html", "used"),
      ),
    );
    expect(stageOf(finding as Finding)).toContain(
      "COPY --from=build /src/templates/page.html /src/templates/page.html",
    );
    expect(stageOf(finding as Finding).join()).not.toContain("main.go");
  });

  test.each([
    ["an interpreter", image({ Cmd: ["python3", "/usr/local/bin/app"] }, elf("usr/local/bin/python3"))],
    ["a shell", image({ Cmd: ["/bin/sh"] })],
    ["no command", image({})],
    [
      "packages of an interpreter",
      image({ Cmd: ["app"] }, file("app/node_modules/x/package.json", '{"name":"x","version":"1.0.0"}')),
    ],
  ])("says nothing of %s", async (_, other) => {
    expect(await findingsOf("static-binary", other)).toEqual([]);
  });

  test("says nothing where there is no shell: somebody has been through it", async () => {
    const bare = { ...PLAIN, entries: [file("etc/x", Buffer.alloc(20_000_000)), elf("app", { bytes: 300_000 })] };
    expect(await findingsOf("static-binary", { layers: [bare], ...run({ Cmd: ["/app"] }) })).toEqual([]);
  });
});

testRule({
  rule: "heavy-base",
  fires: {
    base: 1,
    layers: [
      { ...PLAIN, entries: [...distribution(40), ...GLIBC_ROOT], by: "ADD rootfs.tar /" },
      {
        entries: [
          elf("srv/app", {
            interpreter: GLIBC,
            needed: ["libz.so.1", "libc.so.6"],
            versions: { "libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.34"] },
            bytes: 300_000,
          }),
        ],
        by: "COPY app /srv/app",
      },
    ],
    ...run({ Cmd: ["/srv/app"] }),
  },
  fixed: {
    layers: [
      {
        entries: [
          CERTIFICATES,
          file("lib/x86_64-linux-gnu/libc.so.6", Buffer.alloc(90_000)),
          file("lib/x86_64-linux-gnu/libnss_dns.so.2", 7000),
          file("lib64/ld-linux-x86-64.so.2", Buffer.alloc(50_000)),
          file("usr/lib/x86_64-linux-gnu/libz.so.1", Buffer.alloc(40_000)),
          file("srv/app", Buffer.alloc(300_000)),
        ],
      },
    ],
  },
  nearMiss: {
    base: 1,
    layers: [
      { ...PLAIN, entries: [...distribution(20), ...GLIBC_ROOT], by: "ADD rootfs.tar /" },
      {
        entries: [elf("srv/app", { interpreter: GLIBC, needed: ["libz.so.1", "libc.so.6"] })],
        by: "COPY app /srv/app",
      },
    ],
    ...run({ Cmd: ["/srv/app"] }),
  },
  also: ([finding]) => {
    expect(finding).toMatchObject({ confidence: "low", exact: { content: true } });
    expect(stageOf(finding as Finding)).toContain(
      "COPY --from=build /usr/lib/x86_64-linux-gnu/libz.so.1 /usr/lib/x86_64-linux-gnu/libz.so.1",
    );
    expect(finding?.fix.text).toContain("needs symbols of 2.34, which ubuntu:22.04, debian:12-slim");
    expect(finding?.fix.text).toContain("beside it libz.so.1");
  },
});

const APK = (...names: string[]): TarEntry[] => [
  file(
    "lib/apk/db/installed",
    names
      .map((name) =>
        name === "g++"
          ? "P:g++\nV:1\nA:x86_64\nD:libstdc++\nF:usr/bin\nR:g++\n"
          : `P:${name}\nV:1\nA:x86_64\nF:usr/lib\nR:libstdc++.so.6\nR:libstdc++.so.6.1\n`,
      )
      .join("\n"),
  ),
  file("etc/apk/world", "g++\n"),
];

const ALPINE = [
  file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.3\n"),
  elf("lib/ld-musl-x86_64.so.1", { bytes: 60_000 }),
  elf("bin/sh", { interpreter: MUSL }),
];

testRule({
  rule: "built-in-final-stage",
  fires: {
    base: 1,
    layers: [
      { entries: ALPINE, by: "ADD rootfs.tar /" },
      {
        ...PLAIN,
        entries: [
          ...APK("g++", "libstdc++"),
          file("usr/bin/g++", Buffer.alloc(9_000_000), { mode: 0o755 }),
          elf("usr/lib/libstdc++.so.6.1", { bytes: 200_000 }),
          symlink("usr/lib/libstdc++.so.6", "libstdc++.so.6.1"),
        ],
        by: "RUN apk add --no-cache g++",
      },
      { entries: [file("src/hello.cpp", "int main() {}")], by: "COPY hello.cpp /src/" },
      {
        entries: [elf("usr/local/bin/hello", { interpreter: MUSL, needed: ["libstdc++.so.6"], bytes: 30_000 })],
        by: "RUN g++ -o /usr/local/bin/hello /src/hello.cpp",
      },
    ],
    ...run({ Cmd: ["hello"] }),
  },
  fixed: {
    layers: [
      { entries: ALPINE },
      { entries: [file("usr/lib/libstdc++.so.6", Buffer.alloc(200_000))] },
      { entries: [file("usr/local/bin/hello", Buffer.alloc(30_000))] },
    ],
  },
  // The compiler is there for its own sake.
  nearMiss: {
    base: 1,
    layers: [
      { entries: ALPINE, by: "ADD rootfs.tar /" },
      {
        entries: [...APK("g++"), elf("usr/bin/g++", { interpreter: MUSL, bytes: 9_000_000 })],
        by: "RUN apk add --no-cache g++",
      },
    ],
    ...run({ Cmd: ["g++", "--version"] }),
  },
  also: ([finding]) => {
    expect(stageOf(finding as Finding)).toEqual([
      "FROM the",
      "COPY --from=build /usr/lib/libstdc++.so.6 /usr/lib/libstdc++.so.6",
      "COPY --from=build /usr/local/bin/hello /usr/local/bin/hello",
      'CMD ["hello"]',
    ]);
  },
});

test("heavy-base says nothing where a script starts the program", async () => {
  const image: CaseImage = {
    base: 1,
    layers: [
      { ...PLAIN, entries: [...distribution(40), ...GLIBC_ROOT], by: "ADD rootfs.tar /" },
      {
        entries: [
          file("entry.sh", '#!/bin/sh\nexec "$@"\n', { mode: 0o755 }),
          elf("srv/app", { interpreter: GLIBC, needed: ["libc.so.6"] }),
        ],
        by: "COPY . /",
      },
    ],
    ...run({ Entrypoint: ["/entry.sh"], Cmd: ["/srv/app"] }),
  };
  expect(await findingsOf("heavy-base", image)).toEqual([]);
});

const BUILD_BASE = [
  ...distribution(1),
  ...GLIBC_ROOT,
  file("usr/local/go/bin/go", Buffer.alloc(30_000_000), { mode: 0o755 }),
];

testRule({
  rule: "toolchain-base",
  fires: {
    base: 1,
    layers: [
      { ...PLAIN, entries: BUILD_BASE, by: "ADD rootfs.tar /" },
      { entries: [elf("go/bin/app", { bytes: 300_000 })], by: "RUN go install ./..." },
    ],
    ...run({ Cmd: ["app"], Env: ["PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/bin:/bin"] }),
  },
  fixed: { layers: [{ entries: [CERTIFICATES, file("go/bin/app", Buffer.alloc(300_000))] }] },
  // What the image is for is building.
  nearMiss: {
    base: 1,
    layers: [
      { ...PLAIN, entries: BUILD_BASE, by: "ADD rootfs.tar /" },
      { entries: [file("src/main.go", "package main")], by: "COPY . /src" },
    ],
    ...run({ Cmd: ["/bin/sh", "-c", "go test ./..."] }),
  },
  also: ([finding]) => {
    expect(finding).toMatchObject({ confidence: "high", exact: { content: true } });
    expect(stageOf(finding as Finding)).toContain('ENV PATH="/go/bin:/usr/local/sbin:/usr/local/bin:/usr/bin:/bin"');
  },
});

describe("toolchain-base", () => {
  const base = { ...PLAIN, entries: BUILD_BASE, by: "ADD rootfs.tar /" };

  test("is no waste where the container runs the compiler", async () => {
    const image: CaseImage = {
      base: 1,
      layers: [
        {
          ...PLAIN,
          entries: [...distribution(1), elf("usr/local/go/bin/go", { bytes: 30_000_000 })],
          by: "ADD rootfs.tar /",
        },
        { entries: [file("src/main.go", "package main")], by: "COPY . /src" },
      ],
      ...run({ Cmd: ["/usr/local/go/bin/go", "run", "/src/main.go"] }),
    };
    expect(await findingsOf("toolchain-base", image)).toEqual([]);
  });

  test("tells a Go program that needs a C library how to do without", async () => {
    const goBuildInfo = ["go1.22.1", "path\tacme/app\n"] as const;
    const app = elf("srv/app", { interpreter: GLIBC, needed: ["libc.so.6"], goBuildInfo });
    const image: CaseImage = {
      base: 1,
      layers: [base, { entries: [app], by: "RUN go build -o /srv/app" }],
      ...run({ Cmd: ["/srv/app"] }),
    };
    const [finding] = await findingsOf("toolchain-base", image);
    expect(finding).toMatchObject({ confidence: "low", exact: { content: true } });
    expect(finding?.fix.text).toContain("CGO_ENABLED=0");
  });

  test("of an interpreter is the -slim tag, with the libraries that packages need", async () => {
    const python = [
      ...distribution(1),
      ...GLIBC_ROOT,
      elf("usr/local/bin/python3", { interpreter: GLIBC }),
      file("usr/lib/gcc/x86_64-linux-gnu/12/cc1", Buffer.alloc(25_000_000)),
      elf("usr/lib/gcc/x86_64-linux-gnu/12/libgomp.so.1", { soname: "libgomp.so.1" }),
    ];
    const image: CaseImage = {
      layers: [{ ...PLAIN, entries: python }, { entries: [elf("app/native.so", { needed: ["libgomp.so.1"] })] }],
      config: {
        config: { Cmd: ["python3", "/app/main.py"] },
        history: [
          { created_by: "/bin/sh -c #(nop) ADD rootfs.tar /" },
          { created_by: "/bin/sh -c #(nop)  ENV PYTHON_VERSION=3.12.1", empty_layer: true },
          { created_by: '/bin/sh -c #(nop)  CMD ["python3"]', empty_layer: true },
          { created_by: "/bin/sh -c #(nop) COPY dir:1 in /app" },
        ],
      },
    };
    const [finding] = await findingsOf("toolchain-base", image);
    expect(finding).toMatchObject({
      inBase: true,
      exact: { content: false },
      bytes: { content: 25_000_000 + Buffer.from(elf("x", { soname: "libgomp.so.1" }).content ?? "").length },
      fix: { kind: "change-base", change: null },
    });
    expect(finding?.fix.text).toContain("FROM python:3.12.1-slim");
  });
});

testRule({
  rule: "program-cannot-start",
  fires: {
    base: 1,
    layers: [
      { entries: ALPINE, by: "ADD rootfs.tar /" },
      { entries: [elf("srv/app", { interpreter: GLIBC, needed: ["libc.so.6"] })], by: "COPY app /srv/app" },
    ],
    ...run({ Cmd: ["/srv/app"] }),
  },
  nearMiss: {
    base: 1,
    layers: [
      { entries: ALPINE, by: "ADD rootfs.tar /" },
      { entries: [elf("srv/app", { interpreter: MUSL, needed: ["libc.musl-x86_64.so.1"] })], by: "COPY app /srv/app" },
    ],
    ...run({ Cmd: ["/srv/app"] }),
  },
  also: (findings) => {
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ severity: "error", bytes: { content: 0 }, paths: ["/srv/app"] });
    expect(findings[0]?.title).toContain("its loader /lib64/ld-linux-x86-64.so.2 is not in the image");
    expect(findings[0]?.fix.text).toContain("built for glibc, and the image has musl");
  },
});

describe("program-cannot-start", () => {
  const told = async (entries: readonly TarEntry[], config: Record<string, unknown>): Promise<string[]> =>
    (await findingsOf("program-cannot-start", { layers: [{ entries }], ...run(config) }))
      .map(({ title }) => title)
      .sort();

  test("tells what commands ask for", async () => {
    const entries = [
      ...ALPINE,
      file("entry.sh", "#!/bin/bash\n", { mode: 0o755 }),
      file("crlf", "#!/bin/sh\r\n", { mode: 0o755 }),
    ];
    expect(await told(entries, { Cmd: ["/entry.sh"] })).toEqual([
      "/entry.sh cannot start: its interpreter /bin/bash is not in the image",
    ]);
    expect(await told(entries, { Entrypoint: ["/crlf"] })).toEqual([
      "/crlf cannot start: its interpreter /bin/sh\\r is not in the image",
    ]);
    expect(await told(entries, { Cmd: ["server"] })).toEqual(["CMD starts server, which is not in the image"]);
    expect(await told([elf("app")], { Cmd: ["/app"], Healthcheck: { Test: ["CMD-SHELL", "app -q"] } })).toEqual([
      "HEALTHCHECK is a shell form, and /bin/sh is not in the image",
    ]);
  });

  test("tells of libraries, and of programs that no command starts", async () => {
    const app = elf("app", { interpreter: MUSL, needed: ["libpq.so.5"] });
    expect(await told([...ALPINE, app], { Cmd: ["/app"] })).toEqual([
      "/app cannot start: its library libpq.so.5 is not in the image",
    ]);
    const tool: CaseImage = {
      base: 1,
      layers: [{ entries: ALPINE }, { entries: [elf("opt/tool", { interpreter: GLIBC })] }],
      ...run({ Cmd: ["/bin/sh"] }),
    };
    expect((await findingsOf("program-cannot-start", tool)).map(({ title }) => title)).toEqual([
      "/opt/tool cannot start: its loader /lib64/ld-linux-x86-64.so.2 is not in the image",
    ]);
  });

  test("takes what a volume may bring for there", async () => {
    expect(await told(ALPINE, { Cmd: ["/srv/app/run"], Volumes: { "/srv/app": {} } })).toEqual([]);
  });
});
