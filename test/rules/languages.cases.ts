import { leftover } from "../support/leftover-case.ts";
import type { RuleCase } from "../support/rule-case.ts";
import { file, hardlink } from "../support/tar-bytes.ts";

export const LANGUAGE_CASES: readonly RuleCase[] = [
  // Leftovers of tools, by where they lie.
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
    says: "rm -rf /root/.gradle",
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
    waste: [file("root/.cpanm/work/1/x.tar.gz", 9000)],
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
];
