import { UNOWNED } from "../../ledger/attribution.ts";
import { pathRule } from "../path-rule.ts";
import { removeDirectories } from "../removal-command.ts";

/** Settings of editors and services, caches of test tools, Dockerfiles. */
export const contextJunk = pathRule({
  id: "context-junk",
  title: "files of the working directory that no image needs",
  about:
    "Settings of editors and hosting services, caches of test tools, Dockerfiles and what desktops leave " +
    "behind: they come along with COPY . . where .dockerignore does not name them, and each change to one " +
    "of them makes the layer anew.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: [
    "**/{.github,.gitlab,.circleci,.vscode,.idea,.fleet,.pytest_cache,.mypy_cache,.ruff_cache,.tox,.nox,.hypothesis,htmlcov,.nyc_output}/**",
    "**/{.DS_Store,Thumbs.db,.coverage,.dockerignore,.gitlab-ci.yml,.travis.yml}",
    "**/*.{swp,swo}",
    "**/Dockerfile",
    "**/Dockerfile.*",
    "**/*.Dockerfile",
    "**/{docker-compose,compose}*.{yml,yaml}",
  ],
  sentence: "Files of the working directory that no image needs stay in it",
  counts: ({ owner }) => owner === UNOWNED,
  own: true,
  remove: {
    command: removeDirectories(
      ".github",
      ".gitlab",
      ".circleci",
      ".vscode",
      ".idea",
      ".fleet",
      ".pytest_cache",
      ".mypy_cache",
      ".ruff_cache",
      ".tox",
      ".nox",
      ".hypothesis",
      "htmlcov",
      ".nyc_output",
    ),
    advice: "",
    assumes: ["Nothing reads them in the container."],
    ignore: [
      "**/.github",
      "**/.vscode",
      "**/.idea",
      "**/.*_cache",
      "**/.DS_Store",
      "**/Dockerfile*",
      "**/docker-compose*",
    ],
  },
});
