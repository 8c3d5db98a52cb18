#!/usr/bin/env node
import process from "node:process";
import { parseArgs } from "node:util";
import { plainLayers } from "./images/plain-layers.mjs";
import { tarOf } from "./images/tar-bytes.mjs";
import { writeImage } from "./images/write-image.mjs";

const USAGE = `Writes an image of any size, without ever holding it in memory. The same arguments give the same bytes.

  node bench/generate.mjs --out FILE [options]

  --layers       layers (1)
  --files        regular files in each layer (1000)
  --entries      regular files in all layers together, instead of --files
  --bytes        content bytes of each file (1000)
  --skewed       --bytes is their mean: most are small, one of a hundred is large
  --depth        directories above each file (2)
  --dead         share of each layer's files that the next layer stores again or removes (0)
  --compression  none, gzip or zstd (none)
  --form         docker-archive, oci-archive or oci-layout, a folder (docker-archive without compression, else
                 oci-archive)
  --name         the image's name (imgweigh-test/generated:latest)
`;

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    layers: { type: "string", default: "1" },
    files: { type: "string", default: "1000" },
    entries: { type: "string" },
    bytes: { type: "string", default: "1000" },
    skewed: { type: "boolean", default: false },
    depth: { type: "string", default: "2" },
    dead: { type: "string", default: "0" },
    compression: { type: "string", default: "none" },
    form: { type: "string" },
    name: { type: "string", default: "imgweigh-test/generated:latest" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help || values.out === undefined) {
  console.log(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  const { out, compression, name, skewed } = values;
  const layers = Number(values.layers);
  const files = values.entries === undefined ? Number(values.files) : Math.ceil(Number(values.entries) / layers);
  const shape = { layers, files, bytes: Number(values.bytes), depth: Number(values.depth), dead: Number(values.dead) };
  const form = values.form ?? (compression === "none" ? "docker-archive" : "oci-archive");
  const chunks = plainLayers({ ...shape, skewed }).map((entries) => () => tarOf(entries()));
  await writeImage({ out, form, compression, name, layers: chunks });
}
