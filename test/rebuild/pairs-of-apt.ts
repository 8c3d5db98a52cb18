import type { Pair } from "./pair.ts";

const SOURCE = {
  "hello.c": { content: '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n' },
  Makefile: { content: "hello: hello.c\n\tgcc -O2 -s -o hello hello.c\n" },
};

export const APT_PAIRS: readonly Pair[] = [
  {
    name: "apt-lists",
    title: "package lists left by apt-get update",
    base: "debian",
    rules: ["apt-lists"],
    exact: true,
    gate: true,
    wasteful: [
      "FROM BASE",
      "RUN apt-get update && apt-get install -y --no-install-recommends less",
      'CMD ["less", "--version"]',
    ],
    byHand: [
      "FROM BASE",
      "RUN apt-get update && apt-get install -y --no-install-recommends less && rm -rf /var/lib/apt/lists/*",
      'CMD ["less", "--version"]',
    ],
  },
  {
    name: "apt-lists-deleted-later",
    title: "package lists deleted in a RUN of their own",
    base: "debian",
    rules: ["apt-split-purge"],
    exact: true,
    wasteful: [
      "FROM BASE",
      "RUN apt-get update",
      "RUN apt-get install -y --no-install-recommends less",
      "RUN rm -rf /var/lib/apt/lists/*",
      'CMD ["less", "--version"]',
    ],
    byHand: [
      "FROM BASE",
      "RUN apt-get update && apt-get install -y --no-install-recommends less && rm -rf /var/lib/apt/lists/*",
      'CMD ["less", "--version"]',
    ],
  },
  {
    name: "apt-archives",
    title: "package archives left, where the settings of the official image are gone",
    base: "debian",
    rules: ["apt-archives"],
    exact: true,
    wasteful: [
      "FROM BASE",
      "RUN rm /etc/apt/apt.conf.d/docker-clean",
      "RUN apt-get update && apt-get install -y --no-install-recommends less && rm -rf /var/lib/apt/lists/*",
      'CMD ["less", "--version"]',
    ],
    byHand: [
      "FROM BASE",
      "RUN apt-get update && apt-get install -y --no-install-recommends less && rm -rf /var/lib/apt/lists/*",
      'CMD ["less", "--version"]',
    ],
  },
  {
    name: "apt-recommends",
    title: "recommended packages that nobody asked for",
    base: "debian",
    rules: ["apt-recommends"],
    exact: false,
    gate: true,
    wasteful: [
      "FROM BASE",
      "RUN apt-get update && apt-get install -y procps && rm -rf /var/lib/apt/lists/*",
      'CMD ["ps", "--version"]',
    ],
    byHand: [
      "FROM BASE",
      "RUN apt-get update && apt-get install -y --no-install-recommends procps && rm -rf /var/lib/apt/lists/*",
      'CMD ["ps", "--version"]',
    ],
  },
  {
    name: "apt-toolchain",
    title: "a compiler installed for good",
    base: "debian",
    rules: ["apt-toolchain"],
    exact: false,
    context: async () => SOURCE,
    wasteful: [
      "FROM BASE",
      "RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*",
      "COPY hello.c Makefile /src/",
      "RUN cd /src && make && cp hello /usr/local/bin/",
      'CMD ["hello"]',
    ],
    byHand: [
      "FROM BASE",
      "COPY hello.c Makefile /src/",
      "RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/* \\",
      " && cd /src && make && cp hello /usr/local/bin/ \\",
      " && apt-get purge -y --auto-remove gcc libc6-dev make",
      'CMD ["hello"]',
    ],
  },
  {
    name: "apt-purged-later",
    title: "a compiler purged in another RUN, package lists and logs left",
    base: "debian",
    rules: ["apt-split-purge"],
    exact: false,
    context: async () => SOURCE,
    wasteful: [
      "FROM BASE",
      "RUN apt-get update && apt-get install -y build-essential",
      "COPY hello.c Makefile /src/",
      "RUN cd /src && make && cp hello /usr/local/bin/",
      "RUN apt-get purge -y --auto-remove build-essential",
      'CMD ["hello"]',
    ],
    byHand: [
      "FROM BASE",
      "COPY hello.c Makefile /src/",
      "RUN apt-get update && apt-get install -y build-essential \\",
      " && cd /src && make && cp hello /usr/local/bin/ \\",
      " && apt-get purge -y --auto-remove build-essential && rm -rf /var/lib/apt/lists/*",
      'CMD ["hello"]',
    ],
  },
];
