import type { ShellCommand, ShellScript } from "./shell-script.ts";

const PACKAGE_MANAGERS: ReadonlySet<string> = new Set([
  "apk",
  "apt",
  "apt-get",
  "apt-cache",
  "apt-mark",
  "debconf-set-selections",
  "dnf",
  "dpkg-reconfigure",
  "microdnf",
  "pacman",
  "tdnf",
  "yum",
  "zypper",
]);

/** Programs that touch no path but those they are given. */
const TAKES_PATHS: ReadonlySet<string> = new Set([
  ":",
  "chgrp",
  "chmod",
  "chown",
  "cp",
  "echo",
  "install",
  "ln",
  "mkdir",
  "mv",
  "printf",
  "rm",
  "rmdir",
  "set",
  "strip",
  "touch",
  "true",
]);

/** Programs that look at no path of the working directory. */
const TAKES_NO_PATHS: ReadonlySet<string> = new Set([
  "addgroup",
  "adduser",
  "groupadd",
  "ldconfig",
  "update-ca-certificates",
  "useradd",
  "usermod",
]);

/** The program that a command runs, without its directory. */
export function programOf({ name }: ShellCommand): string | null {
  return name === null ? null : name.slice(name.lastIndexOf("/") + 1);
}

export function isPackageManager(command: ShellCommand): boolean {
  const program = programOf(command);
  return program !== null && PACKAGE_MANAGERS.has(program);
}

function isAbsolute(word: string | null): boolean {
  return word !== null && (word.startsWith("/") || word.startsWith("-") || word.startsWith("~"));
}

/** Modes, owners and texts for `echo` are no paths, but a bare name may be one. */
function takesAbsolutePaths({ words }: ShellCommand, program: string): boolean {
  const operands = words.filter((word) => word === null || !word.startsWith("-"));
  if (program === "echo" || program === "printf" || program === "set") return true;
  const isOwnerOrMode = program === "chmod" || program === "chown" || program === "chgrp";
  return operands.slice(isOwnerOrMode ? 1 : 0).every(isAbsolute);
}

function isIndependent(command: ShellCommand): boolean {
  if (
    !command.redirects.every(
      ({ target, operator }) => operator.includes("&") || operator.startsWith("<<") || isAbsolute(target),
    )
  )
    return false;
  if (isPackageManager(command))
    return command.words.every((word) => word !== null && !word.startsWith("./") && !word.includes(".apk"));
  const program = programOf(command);
  if (program === null) return command.words.length === 0 && command.assignments.length > 0;
  return TAKES_NO_PATHS.has(program) || (TAKES_PATHS.has(program) && takesAbsolutePaths(command, program));
}

function startsWithAbsoluteCd({ commands }: ShellScript): boolean {
  const [first] = commands;
  return (
    first?.name === "cd" &&
    first.always &&
    first.depth === 0 &&
    first.words.length === 1 &&
    isAbsolute(first.words[0] ?? null)
  );
}

/** Whether a script may do something else in another working directory. */
export function dependsOnDirectory(script: ShellScript): boolean {
  if (!script.complete) return true;
  return !startsWithAbsoluteCd(script) && !script.commands.every(isIndependent);
}
