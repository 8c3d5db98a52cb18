import { buildImage, dockerArchiveFiles, type Files, ociFiles, packFiles } from "../support/image-builder.ts";
import { mutatedJson, oddText, word } from "./mutate.ts";
import type { Random } from "./random.ts";
import { entries } from "./tars.ts";

const OPENINGS = ["$(", "$((", "${x:-", "`", "(", "{ ", "if ", "<<E\n", '"', "'", "| ", "&& ", "; ", "\n"];
const PROGRAMS = [
  "apk add",
  "apk del",
  "apt-get install -y",
  "rm -rf /var/cache",
  "curl -o x",
  "tar -xzf",
  "set -e",
  "pip install",
];

/** Shell, more or less. */
export function script(random: Random): string {
  return random
    .some(8, () =>
      random.chance(0.4)
        ? random.pick(OPENINGS).repeat(1 + random.upTo(6))
        : `${random.pick(PROGRAMS)} ${random.some(4, () => word(random)).join(" ")} ${random.pick(["&&", ";", "||", "|", ""])} `,
    )
    .join("");
}

function history(random: Random) {
  return random.some(12, () => ({
    created_by: random.pick([
      `/bin/sh -c ${script(random)}`,
      `|1 A=${word(random)} /bin/sh -c ${script(random)}`,
      `RUN ${script(random)} # buildkit`,
      `/bin/sh -c #(nop) COPY file:${"0a".repeat(32)} in ${word(random)} `,
      `COPY ${word(random)} /${word(random)} # buildkit`,
      oddText(random),
    ]),
    ...(random.chance(0.4) && { empty_layer: true }),
  }));
}

/** The files of an archive of one image, its documents and layers made at random. */
export function imageFiles(random: Random): Files {
  const layers = Array.from({ length: 1 + random.upTo(3) }, () => ({
    entries: entries(random),
    compression: random.pick(["none", "gzip", "zstd"] as const),
  }));
  const config = {
    Env: random.some(4, () => `${word(random)}=${word(random)}`),
    Cmd: random.some(3, () => word(random)),
    WorkingDir: `/${word(random)}`,
    User: word(random),
  };
  const image = buildImage({
    layers,
    names: random.chance(0.5) ? ["app:1"] : [],
    ...(random.chance(0.6) && { history: history(random) }),
    config: { config },
  });
  const files = random.chance(0.5)
    ? ociFiles([image])
    : dockerArchiveFiles([image], random.pick(["classic", "docker25", "podman", "kaniko"]));
  if (random.chance(0.3)) damageDocument(random, files);
  return files;
}

/** One of the documents gets other members. */
export function damageDocument(random: Random, files: Files): void {
  const documents = [...files].filter(
    ([, content]) =>
      (content instanceof Uint8Array && content[0] === 0x7b) || (content instanceof Uint8Array && content[0] === 0x5b),
  );
  if (documents.length === 0) return;
  const [name, content] = random.pick(documents);
  try {
    files.set(name, Buffer.from(JSON.stringify(mutatedJson(random, JSON.parse(String(content))))));
  } catch {
    // A layer may begin with a brace.
  }
}

export function imageArchive(random: Random): Buffer {
  return packFiles(imageFiles(random));
}
