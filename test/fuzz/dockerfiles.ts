import { script } from "./images.ts";
import { mutatedText, oddText, word } from "./mutate.ts";
import type { Random } from "./random.ts";

function line(random: Random): string {
  switch (random.upTo(9)) {
    case 0:
      return `FROM ${word(random)}${random.chance(0.5) ? ` AS ${word(random)}` : ""}`;
    case 1:
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the Dockerfile
      return `ENV ${word(random)}=${random.pick(["a", '"b c"', "'d", "\\ e", "$A", "${A:-b}", '"'.repeat(9)])} X=1`;
    case 2:
      return `ARG ${word(random)}=${word(random)}`;
    case 3:
      return `COPY ${random.pick(["", "--from=0 ", "--chown=1:1 "])}${word(random)} /${word(random)}/`;
    case 4:
      return `WORKDIR ${random.chance(0.5) ? "/" : ""}${word(random)}`;
    case 5:
      return `RUN <<E\n${script(random)}\nE`;
    case 6:
      return `RUN ["${word(random)}", "${word(random)}"]`;
    case 7:
      return `RUN ${script(random).replaceAll("\n", " \\\n  # why\n  ")}`;
    case 8:
      return `${random.pick(["USER", "CMD", "ENTRYPOINT", "LABEL", "SHELL", "HEALTHCHECK", "ONBUILD", "EXPOSE", "VOLUME"])} ${word(random)} ${oddText(random)}`;
    default:
      return `RUN ${script(random)}`;
  }
}

/** A Dockerfile, more or less. */
export function dockerfileText(random: Random): string {
  const lines = [random.chance(0.9) ? "FROM alpine:3.20" : "", ...random.some(14, () => line(random))];
  const text = `${random.chance(0.2) ? "# escape=`\n" : ""}${lines.join(random.chance(0.9) ? "\n" : "\r\n")}\n`;
  return random.chance(0.4) ? mutatedText(random, text) : text;
}
