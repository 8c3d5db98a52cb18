import type { LayerSpec } from "../support/image-builder.ts";
import { dir, file, filler, hardlink, opaque, whiteout } from "../support/tar-bytes.ts";

const CHANGED: LayerSpec = {
  // etc/config again with the same content, app/data with other content of another length.
  entries: [file("etc/config", filler(100, 1), { mode: 0o600 }), file("app/data", filler(6000, 4))],
  createdBy: "RUN /bin/sh -c chmod 600 /etc/config # buildkit",
  compression: "zstd-skippable",
};

/** Five layers with every fate in them; the last is the second one again. */
export const REFERENCE_LAYERS: readonly LayerSpec[] = [
  {
    entries: [
      dir("etc"),
      file("etc/config", filler(100, 1)),
      file("etc/version", "version 01"),
      dir("app"),
      file("app/bin", filler(300_000, 2)),
      file("app/data", filler(5000, 3)),
      hardlink("app/link", "app/data"),
      dir("var"),
      dir("var/cache"),
      file("var/cache/index", filler(2000, 5)),
    ],
    createdBy: "COPY rootfs / # buildkit",
    compression: "gzip",
  },
  CHANGED,
  {
    entries: [
      whiteout("var/cache"),
      file("etc/version", "version 02"),
      file("tmp/x", "ten bytes!"),
      file("tmp/x", "twenty bytes, exact!"),
    ],
    createdBy: "RUN /bin/sh -c rm -rf /var/cache # buildkit",
    compression: "gzip-members",
  },
  {
    entries: [opaque("app"), file("app/new", filler(77, 6))],
    createdBy: "RUN /bin/sh -c rm -rf /app && make-new # buildkit",
    compression: "zstd",
  },
  CHANGED,
];

/** Worked out by hand from the entries above. */
export const EXPECTED = {
  contentBytes: 307_110 + 6100 + 40 + 77 + 6100,
  rootfsBytes: 100 + 6000 + 20 + 77 + 10,
  layers: [
    // Ten headers; 512 + 512 + 300,032 + 5,120 + 2,048 of padded content; 1,024 for the end.
    { entries: 10, contentBytes: 307_110, tarBytes: 10 * 512 + 308_224 + 1024, liveBytes: 0 },
    { entries: 2, contentBytes: 6100, tarBytes: 2 * 512 + 512 + 6144 + 1024, liveBytes: 0 },
    { entries: 4, contentBytes: 40, tarBytes: 4 * 512 + 3 * 512 + 1024, liveBytes: 30 },
    { entries: 2, contentBytes: 77, tarBytes: 2 * 512 + 512 + 1024, liveBytes: 77 },
    { entries: 2, contentBytes: 6100, tarBytes: 2 * 512 + 512 + 6144 + 1024, liveBytes: 6100 },
  ],
  tarBytes: 314_368 + 8704 + 4608 + 2560 + 8704,
  waste: {
    bytes: 313_220,
    overwrittenBytes: 10,
    metadataOnlyBytes: 200,
    deletedBytes: 2000,
    // app/bin, the second app/data, and the first one, which app/link had kept alive.
    opaqueHiddenBytes: 300_000 + 6000 + 5000,
    duplicateEntryBytes: 10,
  },
  wasted: [
    { path: "/app/bin", bytes: 300_000, fate: "opaque-hidden", addedIn: 0, removedIn: 3 },
    { path: "/app/data", bytes: 6000, fate: "opaque-hidden", addedIn: 1, removedIn: 3 },
    { path: "/app/data", bytes: 5000, fate: "opaque-hidden", addedIn: 0, removedIn: 3 },
    { path: "/var/cache/index", bytes: 2000, fate: "deleted", addedIn: 0, removedIn: 2 },
    { path: "/etc/config", bytes: 100, fate: "metadata-only", addedIn: 0, removedIn: 1 },
    { path: "/etc/config", bytes: 100, fate: "metadata-only", addedIn: 1, removedIn: 4 },
    { path: "/etc/version", bytes: 10, fate: "overwritten", addedIn: 0, removedIn: 2 },
    { path: "/tmp/x", bytes: 10, fate: "duplicate-entry", addedIn: 2, removedIn: 2 },
  ],
  directories: [
    { key: "/app", contentBytes: 317_077, liveBytes: 6077, wastedBytes: 311_000 },
    { key: "/var/cache", contentBytes: 2000, liveBytes: 0, wastedBytes: 2000 },
    { key: "/etc", contentBytes: 320, liveBytes: 110, wastedBytes: 210 },
    { key: "/tmp", contentBytes: 30, liveBytes: 20, wastedBytes: 10 },
  ],
} as const;
