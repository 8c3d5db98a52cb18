import type { BuildStep } from "../../build/build.ts";
import { callsOf, type ShellCall } from "../../build/shell-calls.ts";
import { baseName, type ImagePath } from "../../image-path.ts";
import { UNOWNED } from "../../ledger/owner-keys.ts";
import type { Facts } from "../facts.ts";
import { removeFiles } from "../fix/removal-command.ts";
import { runsAbove } from "../fix/runs-above.ts";
import { pathRule } from "../path-rule.ts";
import type { StoredFile } from "../rule.ts";

const ARCHIVE = /\.(?:tar(?:\.\w+)?|t[gbx]z2?|zip|7z|deb|rpm)$/;
const ELSEWHERE = /(?:^|\/)(?:node_modules|site-packages|dist-packages|gems|vendor|testdata)\//;
const UNPACKERS = ["7z", "7za", "bsdtar", "bunzip2", "dpkg", "gunzip", "rpm", "tar", "unxz", "unzip", "unzstd"];
const TAR_EXTRACTS = /^(?:--extract|--get)$/;
const SHORT_FLAGS = /^-?[A-Za-z]+$/;

function saysExtract(word: string): boolean {
  return TAR_EXTRACTS.test(word) || (SHORT_FLAGS.test(word) && word.includes("x"));
}

function unpacks({ words }: ShellCall, isTar: boolean): boolean {
  return !isTar || words.some((word, i) => word !== null && (i === 0 || word.startsWith("-")) && saysExtract(word));
}

/** Whether a step unpacks an archive of that name. */
function unpackedBy({ script }: BuildStep, path: ImagePath): boolean {
  if (script === null) return false;
  const name = baseName(path);
  return UNPACKERS.some((program) =>
    callsOf(script, [program]).some(
      (call) =>
        unpacks(call, program === "tar" || program === "bsdtar") &&
        call.words.some((word) => word !== null && baseName(word) === name),
    ),
  );
}

function isUnpackedLater(facts: Facts, { layer, path }: StoredFile): boolean {
  return runsAbove(facts, layer).some((step) => unpackedBy(step, path));
}

/** What was in it stands beside it, or a step is recorded to have unpacked it. */
function isUnpacked(file: StoredFile, facts: Facts): boolean {
  const { path, owner, category, layer } = file;
  if (owner !== UNOWNED || category === "package-cache" || category === "temporary" || ELSEWHERE.test(path))
    return false;
  const tree = path.replace(ARCHIVE, "");
  const own = facts.stepOf(layer);
  return facts.exists(tree) || (own !== null && unpackedBy(own, path)) || isUnpackedLater(facts, file);
}

/** Archives that were unpacked and left. */
export const unpackedArchives = pathRule({
  id: "unpacked-archives",
  title: "archives that were unpacked",
  about:
    "Archives and packages that a step unpacked and left: the command that unpacked one is recorded, or what was in it " +
    "stands beside it. All that they hold is in the image twice.",
  severity: "warn",
  confidence: "medium",
  related: ["hadolint DL3010"],
  paths: ["**/*.{tar,tgz,tbz,tbz2,txz,zip,7z,deb,rpm}", "**/*.tar.{gz,bz2,xz,zst,lz,Z}"],
  sentence: "An archive stays in the image though it was unpacked",
  live: true,
  own: true,
  counts: isUnpacked,
  remove: {
    command: removeFiles,
    advice: "curl … | tar xz stores no archive at all.",
    assumes: ["The program does not read the archive itself."],
  },
  fix: (files, facts) =>
    files.some((file) => isUnpackedLater(facts, file))
      ? {
          kind: "copy",
          text:
            "A later step unpacks it. ADD unpacks a local tar archive and stores no copy; what is downloaded can be fetched, " +
            "unpacked and removed in one RUN; with BuildKit, RUN --mount=type=bind lends a RUN the archive.",
          image: [{ kind: "omit", instances: files.map(({ instance }) => instance) }],
          build: [],
          assumes: ["The program does not read the archive itself."],
        }
      : null,
});
