import { unneededPackages } from "../fix/apk/unneeded-packages.ts";

/** Service scripts as packages that were asked for by name. */
export const apkServiceScripts = unneededPackages({
  id: "apk-service-scripts",
  title: "service scripts as packages",
  about:
    "Packages with scripts for OpenRC (-openrc), which starts services when a machine boots. A container starts its program itself.",
  severity: "info",
  confidence: "medium",
  related: [],
  subject: "Packages with service scripts",
  assumes: "The container does not start services by OpenRC.",
});
