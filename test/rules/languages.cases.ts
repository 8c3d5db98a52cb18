import { expect } from "vitest";
import { elfBytes } from "../support/elf-bytes.ts";
import { leftover } from "../support/leftover-case.ts";
import type { CaseImage, RuleCase } from "../support/rule-case.ts";
import { file, hardlink, type TarEntry } from "../support/tar-bytes.ts";

const AMD64 = { bits: 64, little: true, machine: 62 } as const;
const LOADER = "lib64/ld-linux-x86-64.so.2";

/** An image for amd64 whose programs use glibc, and what Node modules of that platform need. */
function nativeModules(more: readonly TarEntry[]): CaseImage {
  return {
    layers: [
      {
        by: "ADD file:1 in /",
        entries: [
          file(LOADER, elfBytes(AMD64)),
          file("usr/bin/node", elfBytes({ ...AMD64, interpreter: `/${LOADER}` })),
        ],
      },
      {
        by: "RUN npm ci",
        entries: [
          file("app/node_modules/x/prebuilds/linux-x64/node.napi.glibc.node", 90),
          file("app/node_modules/x/prebuilds/linux-x64/node.napi.node", 80),
          file("app/node_modules/@img/sharp-linux-x64/lib/sharp.node", 70),
          file("app/node_modules/@esbuild/linux-x64/bin/esbuild", 60),
          file("app/node_modules/@swc/core/index.js", 50),
          ...more,
        ],
      },
    ],
  };
}

const manifest = (directory: string, content: unknown): TarEntry =>
  file(`${directory}/package.json`, JSON.stringify(content));

/** A project that needs `left`, which needs `shared`; with its development packages or without. */
function nodeProject(by: string, { dev, command = ["node", "x"] }: { dev: boolean; command?: string[] }): CaseImage {
  const packages = "app/node_modules";
  const development = [
    file(`${packages}/jest/index.js`, 9000),
    manifest(`${packages}/jest`, { name: "jest", dependencies: { "jest-only": "1", shared: "1" } }),
    file(`${packages}/jest-only/index.js`, 700),
    manifest(`${packages}/jest-only`, { name: "jest-only" }),
  ];
  return {
    layers: [
      {
        by: "COPY file:1 in /app/",
        entries: [
          manifest("app", { name: "app", dependencies: { left: "1" }, devDependencies: { jest: "1", shared: "1" } }),
        ],
      },
      {
        by,
        entries: [
          ...(dev ? development : []),
          manifest(`${packages}/left`, { name: "left", dependencies: { shared: "1" } }),
          manifest(`${packages}/shared`, { name: "shared" }),
          file(`${packages}/shared/index.js`, 60),
        ],
      },
    ],
    config: { config: { Cmd: command } },
  };
}

const INSTALLED = {
  packages: [
    { name: "acme/lib", version: "1.0.0", "install-path": "../acme/lib" },
    { name: "phpunit/phpunit", version: "10.0.0", "install-path": "../phpunit/phpunit" },
  ],
  dev: true,
  "dev-package-names": ["phpunit/phpunit"],
};

function phpProject(by: string, dev: boolean): CaseImage {
  return {
    layers: [
      {
        by,
        entries: [
          file("app/vendor/composer/installed.json", JSON.stringify(INSTALLED)),
          file("app/vendor/acme/lib/src/Lib.php", 60),
          ...(dev ? [file("app/vendor/phpunit/phpunit/src/TestCase.php", 9000)] : []),
        ],
      },
    ],
  };
}

const GO_PROGRAM = elfBytes({ ...AMD64, goBuildInfo: ["go1.22.1", "path\texample.org/app\n"] });

/** A program that Go built, and what else its RUN leaves. */
function goImage(more: readonly TarEntry[]): CaseImage {
  return { layers: [{ by: "RUN ./build", entries: [file("srv/app", GO_PROGRAM), ...more] }] };
}

