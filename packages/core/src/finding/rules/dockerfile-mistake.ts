import type { Rule } from "../rule.ts";

/** What is wrong in the Dockerfile itself and cannot be seen in any image. */
export const dockerfileMistake: Rule = {
  id: "dockerfile-mistake",
  title: "mistakes that only the Dockerfile shows",
  about:
    "A Dockerfile says something that cannot work, or that frees nothing: a misspelt command that stops the build, an apk del " +
    "in another RUN than its apk add --virtual, an apk update before --no-cache. Looked for where a Dockerfile is given.",
  severity: "error",
  confidence: "high",
  related: [],
  *find({ build }) {
    for (const { line, message } of build.problems) {
      yield {
        title: message,
        key: message,
        paths: [],
        layers: [],
        line,
        fix: {
          kind: "none",
          text: `Line ${line} of ${build.dockerfile} needs a look.`,
          image: [],
          build: [],
          assumes: [],
        },
      };
    }
  },
};
