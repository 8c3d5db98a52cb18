import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Browsers of Playwright, Puppeteer and Cypress. */
export const browserDownloads = pathRule({
  id: "browser-downloads",
  title: "browsers that test tools downloaded",
  about:
    "Browsers that Playwright, Puppeteer or Cypress downloaded, hundreds of megabytes each. An application " +
    "that prints or scrapes with one needs it; one that only tests with it does not.",
  severity: "info",
  confidence: "low",
  related: [],
  paths: PLACES.browsers.globs,
  sentence: "Browsers that a test tool downloaded stay in the image",
  live: true,
  unlessStarted: ["playwright", "cypress"],
  remove: {
    command: removeDirectories(".cache/ms-playwright", ".cache/puppeteer", ".cache/Cypress"),
    advice: "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1, PUPPETEER_SKIP_DOWNLOAD=1 and CYPRESS_INSTALL_BINARY=0 download none.",
    assumes: ["The application drives no browser."],
  },
});
