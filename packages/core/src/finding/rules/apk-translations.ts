import { unneededPackages } from "../fix/apk/unneeded-packages.ts";

/** Translations as packages that were asked for by name. */
export const apkTranslations = unneededPackages({
  id: "apk-translations",
  title: "translations as packages",
  about: "Packages with translations of programs' messages (-lang), or lang, which brings those of everything else in.",
  severity: "info",
  confidence: "medium",
  related: [],
  subject: "Packages with translations",
  assumes: "No program in the container speaks to people in another language than English.",
});
