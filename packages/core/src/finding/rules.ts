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
import { aptCacheBin } from "./rules/apt-cache-bin.ts";
import { aptLogs } from "./rules/apt-logs.ts";
import { brewCache } from "./rules/brew-cache.ts";
import { copiedThenRemoved } from "./rules/copied-then-removed.ts";
import { deletedLater } from "./rules/deleted-later.ts";
import { dnfCache } from "./rules/dnf-cache.ts";
import { dnfHistory } from "./rules/dnf-history.ts";
import { dnfLogs } from "./rules/dnf-logs.ts";
import { dpkgBackups } from "./rules/dpkg-backups.ts";
import { duplicateContent } from "./rules/duplicate-content.ts";
import { duplicateEntries } from "./rules/duplicate-entries.ts";
import { ldconfigCache } from "./rules/ldconfig-cache.ts";
import { metadataCopy } from "./rules/metadata-copy.ts";
import { movedAcrossLayers } from "./rules/moved-across-layers.ts";
import { opkgLists } from "./rules/opkg-lists.ts";
import { overwrittenLater } from "./rules/overwritten-later.ts";
import { packageDatabaseRewrite } from "./rules/package-database-rewrite.ts";
import { pacmanCache } from "./rules/pacman-cache.ts";
import { pacmanSync } from "./rules/pacman-sync.ts";
import { portageTree } from "./rules/portage-tree.ts";
import { rpmTemporary } from "./rules/rpm-temporary.ts";
import { tmpFiles } from "./rules/tmp-files.ts";
import { xbpsCache } from "./rules/xbps-cache.ts";
import { yumCache } from "./rules/yum-cache.ts";
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
  aptCacheBin,
  aptLogs,
  brewCache,
  copiedThenRemoved,
  deletedLater,
  dnfCache,
  dnfHistory,
  dnfLogs,
  dpkgBackups,
  duplicateContent,
  duplicateEntries,
  ldconfigCache,
  metadataCopy,
  movedAcrossLayers,
  opkgLists,
  overwrittenLater,
  packageDatabaseRewrite,
  pacmanCache,
  pacmanSync,
  portageTree,
  rpmTemporary,
  tmpFiles,
  xbpsCache,
  yumCache,
  zypperCache,
];
