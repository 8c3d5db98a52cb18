import type { BuildStep } from "../../../build/build.ts";
import type { ImagePath } from "../../../image-path.ts";
import type { RunConfig } from "../../../oci/run-config.ts";
import { trimBothEndsOf } from "../../../trim-ends.ts";
import type { MainProgram } from "./main-program.ts";

/** What engines set where the config does not (moby `system.DefaultPathEnv`). */
const DEFAULT_PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/** Set by official images about the tools that they bring; no program at run time looks at them. */
const TOOLCHAIN_VARIABLES =
  /^(?:GOLANG_VERSION|GOTOOLCHAIN|GOPATH|GOROOT|GOCACHE|GO111MODULE|GOFLAGS|CGO_ENABLED|GOOS|GOARCH|RUST_VERSION|RUSTUP_HOME|CARGO_HOME|GCC_[A-Z_]*|DEBIAN_FRONTEND)$/;

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\$]/g, "\\$&")}"`;
}

function list(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;
}

/** PATH as far as its directories exist in the new image, or null where that is what engines set anyway. */
function pathOf(value: string, directories: ReadonlySet<ImagePath>): string | null {
  const kept = value
    .split(":")
    .filter((directory) => DEFAULT_PATH.includes(directory) || directories.has(trimBothEndsOf(directory, "/")));
  const extra = kept.filter((directory) => !DEFAULT_PATH.includes(directory));
  return extra.length === 0 ? null : kept.join(":");
}

/** What the new stage has before its own instructions. */
export interface StageSurroundings {
  /** Directories that will have files. */
  readonly directories: ReadonlySet<ImagePath>;
  /** Steps of the build, where the new stage has the same base and so inherits what its steps set; null on scratch. */
  readonly inherited: readonly BuildStep[] | null;
}

function environment(run: RunConfig, { directories, inherited }: StageSurroundings): string[] {
  const base = (inherited ?? []).filter(({ inBase }) => inBase).map(({ instruction }) => instruction.text);
  return run.env.flatMap((entry) => {
    const equals = entry.indexOf("=");
    const name = entry.slice(0, equals);
    const value = entry.slice(equals + 1);
    if (equals <= 0 || /[\r\n]/.test(entry) || TOOLCHAIN_VARIABLES.test(name)) return [];
    if (base.some((text) => text.startsWith("ENV ") && text.includes(entry))) return [];
    const kept = name === "PATH" ? pathOf(value, directories) : value;
    return kept === null ? [] : [`ENV ${name}=${quoted(kept)}`];
  });
}

function plainCommands(
  { commands: { entrypoint, cmd, healthcheck } }: MainProgram,
  flags: readonly string[],
): string[] {
  return [
    ...(healthcheck === null ? [] : [["HEALTHCHECK", ...flags, "CMD", list(healthcheck)].join(" ")]),
    ...(entrypoint === null ? [] : [`ENTRYPOINT ${list(entrypoint)}`]),
    ...(cmd === null ? [] : [`CMD ${list(cmd)}`]),
  ];
}

/** As the config has them, shells included. */
function givenCommands({ healthcheck, healthcheckFlags, entrypoint, cmd }: RunConfig): string[] {
  const [kind, ...words] = healthcheck ?? [];
  const check = kind === "NONE" ? "NONE" : kind === "CMD-SHELL" ? `CMD ${words[0] ?? ""}` : `CMD ${list(words)}`;
  return [
    ...(kind === undefined ? [] : [["HEALTHCHECK", ...(kind === "NONE" ? [] : healthcheckFlags), check].join(" ")]),
    ...(entrypoint === null ? [] : [`ENTRYPOINT ${list(entrypoint)}`]),
    ...(cmd === null ? [] : [`CMD ${list(cmd)}`]),
  ];
}

/** The instructions of a final stage that give it the config of the image, in the order that authors write them. */
export function stageLines(run: RunConfig, program: MainProgram, surroundings: StageSurroundings): string[] {
  const commands = surroundings.inherited === null ? plainCommands(program, run.healthcheckFlags) : givenCommands(run);
  return [
    ...environment(run, surroundings),
    ...(run.workingDir === null || run.workingDir === "/" ? [] : [`WORKDIR ${run.workingDir}`]),
    ...(run.volumes.length === 0 ? [] : [`VOLUME ${list(run.volumes)}`]),
    ...(run.exposedPorts.length === 0 ? [] : [`EXPOSE ${run.exposedPorts.join(" ")}`]),
    ...(run.user === null ? [] : [`USER ${run.user}`]),
    ...(run.stopSignal === null ? [] : [`STOPSIGNAL ${run.stopSignal}`]),
    ...commands,
  ];
}
