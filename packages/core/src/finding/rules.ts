import type { Rule } from "./rule.ts";
import { apkBrokenPackage } from "./rules/apk-broken-package.ts";
import { apkDatabaseRewrite } from "./rules/apk-database-rewrite.ts";
import { apkDebugPackages } from "./rules/apk-debug-packages.ts";
import { apkDelFreesNothing } from "./rules/apk-del-frees-nothing.ts";
import { apkDevPackages } from "./rules/apk-dev-packages.ts";
import { apkDocumentation } from "./rules/apk-documentation.ts";
import { apkGlibcCompat } from "./rules/apk-glibc-compat.ts";
import { apkIndex } from "./rules/apk-index.ts";
import { apkLog } from "./rules/apk-log.ts";
import { apkPackageCache } from "./rules/apk-package-cache.ts";
import { apkServiceScripts } from "./rules/apk-service-scripts.ts";
import { apkShellCompletions } from "./rules/apk-shell-completions.ts";
import { apkToolchainInWorld } from "./rules/apk-toolchain-in-world.ts";
import { apkTranslations } from "./rules/apk-translations.ts";
import { apkUpdateDefeatsNoCache } from "./rules/apk-update-defeats-no-cache.ts";
import { apkUpgradeShadowsBase } from "./rules/apk-upgrade-shadows-base.ts";
import { apkVirtualLeft } from "./rules/apk-virtual-left.ts";
import { apkVirtualSplit } from "./rules/apk-virtual-split.ts";
import { aptArchives } from "./rules/apt-archives.ts";
import { aptAutoOrphan } from "./rules/apt-auto-orphan.ts";
import { aptCacheBin } from "./rules/apt-cache-bin.ts";
import { aptConfigFiles } from "./rules/apt-config-files.ts";
import { aptLists } from "./rules/apt-lists.ts";
import { aptLogs } from "./rules/apt-logs.ts";
import { aptRecommends } from "./rules/apt-recommends.ts";
import { aptSplitPurge } from "./rules/apt-split-purge.ts";
import { aptToolchain } from "./rules/apt-toolchain.ts";
import { aptUpgradeShadowsBase } from "./rules/apt-upgrade-shadows-base.ts";
import { brewCache } from "./rules/brew-cache.ts";
import { browserDownloads } from "./rules/browser-downloads.ts";
import { buildMetadata } from "./rules/build-metadata.ts";
import { builtInFinalStage } from "./rules/built-in-final-stage.ts";
import { bunCache } from "./rules/bun-cache.ts";
import { cargoRegistry } from "./rules/cargo-registry.ts";
import { cargoTarget } from "./rules/cargo-target.ts";
import { compilerCache } from "./rules/compiler-cache.ts";
import { composerCache } from "./rules/composer-cache.ts";
import { composerDev } from "./rules/composer-dev.ts";
import { condaPackages } from "./rules/conda-packages.ts";
import { contextJunk } from "./rules/context-junk.ts";
import { copiedThenRemoved } from "./rules/copied-then-removed.ts";
import { cpanCache } from "./rules/cpan-cache.ts";
import { crashDumps } from "./rules/crash-dumps.ts";
import { debconfCache } from "./rules/debconf-cache.ts";
import { debugFiles } from "./rules/debug-files.ts";
import { deletedLater } from "./rules/deleted-later.ts";
import { denoCache } from "./rules/deno-cache.ts";
import { dnfCache } from "./rules/dnf-cache.ts";
import { dnfHistory } from "./rules/dnf-history.ts";
import { dnfLogs } from "./rules/dnf-logs.ts";
import { dnfToolchain } from "./rules/dnf-toolchain.ts";
import { dnfWeakDeps } from "./rules/dnf-weak-deps.ts";
import { dockerfileMistake } from "./rules/dockerfile-mistake.ts";
import { documentation } from "./rules/documentation.ts";
import { dotenvFiles } from "./rules/dotenv-files.ts";
import { dotnetSdk } from "./rules/dotnet-sdk.ts";
import { dotnetSymbols } from "./rules/dotnet-symbols.ts";
import { dpkgBackups } from "./rules/dpkg-backups.ts";
import { duplicateContent } from "./rules/duplicate-content.ts";
import { duplicateEntries } from "./rules/duplicate-entries.ts";
import { electronCache } from "./rules/electron-cache.ts";
import { elfDebug } from "./rules/elf-debug.ts";
import { erlangCache } from "./rules/erlang-cache.ts";
import { gemCache } from "./rules/gem-cache.ts";
import { gemDocumentation } from "./rules/gem-documentation.ts";
import { gemObjects } from "./rules/gem-objects.ts";
import { gnupg } from "./rules/gnupg.ts";
import { goBuildCache } from "./rules/go-build-cache.ts";
import { goModuleCache } from "./rules/go-module-cache.ts";
import { goSources } from "./rules/go-sources.ts";
import { goToolchain } from "./rules/go-toolchain.ts";
import { gradleCache } from "./rules/gradle-cache.ts";
import { haskellCache } from "./rules/haskell-cache.ts";
import { headers } from "./rules/headers.ts";
import { heavyBase } from "./rules/heavy-base.ts";
import { homeJunk } from "./rules/home-junk.ts";
import { javascriptBuildCache } from "./rules/javascript-build-cache.ts";
import { jdkParts } from "./rules/jdk-parts.ts";
import { kernelFiles } from "./rules/kernel-files.ts";
import { languageCaches } from "./rules/language-caches.ts";
import { ldconfigCache } from "./rules/ldconfig-cache.ts";
import { localeArchive } from "./rules/locale-archive.ts";
import { loginRecords } from "./rules/login-records.ts";
import { logs } from "./rules/logs.ts";
import { mavenRepository } from "./rules/maven-repository.ts";
import { metadataCopy } from "./rules/metadata-copy.ts";
import { movedAcrossLayers } from "./rules/moved-across-layers.ts";
import { nodeGyp } from "./rules/node-gyp.ts";
import { nodeModulesJunk } from "./rules/node-modules-junk.ts";
import { nodeObjects } from "./rules/node-objects.ts";
import { nodePrebuilds } from "./rules/node-prebuilds.ts";
import { npmCache } from "./rules/npm-cache.ts";
import { npmDev } from "./rules/npm-dev.ts";
import { nugetPackages } from "./rules/nuget-packages.ts";
import { ocamlCache } from "./rules/ocaml-cache.ts";
import { opkgLists } from "./rules/opkg-lists.ts";
import { overwrittenLater } from "./rules/overwritten-later.ts";
import { packageDatabaseRewrite } from "./rules/package-database-rewrite.ts";
import { pacmanCache } from "./rules/pacman-cache.ts";
import { pacmanSync } from "./rules/pacman-sync.ts";
import { phpSources } from "./rules/php-sources.ts";
import { pipCache } from "./rules/pip-cache.ts";
import { pnpmStore } from "./rules/pnpm-store.ts";
import { portageTree } from "./rules/portage-tree.ts";
import { programCannotStart } from "./rules/program-cannot-start.ts";
import { pyc } from "./rules/pyc.ts";
import { pythonStatic } from "./rules/python-static.ts";
import { pythonTests } from "./rules/python-tests.ts";
import { pythonToolCache } from "./rules/python-tool-cache.ts";
import { rpmLangpacks } from "./rules/rpm-langpacks.ts";
import { rpmTemporary } from "./rules/rpm-temporary.ts";
import { rustToolchain } from "./rules/rust-toolchain.ts";
import { scalaCache } from "./rules/scala-cache.ts";
import { sourceMaps } from "./rules/source-maps.ts";
import { staticBinary } from "./rules/static-binary.ts";
import { staticLibraries } from "./rules/static-libraries.ts";
import { tmpFiles } from "./rules/tmp-files.ts";
import { toolCaches } from "./rules/tool-caches.ts";
import { toolchainBase } from "./rules/toolchain-base.ts";
import { translations } from "./rules/translations.ts";
import { unpackedArchives } from "./rules/unpacked-archives.ts";
import { vcs } from "./rules/vcs.ts";
import { xbpsCache } from "./rules/xbps-cache.ts";
import { yarnCache } from "./rules/yarn-cache.ts";
import { yumCache } from "./rules/yum-cache.ts";
import { zoneinfoCopies } from "./rules/zoneinfo-copies.ts";
import { zypperCache } from "./rules/zypper-cache.ts";