export const LANGUAGE_CASES: readonly RuleCase[] = [
  // Leftovers of tools, by where they lie.
  leftover("pyc", {
    run: "pip install --no-cache-dir flask",
    waste: [file("app/__pycache__/a.cpython-312.pyc", 9000), file("app/__pycache__/b.cpython-312.pyc", 70)],
    nearMiss: [file("app/a.pyc", 9000), file("app/__pycache__/a.cpython-312.pyc", 90)],
    says: "rm -f /app/__pycache__/a.cpython-312.pyc",
  }),
  leftover("pnpm-store", {
    run: "pnpm install --prod",
    waste: [file("root/.local/share/pnpm/store/v3/files/00/index.json", 9000)],
    nearMiss: [
      file("root/.local/share/pnpm/store/v3/files/22/y", 900),
      hardlink("app/node_modules/y.js", "root/.local/share/pnpm/store/v3/files/22/y"),
    ],
    says: "rm -rf /root/.local/share/pnpm/store",
    keeps: [
      file("app/node_modules/.pnpm/x/index.js", 700),
      hardlink("root/.local/share/pnpm/store/v3/files/11/x", "app/node_modules/.pnpm/x/index.js"),
    ],
  }),
  leftover("source-maps", {
    run: "npm run build",
    waste: [file("app/dist/main.js.map", 9000), file("app/dist/main.css.map", 700)],
    nearMiss: [file("app/dist/level1.map", 9000), file("app/node_modules/x/x.js.map", 9000)],
    says: "rm -f /app/dist/main.css.map",
    keeps: [file("app/dist/main.js", 900)],
  }),
  leftover("node-modules-junk", {
    run: "npm ci",
    waste: [file("app/node_modules/x/README.md", 9000), file("app/node_modules/x/index.d.ts", 700)],
    nearMiss: [file("app/node_modules/x/LICENSE.md", 9000), file("app/README.md", 9000)],
    says: "clean-modules",
    kind: "none",
  }),
  leftover("node-objects", {
    run: "npm ci",
    waste: [
      file("app/node_modules/bcrypt/build/Release/obj.target/bcrypt.o", 9000),
      file("app/node_modules/bcrypt/build/Release/.deps/x.d", 70),
    ],
    nearMiss: [
      file("app/node_modules/y/build/Release/obj/data.txt", 9000),
      file("app/node_modules/y/build/Release/y.js", 9000),
    ],
    says: "rm -f /app/node_modules/bcrypt",
    keeps: [file("app/node_modules/bcrypt/build/Release/bcrypt.node", 900)],
  }),
  leftover("cargo-target", {
    run: "cargo build --release",
    waste: [file("app/target/release/deps/libserde.rlib", 9000), file("app/target/release/.fingerprint/x", 70)],
    nearMiss: [file("app/target/release/deps/x.jar", 9000)],
    says: "rm -rf /app/target/release/.fingerprint",
    keeps: [
      file("app/target/.rustc_info.json", 90),
      file("app/target/release/app", 700),
      hardlink("app/target/release/deps/app-0123", "app/target/release/app"),
    ],
  }),
  leftover("gem-cache", {
    run: "bundle install",
    waste: [file("usr/local/bundle/cache/rails-7.1.gem", 9000)],
    nearMiss: [file("app/vendor/cache/rails-7.1.gem", 9000)],
    says: "rm -f /usr/local/bundle/cache/*.gem",
    keeps: [file("usr/local/bundle/specifications/rails-7.1.gemspec", 900)],
  }),
  leftover("dotnet-symbols", {
    run: "dotnet publish -o /app",
    waste: [file("app/Shop.pdb", 9000)],
    nearMiss: [file("app/protein.pdb", 9000)],
    says: "rm -f /app/Shop.pdb",
    keeps: [file("app/Shop.dll", 900)],
  }),
  leftover("pip-cache", {
    run: "pip install -r requirements.txt",
    waste: [file("root/.cache/pip/http/a/b", 9000), file("root/.cache/pip/wheels/x.whl", 700)],
    nearMiss: [file("root/.cache/pipeline/x", 900), file("srv/.cache/pip/x", 900)],
    says: "--no-cache-dir",
  }),
  leftover("python-tool-cache", {
    run: "uv sync",
    waste: [file("root/.cache/uv/archive-v0/x/data", 9000)],
    nearMiss: [
      file("root/.cache/pypoetry/virtualenvs/app/lib/x.py", 9000),
      file("root/.cache/uv/archive-v0/z.py", 900),
      hardlink("app/z.py", "root/.cache/uv/archive-v0/z.py"),
    ],
    says: "rm -rf /root/.cache/uv",
    keeps: [
      file("root/.cache/uv/archive-v0/y/linked.py", 700),
      hardlink("app/.venv/linked.py", "root/.cache/uv/archive-v0/y/linked.py"),
    ],
  }),
  leftover("python-static", {
    run: "make install",
    waste: [file("usr/local/lib/libpython3.12.a", 9000)],
    nearMiss: [file("usr/local/lib/libpython3.12.so", 9000)],
    says: "libpython",
  }),
  leftover("python-tests", {
    run: "pip install --no-cache-dir pandas",
    waste: [
      file("usr/lib/python3/site-packages/pandas/tests/a.py", 9000),
      file("usr/lib/python3/site-packages/pandas/tests/io/b.py", 900),
    ],
    nearMiss: [file("usr/lib/python3/site-packages/pandas/testing/a.py", 9000), file("srv/tests/a.py", 9000)],
    says: "Remove them",
  }),
  leftover("conda-packages", {
    run: "conda install -y numpy",
    waste: [file("opt/conda/pkgs/numpy-2.conda", 9000)],
    nearMiss: [
      file("opt/conda/pkgs/numpy-2/lib/y.py", 900),
      hardlink("opt/conda/lib/y.py", "opt/conda/pkgs/numpy-2/lib/y.py"),
    ],
    says: "rm -rf /opt/conda/pkgs",
    keeps: [file("opt/conda/lib/x.py", 800), hardlink("opt/conda/pkgs/numpy-2/lib/x.py", "opt/conda/lib/x.py")],
  }),
  leftover("npm-cache", {
    run: "npm ci",
    waste: [file("root/.npm/_cacache/content-v2/a", 9000), file("root/.npm/_logs/x.log", 70)],
    nearMiss: [file("root/.npmrc", 90), file("srv/.npm/_cacache/a", 900)],
    says: "rm -rf /root/.npm",
  }),
  leftover("bun-cache", {
    run: "bun install",
    waste: [file("root/.bun/install/cache/left@1/index.js", 9000)],
    nearMiss: [file("root/.bun/bin/bun", 9000)],
    says: "rm -rf /root/.bun/install/cache",
  }),
  leftover("deno-cache", {
    run: "deno compile -o /app main.ts",
    waste: [file("root/.cache/deno/npm/x", 9000)],
    nearMiss: [file("root/.cache/deno/small", 90)],
    says: "rm -rf /root/.cache/deno",
  }),
  leftover("node-gyp", {
    run: "npm ci",
    waste: [file("root/.cache/node-gyp/20.1.0/include/node/v8.h", 9000)],
    nearMiss: [file("usr/local/include/node/v8.h", 9000)],
    says: "rm -rf /root/.cache/node-gyp",
  }),
  leftover("javascript-build-cache", {
    run: "npm run build",
    waste: [file("app/.next/cache/webpack/0.pack", 9000), file("app/node_modules/.cache/babel/x", 70)],
    nearMiss: [file("app/.next/server/app.js", 9000), file("app/cache/x", 90)],
    says: "rm -rf /app/.next/cache",
  }),
  leftover("electron-cache", {
    run: "npm ci",
    waste: [file("root/.cache/electron/x/electron.zip", 9000)],
    nearMiss: [file("app/node_modules/electron/dist/electron", 9000)],
    says: "rm -rf /root/.cache/electron",
  }),
  leftover("browser-downloads", {
    run: "npm ci",
    waste: [file("root/.cache/puppeteer/chrome/linux-1/chrome", 9000)],
    nearMiss: [file("usr/bin/chromium", 9000)],
    says: "PUPPETEER_SKIP_DOWNLOAD",
  }),
  leftover("go-module-cache", {
    run: "go build -o /usr/local/bin/app .",
    waste: [file("go/pkg/mod/example.org/x@v1/x.go", 9000), file("go/pkg/mod/cache/download/x.zip", 700)],
    nearMiss: [file("srv/go/pkg/mod.go", 900)],
    says: "rm -rf /go/pkg/mod",
  }),
  leftover("go-build-cache", {
    run: "go build -o /usr/local/bin/app .",
    waste: [file("root/.cache/go-build/00/a-d", 9000)],
    nearMiss: [file("srv/go-build/x", 900)],
    says: "rm -rf /root/.cache/go-build",
  }),
  leftover("cargo-registry", {
    run: "cargo install ripgrep",
    waste: [file("usr/local/cargo/registry/cache/x.crate", 9000), file("root/.cargo/git/db/x", 700)],
    nearMiss: [file("usr/local/cargo/bin/rg", 9000)],
    says: "rm -rf",
  }),
  leftover("rust-toolchain", {
    run: "rustup-init -y && cargo build",
    waste: [file("root/.rustup/toolchains/stable/bin/rustc", 9000)],
    nearMiss: [file("root/.rustup/settings.toml", 90)],
    says: "rm -rf /root/.rustup/toolchains",
  }),
  leftover("maven-repository", {
    run: "mvn -B package",
    waste: [file("root/.m2/repository/org/x/x.jar", 9000)],
    nearMiss: [file("root/.m2/settings.xml", 90)],
    says: "rm -rf /root/.m2/repository",
  }),
  leftover("gradle-cache", {
    run: "./gradlew bootJar",
    waste: [file("root/.gradle/caches/modules-2/x.jar", 9000), file("root/.gradle/wrapper/dists/gradle.zip", 700)],
    nearMiss: [file("root/.gradle/gradle.properties", 90)],
    says: "rm -rf /root/.gradle/caches /root/.gradle/wrapper",
  }),
  leftover("scala-cache", {
    run: "sbt assembly",
    waste: [file("root/.ivy2/cache/x.jar", 9000), file("root/.cache/coursier/v1/y.jar", 700)],
    nearMiss: [file("srv/.ivy2x/x.jar", 90)],
    says: "rm -rf /root/.cache/coursier /root/.ivy2",
  }),
  leftover("jdk-parts", {
    run: "tar xzf jdk.tar.gz -C /opt",
    waste: [file("opt/jdk-21/jmods/java.base.jmod", 9000), file("opt/jdk-21/lib/src.zip", 700)],
    nearMiss: [file("opt/jdk-21/lib/modules", 90000), file("srv/include/x.h", 9000)],
    says: "jlink",
  }),
  leftover("nuget-packages", {
    run: "dotnet publish -o /app",
    waste: [file("root/.nuget/packages/x/1/lib/x.dll", 9000), file("root/.local/share/NuGet/v3-cache/x", 700)],
    nearMiss: [file("root/.nuget/NuGet/NuGet.Config", 90)],
    says: "rm -rf /root/.local/share/NuGet /root/.nuget/packages",
  }),
  leftover("dotnet-sdk", {
    run: "dnf install -y dotnet-sdk-8.0",
    waste: [file("usr/lib64/dotnet/sdk/8.0.1/csc.dll", 9000)],
    nearMiss: [file("usr/lib64/dotnet/shared/Microsoft.NETCore.App/8.0.1/x.dll", 9000)],
    says: "aspnet",
  }),
  leftover("composer-cache", {
    run: "composer install --no-dev",
    waste: [file("root/.composer/cache/files/x.zip", 9000)],
    nearMiss: [file("root/.composer/auth.json", 90)],
    says: "rm -rf /root/.composer/cache",
  }),
  leftover("php-sources", {
    run: "docker-php-source extract",
    waste: [file("usr/src/php/main/main.c", 9000)],
    nearMiss: [file("usr/src/phpx/main.c", 9000)],
    says: "rm -rf /usr/src/php",
  }),
  leftover("gem-documentation", {
    run: "gem install rails",
    waste: [file("usr/local/bundle/doc/rails-7/ri/x.ri", 9000), file("usr/local/bundle/doc/rails-7/rdoc/a.html", 70)],
    nearMiss: [file("srv/doc/rails.ri", 9000)],
    says: "--no-document",
  }),
  leftover("gem-objects", {
    run: "bundle install",
    waste: [
      file("usr/local/bundle/gems/nokogiri-1/ext/nokogiri/xml.o", 9000),
      file("usr/local/bundle/gems/nokogiri-1/ext/nokogiri/mkmf.log", 70),
    ],
    nearMiss: [file("usr/local/bundle/gems/nokogiri-1/lib/nokogiri.so", 9000), file("srv/x.o", 900)],
    says: "rm -f",
  }),
  leftover("cpan-cache", {
    run: "cpanm Mojolicious",
    waste: [file("root/.cpanm/sources/x.tar.gz", 9000)],
    nearMiss: [file("usr/local/share/perl/Mojo.pm", 9000)],
    says: "rm -rf /root/.cpanm",
  }),
  leftover("erlang-cache", {
    run: "mix deps.get",
    waste: [file("root/.hex/packages/hexpm/x.tar", 9000), file("root/.mix/archives/hex-2/x.beam", 70)],
    nearMiss: [file("app/_build/prod/rel/x.beam", 9000)],
    says: "rm -rf /root/.hex /root/.mix",
  }),
  leftover("haskell-cache", {
    run: "stack install",
    waste: [file("root/.stack/programs/ghc.tar.xz", 9000), file("root/.cabal/packages/x.tar.gz", 70)],
    nearMiss: [file("root/.cabal/bin/pandoc", 9000)],
    says: "rm -rf /root/.cabal/packages /root/.stack",
  }),
  leftover("ocaml-cache", {
    run: "opam install -y dune",
    waste: [file("root/.opam/download-cache/md5/x", 9000), file("root/.opam/default/.opam-switch/sources/a.ml", 70)],
    nearMiss: [file("root/.opam/default/bin/dune", 9000)],
    says: ".opam/download-cache",
  }),
  leftover("compiler-cache", {
    run: "./build.sh",
    waste: [file("root/.cache/ccache/0/a.o", 9000), file("opt/vcpkg/downloads/x.tar.gz", 70)],
    nearMiss: [file("root/.conan/data/x/1/lib/libx.so.1", 9000)],
    says: "rm -rf",
  }),
  leftover("language-caches", {
    run: "zig build",
    waste: [file("root/.cache/zig/z/x", 9000)],
    nearMiss: [file("root/.cache/zigzag/x", 9000)],
    says: "rm -rf /root/.cache/zig",
  }),
  leftover("tool-caches", {
    run: "helm repo update",
    waste: [file("root/.cache/helm/repository/x-index.yaml", 9000)],
    nearMiss: [file("root/.config/helm/repositories.yaml", 90)],
    says: "rm -rf /root/.cache/helm",
  }),
  // Told by more than a path.
  {
    rule: "yarn-cache",
    fires: {
      layers: [
        {
          by: "RUN yarn install",
          entries: [
            file("usr/local/share/.cache/yarn/v6/a", 9000),
            file("root/.yarn/berry/cache/b.zip", 800),
            file("app/.yarn/cache/c.zip", 70),
            file("app/node_modules/c/index.js", 60),
            file("other/.yarn/cache/kept.zip", 50),
          ],
        },
      ],
    },
    fixed: {
      layers: [
        {
          by: "RUN yarn install",
          entries: [file("app/node_modules/c/index.js", 60), file("other/.yarn/cache/kept.zip", 50)],
        },
      ],
    },
    nearMiss: {
      layers: [
        {
          by: "RUN yarn install",
          entries: [
            file("root/.yarn/berry/cache/b.zip", 800),
            file("app/.yarn/cache/c.zip", 70),
            file("app/.pnp.cjs", 60),
          ],
        },
      ],
    },
  },
  {
    rule: "node-prebuilds",
    fires: nativeModules([
      file("app/node_modules/x/prebuilds/darwin-x64/node.napi.node", 9000),
      file("app/node_modules/x/prebuilds/linux-arm64/node.napi.node", 800),
      file("app/node_modules/x/prebuilds/linux-x64/node.napi.musl.node", 700),
      file("app/node_modules/@img/sharp-linuxmusl-x64/lib/sharp.node", 600),
      file("app/node_modules/@esbuild/win32-x64/esbuild.exe", 500),
    ]),
    fixed: nativeModules([]),
    nearMiss: nativeModules([]),
    also: ([finding]) => {
      expect(finding?.fix.change?.after).toContain(
        "rm -rf /app/node_modules/@esbuild/win32-x64 /app/node_modules/@img/sharp-linuxmusl-x64" +
          " /app/node_modules/x/prebuilds/darwin-x64 /app/node_modules/x/prebuilds/linux-arm64" +
          " /app/node_modules/x/prebuilds/linux-x64/node.napi.musl.node",
      );
    },
  },
  {
    rule: "npm-dev",
    fires: nodeProject("RUN npm ci", { dev: true }),
    fixed: nodeProject("RUN npm ci", { dev: false }),
    nearMiss: nodeProject("RUN npm ci", { dev: false }),
    also: ([finding]) => {
      expect(finding?.confidence).toBe("medium");
      expect(finding?.paths).toEqual([
        "/app/node_modules/jest/index.js",
        "/app/node_modules/jest/package.json",
        "/app/node_modules/jest-only/index.js",
        "/app/node_modules/jest-only/package.json",
      ]);
      expect(finding?.fix.change?.after).toContain("RUN npm ci --omit=dev");
    },
  },
  {
    rule: "npm-dev",
    fires: nodeProject("RUN npm ci && npm run build", { dev: true, command: ["npm", "start"] }),
    nearMiss: nodeProject("RUN npm ci && npm run build", { dev: false }),
    also: ([finding]) => {
      expect(finding?.confidence).toBe("low");
      expect(finding?.fix).toMatchObject({ kind: "stage", change: null });
    },
  },
  {
    rule: "composer-dev",
    fires: phpProject("RUN composer install", true),
    fixed: phpProject("RUN composer install", false),
    nearMiss: phpProject("RUN composer install", false),
    also: ([finding]) => {
      expect(finding?.fix.change?.after).toContain("RUN composer install --no-dev");
      expect(finding?.paths).toEqual(["/app/vendor/phpunit/phpunit/src/TestCase.php"]);
    },
  },
  {
    rule: "composer-dev",
    fires: phpProject("RUN composer install && vendor/bin/phpunit", true),
    nearMiss: phpProject("RUN composer install", false),
    also: ([finding]) => {
      expect(finding?.fix.change).toBeNull();
    },
  },
  {
    rule: "go-toolchain",
    fires: goImage([file("usr/local/go/bin/go", GO_PROGRAM), file("usr/local/go/src/fmt/print.go", 800)]),
    fixed: goImage([]),
    // Go itself was built by Go, too: alone it is no sign of a finished build.
    nearMiss: { layers: [{ by: "RUN ./install-go", entries: [file("usr/local/go/bin/go", GO_PROGRAM)] }] },
  },
  {
    rule: "go-sources",
    fires: goImage([file("src/main.go", 9000), file("src/x/x.go", 700)]),
    fixed: goImage([]),
    nearMiss: {
      ...goImage([file("src/main.go", 9000)]),
      config: { config: { Cmd: ["go", "run", "/src"] } },
    },
    also: ([finding]) => {
      expect(finding?.fix.kind).toBe("stage");
    },
  },
];
