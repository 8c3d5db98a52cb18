import { ImgweighError } from "../errors.ts";
import { type Digest, parseDigest } from "./digest.ts";
import { asList, asObject, asText, asTextMap, isObject, type JsonObject } from "./json.ts";
import { type Platform, readPlatform } from "./platform.ts";
import { type RunConfig, readRunConfig } from "./run-config.ts";

/** One `history` entry of a config (image-spec config.md). */
export interface HistoryEntry {
  readonly createdBy: string | null;
  readonly comment: string | null;
  readonly author: string | null;
  readonly created: string | null;
  readonly emptyLayer: boolean;
}

/** An image config (image-spec config.md), as far as it is used. */
export interface ImageConfig {
  readonly platform: Platform | null;
  readonly diffIds: readonly Digest[];
  /** Empty where the config has none. */
  readonly history: readonly HistoryEntry[];
  readonly labels: ReadonlyMap<string, string>;
  readonly run: RunConfig;
}

function readHistory(value: unknown): HistoryEntry {
  const entry: JsonObject = isObject(value) ? value : {};
  return {
    createdBy: asText(entry["created_by"]),
    comment: asText(entry["comment"]),
    author: asText(entry["author"]),
    created: asText(entry["created"]),
    emptyLayer: entry["empty_layer"] === true,
  };
}

/** @throws {ImgweighError} ARCHIVE_MALFORMED, NOT_AN_IMAGE where there is no `rootfs`. */
export function readConfig(value: unknown, where: string): ImageConfig {
  const object = asObject(value, where);
  const rootfs = object["rootfs"];
  if (!isObject(rootfs)) {
    throw new ImgweighError("NOT_AN_IMAGE", `${where} has no rootfs, so it is not the config of a container image`);
  }
  const runtime = object["config"];
  return {
    platform: readPlatform(object),
    diffIds: asList(rootfs["diff_ids"], `the diff_ids of ${where}`).map((id, i) =>
      parseDigest(id, `diff_ids[${i}] of ${where}`),
    ),
    history: asList(object["history"], `the history of ${where}`).map(readHistory),
    labels: asTextMap(isObject(runtime) ? runtime["Labels"] : null),
    run: readRunConfig(runtime),
  };
}