/** Every rule, in alphabetical order. */
export const RULES: readonly Rule[] = [
  apkBrokenPackage,
  apkDatabaseRewrite,
  apkDebugPackages,
  apkDelFreesNothing,
  apkDevPackages,
  apkDocumentation,
  apkGlibcCompat,
  apkIndex,
  apkLog,
  apkPackageCache,
  apkServiceScripts,
  apkShellCompletions,
  apkToolchainInWorld,
  apkTranslations,
  apkUpdateDefeatsNoCache,
  apkUpgradeShadowsBase,
  apkVirtualLeft,
  apkVirtualSplit,
  aptArchives,
  aptAutoOrphan,
  aptCacheBin,
  aptConfigFiles,
  aptLists,
  aptLogs,
  aptRecommends,
  aptSplitPurge,
  aptToolchain,
  aptUpgradeShadowsBase,
  brewCache,
  browserDownloads,
  buildMetadata,
  builtInFinalStage,
  bunCache,
  cargoRegistry,
  cargoTarget,
  compilerCache,
  composerCache,
  composerDev,
  condaPackages,
  contextJunk,
  copiedThenRemoved,
  cpanCache,
  crashDumps,
  debconfCache,
  debugFiles,
  deletedLater,
  denoCache,
  dnfCache,
  dnfHistory,
  dnfLogs,
  dnfToolchain,
  dnfWeakDeps,
  dockerfileMistake,
  documentation,
  dotenvFiles,
  dotnetSdk,
  dotnetSymbols,
  dpkgBackups,
  duplicateContent,
  duplicateEntries,
  electronCache,
  elfDebug,
  erlangCache,
  gemCache,
  gemDocumentation,
  gemObjects,
  gnupg,
  goBuildCache,
  goModuleCache,
  goSources,
  goToolchain,
  gradleCache,
  haskellCache,
  headers,
  heavyBase,
  homeJunk,
  javascriptBuildCache,
  jdkParts,
  kernelFiles,
  languageCaches,
  ldconfigCache,
  localeArchive,
  loginRecords,
  logs,
  mavenRepository,
  metadataCopy,
  movedAcrossLayers,
  nodeGyp,
  nodeModulesJunk,
  nodeObjects,
  nodePrebuilds,
  npmCache,
  npmDev,
  nugetPackages,
  ocamlCache,
  opkgLists,
  overwrittenLater,
  packageDatabaseRewrite,
  pacmanCache,
  pacmanSync,
  phpSources,
  pipCache,
  pnpmStore,
  portageTree,
  programCannotStart,
  pyc,
  pythonStatic,
  pythonTests,
  pythonToolCache,
  rpmLangpacks,
  rpmTemporary,
  rustToolchain,
  scalaCache,
  sourceMaps,
  staticBinary,
  staticLibraries,
  tmpFiles,
  toolCaches,
  toolchainBase,
  translations,
  unpackedArchives,
  vcs,
  xbpsCache,
  yarnCache,
  yumCache,
  zoneinfoCopies,
  zypperCache,
];
