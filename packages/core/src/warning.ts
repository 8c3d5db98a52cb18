/**
 * Odd but usable input. Codes are stable; `docs/warnings.md` explains each.
 */
export const WARNING_CODES = {
  "aufs-metadata": "A layer carries AUFS bookkeeping (.wh..wh.*), which engines ignore",
  "conflicting-manifests": "manifest.json and index.json of one archive do not describe the same images",
  "dangling-hardlink": "A hard link points to a path that does not exist when it is unpacked",
  "dockerfile-mismatch": "The given Dockerfile is not, or not wholly, what the image was built from",
  "evidence-not-read":
    "Programs or archives of a layer that was listed by its table of contents were not looked into (--verify reads all)",
  "history-mismatch": "The config's history does not fit its layers, so instructions are uncertain or unknown",
  "implied-directory-over-file": "A file is replaced by the directory that a later entry needs as its parent",
  "invalid-whiteout": "A whiteout names nothing (.wh., .wh.. or .wh...), so it is ignored",
  "lone-zero-block": "A single zero block stands between entries, where the format wants none or two",
  "media-type-mismatch": "A layer's media type names another compression than its bytes show",
  "missing-interpreter": "A program asks for an interpreter that the image does not have, so it cannot start",
  "not-verified": "Contents were not read (--no-verify), so rewrites and metadata-only copies cannot be told apart",
  "package-database": "A package database is damaged or odd, so owners may be missing or wrong",
  "path-traversal": "A name leaves the root with '..'; engines clamp or refuse it",
  "symlink-loop": "A path crosses more than 40 symbolic links, so it is taken literally",
  "unusable-image": "The source lists an image that cannot be read, beside the one that was chosen",
  "unterminated-tar": "A layer ends without end-of-archive blocks, but its digest is right",
} as const;

/** A kind of warning by its name. */
export type WarningCode = keyof typeof WARNING_CODES;

/** Something odd about an image, that did not keep it from being weighed. */
export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
  /** 0-based layer, where it concerns one. */
  readonly layer: number | null;
  readonly path: string | null;
}
