import type { AptConfig } from "./apt-config.ts";
import { compilePattern, type NamePattern } from "./name-pattern.ts";
import type { DpkgPackage } from "./status.ts";
import { compareVersions } from "./version.ts";

/** What apt ships in `01autoremove` for images whose own file is missing. */
const VERSIONED_KERNEL_PACKAGES = ["linux-.*", "kfreebsd-.*", "gnumach-.*", ".*-modules", ".*-kernel"];
const MAX_PATTERNS = 256;
/** States entered in all while names are matched: a bound on hostile patterns and names together. */
const MAX_MATCHES = 2_000_000;

/** Packages that apt never removes on its own though nothing needs them. */
export class Protected {
  /** Patterns that could not be understood, as written. */
  readonly unread: readonly string[];
  readonly #patterns: readonly NamePattern[];
  #matchesLeft = MAX_MATCHES;

  constructor(config: AptConfig, packages: readonly DpkgPackage[]) {
    const unread: string[] = [];
    const compiled: NamePattern[] = [];
    const written = [...config.list("APT::NeverAutoRemove"), ...kernelPatterns(config, packages)];
    for (const pattern of written.slice(0, MAX_PATTERNS)) {
      const automaton = compilePattern(pattern);
      if (automaton === null) unread.push(pattern);
      else compiled.push(automaton);
    }
    unread.push(...written.slice(MAX_PATTERNS));
    this.#patterns = compiled;
    this.unread = unread;
  }

  has(name: string): boolean {
    this.#matchesLeft -= this.#patterns.length;
    return this.#matchesLeft > 0 && this.#patterns.some((pattern) => pattern.test(name));
  }
}

const KERNEL_IMAGE = /^(?:linux|kfreebsd|gnumach)-image-([0-9]+\..*)$/;

/**
 * The newest two kernels, and what comes in their version: apt's `GetProtectedKernelsRegex` (2.6). apt adds the kernel that
 * is running, which an image does not say.
 */
function kernelPatterns(config: AptConfig, packages: readonly DpkgPackage[]): readonly string[] {
  if (!config.flag("APT::Protect-Kernels", true)) return [];
  const kernels = new Map<string, string[]>();
  for (const { name, version } of packages) {
    const release = KERNEL_IMAGE.exec(name)?.[1];
    if (release === undefined || release.endsWith("-dbg") || release.endsWith("-dbgsym")) continue;
    const releases = kernels.get(version);
    if (releases === undefined) kernels.set(version, [release]);
    else releases.push(release);
  }
  const newest = [...kernels.keys()].sort((a, b) => compareVersions(b, a)).slice(0, 2);
  const configured = config.list("APT::VersionedKernelPackages");
  const families = configured.length > 0 ? configured : VERSIONED_KERNEL_PACKAGES;
  const releases = newest.flatMap((version) => kernels.get(version) ?? []);
  return releases.flatMap((release) => families.map((family) => `^${family}-${release.replace(/[.+]/g, "\\$&")}$`));
}
