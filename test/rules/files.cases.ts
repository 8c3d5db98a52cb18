import type { RuleCase } from "../support/rule-case.ts";
import { file } from "../support/tar-bytes.ts";

export const FILE_CASES: readonly RuleCase[] = [
  {
    rule: "tmp-files",
    fires: {
      layers: [
        { by: "COPY dir:1 in /", entries: [file("app", "a".repeat(100))] },
        {
          by: "RUN fetch && make",
          entries: [file("tmp/archive", "t".repeat(3000)), file("var/tmp/x", "x".repeat(50)), file("out", "o")],
        },
      ],
    },
    fixed: {
      layers: [
        { by: "COPY dir:1 in /", entries: [file("app", "a".repeat(100))] },
        { by: "RUN fetch && make && rm -rf /tmp/* /var/tmp/*", entries: [file("out", "o")] },
      ],
    },
    nearMiss: { layers: [{ by: "RUN make", entries: [file("opt/tmp/x", "x".repeat(50)), file("tmp/empty", "")] }] },
  },
];
