import { environmentValue } from "../../runtime/run-commands.ts";
import { storedHash } from "../facts/stored-hash.ts";
import type { Facts } from "../facts.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";
import type { StoredFile } from "../rule.ts";

const FOLDER = /^usr\/share\/zoneinfo\/(posix|right)\//;

/** `posix` repeats what stands above it; `right` counts leap seconds, which no system clock does. */
function isSpare(file: StoredFile, facts: Facts): boolean {
  const folder = FOLDER.exec(file.path)?.[1];
  if (folder === undefined) return false;
  const zone = environmentValue(facts.ledger.image.description.config.run, "TZ") ?? "";
  if (zone.includes(`${folder}/`)) return false;
  if (folder === "right") return true;
  const twin = facts.fileAt(file.path.replace("zoneinfo/posix/", "zoneinfo/"));
  const hash = storedHash(facts, file);
  return twin !== null && hash !== null && storedHash(facts, twin) === hash;
}

/** The two further copies of all time zones. */
export const zoneinfoCopies = pathRule({
  id: "zoneinfo-copies",
  title: "further copies of the time zones",
  about:
    "zoneinfo/posix, where its files are the same as those above it, and zoneinfo/right, whose leap seconds no container's " +
    "clock counts. Hard links, as many distributions make them, cost nothing and are not counted.",
  severity: "info",
  confidence: "medium",
  related: [],
  paths: ["usr/share/zoneinfo/{posix,right}/**"],
  sentence: "Further copies of the time zones stay in the image",
  live: true,
  own: true,
  counts: isSpare,
  remove: {
    command: removeDirectories("zoneinfo/posix", "zoneinfo/right"),
    advice: "",
    assumes: ["No program sets TZ to a zone in posix/ or right/."],
  },
});
