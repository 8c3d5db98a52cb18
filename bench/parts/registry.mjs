import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../measuring/child.mjs";
import { interleave } from "../measuring/interleave.mjs";
import { weighing } from "../measuring/program.mjs";
import { whereIs } from "../measuring/tools.mjs";
import { assertComplete, printMeasured } from "../report/table.mjs";
import { startRegistry } from "./docker-registry.mjs";

const PLAIN_HTTP = ["--dest-tls-verify=false", "--src-tls-verify=false"];

async function contestantsOf({ host, layout, folder }) {
  const reference = `${host}/bench/app:1`;
  const skopeo = ["skopeo", "copy", "--quiet", "--insecure-policy", ...PLAIN_HTTP];
  await run(...skopeo, `oci:${layout}:latest`, `docker://${reference}`);
  const copy = join(folder, "copy");
  const cache = join(folder, "registry cache");
  const emptied = (path, make) => async () => {
    await rm(path, { recursive: true, force: true });
    if (make) await mkdir(path);
  };
  const target = `registry:${reference}`;
  const weighed = await weighing({ name: "imgweigh, every layer cached", target, cache, folder });
  return [
    {
      name: "skopeo copy to a directory",
      command: [...skopeo, `docker://${reference}`, `dir:${copy}`],
      before: emptied(copy, false),
      after: emptied(copy, false),
    },
    { ...weighed, name: "imgweigh, empty cache", before: emptied(cache, true) },
    weighed,
  ];
}

async function measure({ runs, folder, images }) {
  const missing = ["docker-registry", "skopeo"].filter((program) => whereIs(program) === null);
  if (missing.length > 0) return { text: `Not measured: ${missing.join(", ")} not installed.\n`, goals: [] };
  const layout = await images.layout("again 20000", "gzip");
  const registry = await startRegistry(folder);
  try {
    const contestants = await contestantsOf({ host: registry.host, layout, folder });
    const results = await interleave(contestants, { runs, folder });
    assertComplete(
      results,
      contestants.map(({ name }) => name),
    );
    return { text: printMeasured(results), goals: [] };
  } finally {
    await registry.stop();
  }
}

export const registry = {
  name: "registry",
  title: "From a registry on this machine: 20,000 entries, 1.5 GB (gzip)",
  measure,
};
