import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type AnalysisJson, docker, PREFIX, ran } from "./tools.ts";

/** Whose bytes they are, against what the package managers themselves say where they live: inside a container. */
export interface MadeImages {
  /** The whole name of an image that is removed when the file's tests are over. */
  nameOf(name: string): string;
  build(name: string, lines: readonly string[], context: string): Promise<string>;
}

/** Images of one test file. */
export function madeImages(): MadeImages {
  const made: string[] = [];
  afterAll(async () => {
    if (made.length > 0) await docker("rmi", ...made.reverse());
  });
  const nameOf = (name: string): string => {
    const whole = `${PREFIX}/attribution-${name}`;
    made.push(whole);
    return whole;
  };
  return {
    nameOf,
    async build(name, lines, context) {
      const image = nameOf(name);
      await writeFile(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
      await ran("docker", ["build", "--no-cache", "--network", "host", "-t", image, context], {
        env: { DOCKER_BUILDKIT: "0" },
      });
      return image;
    },
  };
}

export async function inContainer(image: string, script: string): Promise<string> {
  const options = ["--rm", "--network", "none", "-e", "LC_ALL=C", "--entrypoint", "/bin/sh"];
  return (await docker("run", ...options, image, "-c", script)).toString();
}

/** Sums lines of `package inode bytes`; a file with several names counts once. */
export function sumLines(text: string): Record<string, number> {
  const sums: Record<string, number> = {};
  const seen = new Set<string>();
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const [name = "", inode = "", bytes] = line.split(" ");
    sums[name] ??= 0;
    if (!seen.has(inode)) sums[name] += Number(bytes);
    if (inode !== "-") seen.add(inode);
  }
  return sums;
}

export function liveBytes({ packages }: AnalysisJson, ecosystem: string): Record<string, number> {
  const rows = packages.filter((row) => row.ecosystem === ecosystem && row.installed);
  return Object.fromEntries(rows.map(({ name, liveBytes: bytes }) => [name, bytes]));
}
