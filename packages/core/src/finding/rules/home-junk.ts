import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Histories of shells and what wget and editors remember. */
export const homeJunk = pathRule({
  id: "home-junk",
  title: "histories and traces of programs in home directories",
  about:
    "Histories of shells and interpreters and what wget, less and vi remember. Small, different from build " +
    "to build, and sometimes with a password on a command line.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: [
    "~/{.bash_history,.ash_history,.sh_history,.zsh_history,.python_history,.node_repl_history,.mysql_history,.psql_history,.sqlite_history,.wget-hsts,.lesshst,.viminfo,.sudo_as_admin_successful}",
    "~/.local/share/Trash/**",
  ],
  sentence: "Histories of programs stay in a home directory",
  remove: {
    command: removeDirectories(".local/share/Trash"),
    advice: "",
    assumes: [],
  },
});
