import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inContainer, liveBytes, madeImages, sumLines } from "./attribution.ts";
import { builtImages } from "./built-images.ts";
import { analyze, CORPUS, docker, hasCorpus, hasEngine, imgweigh, temporaryDirectory, why } from "./tools.ts";

const { nameOf } = madeImages();
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(() => folder.remove());

async function whyPath(target: string, path: string): Promise<{ owner: string | null; liveBytes: number }> {
  const { code, stdout } = await imgweigh(["why", target, path, "--format", "json"]);
  return code === 0 ? JSON.parse(stdout.toString()) : { owner: null, liveBytes: 0 };
}

/** The engine puts its own in their place, so that a container cannot tell what they weigh in the image. */
const ENGINES_FILES = ["etc/hosts", "etc/hostname", "etc/resolv.conf"];

const APK_FILES = `
for package in $(apk info -q); do
  echo "$package - 0"
  apk info -q -L "$package" | while read -r file; do
    case " ${ENGINES_FILES.join(" ")} " in *" $file "*) continue ;; esac
    if [ -f "/$file" ] && [ ! -h "/$file" ]; then echo "$package $(stat -c '%i %s' "/$file")"; fi
  done
done`;

/** `busybox-1.36.1-r29` as apk prints it, without its version. */
function apkName(text: string): string {
  // A virtual package's version is the time at which it was made, 0 in older versions of apk.
  return text.replace(/-(?:[^-]+-r\d+|\d{8}\.\d{6}|0)$/, "");
}

const built = await builtImages();

describe.skipIf(!hasEngine || !hasCorpus)("Alpine, against its own apk", () => {
  const images = built.images.filter((name) => /\/(?:tiny-|run-deps)/.test(name));
  beforeAll(async () => {
    for (const version of ["3.7.3", "3.20.3"]) {
      const image = nameOf(`alpine-${version}`);
      await docker("import", join(CORPUS, "rootfs", `alpine-minirootfs-${version}-x86_64.tar.gz`), image);
      images.push(image);
    }
  });

  test("packages weigh what apk info -L and stat say", async () => {
    expect(images.length).toBeGreaterThan(1);
    for (const image of images) {
      const expected = sumLines(await inContainer(image, APK_FILES));
      for (const path of ENGINES_FILES) {
        const { owner, liveBytes: bytes } = await whyPath(`docker:${image}`, `/${path}`);
        const name = owner?.replace("apk/", "") ?? "";
        if (expected[name] !== undefined) expected[name] += bytes;
      }
      expect(liveBytes(await analyze([`docker:${image}`]), "apk"), image).toEqual(expected);
    }
  });

  test("packages are there for what apk info -r and their install_if rules say", async () => {
    for (const image of images) {
      // apk info tells install_if of packages in repositories only.
      const rule = `sed -n "/^P:$package$/,/^$/s/^i://p" /lib/apk/db/installed | sed "s/[=<>~][^ ]*//g"`;
      const needers = `$(apk info -q -r "$package") $(${rule})`;
      const script = `for package in $(apk info -q); do echo "$package:" ${needers}; done`;
      const lines = (await inContainer(image, script)).trim().split("\n");
      const expected = lines.map((line) => {
        const [name = "", ...needed] = line.split(/:? +|:$/).filter((word) => word !== "");
        return [name, [...new Set(needed.map(apkName))].sort()] as const;
      });
      const { packages } = await analyze([`docker:${image}`]);
      const told = packages
        .filter(({ installed, ecosystem }) => installed && ecosystem === "apk")
        .map(({ name, requiredBy }) => [name, requiredBy.map((key) => key.replace("apk/", ""))] as const);
      expect(Object.fromEntries(told), image).toEqual(Object.fromEntries(expected));
    }
  });

  test("removing each package frees what apk del -s purges", async () => {
    for (const image of images.slice(-1)) {
      const file = join(folder.path, "alpine.tar");
      await docker("save", "-o", file, image);
      const names = (await inContainer(image, "apk info -q")).trim().split("\n");
      const dryRun = (name: string): string => `echo "= ${name}"; apk del -s --no-network ${name} 2>&1`;
      const sections = (await inContainer(image, `${names.map(dryRun).join("\n")}\ntrue`)).split(/^= /m).slice(1);
      for (const [i, section] of sections.entries()) {
        const { removal } = await why(file, `apk/${names[i]}`);
        const purged = [...section.matchAll(/Purging (\S+)/g)].map(([, name]) => `apk/${name}`);
        expect([names[i], removal?.freed.map(({ key }) => key).sort()]).toEqual([names[i], purged.sort()]);
      }
    }
  });

  test("removing a package frees what is gone after a real apk del", async () => {
    const counts: number[][] = [];
    for (const image of images.slice(-2)) {
      const file = join(folder.path, "alpine-del.tar");
      await docker("save", "-o", file, image);
      const ofImage: number[] = [];
      // Others need busybox and musl, so that they stay; in 3.7.3 two others go when busybox is no longer asked for.
      for (const name of ["alpine-baselayout", "apk-tools", "busybox", "musl"]) {
        // Not apk info: apk itself may be gone.
        const list = "sed -n s/^P://p /lib/apk/db/installed";
        const script = `${list}; echo =; apk del --no-network ${name} > /dev/null 2>&1; ${list}`;
        const sections = (await inContainer(image, script)).split("=\n").map((text) => text.trim().split("\n"));
        const [before = [], after = []] = sections;
        expect(after).toContain("musl");
        const gone = before.filter((other) => !after.includes(other));
        const { removal } = await why(file, `apk/${name}`);
        const freed = removal?.freed.map(({ key }) => key.replace("apk/", ""));
        expect([image, name, freed?.sort()]).toEqual([image, name, gone.sort()]);
        ofImage.push(gone.length);
      }
      counts.push(ofImage);
    }
    // In order of the images: 3.7.3, 3.20.3.
    expect(counts).toEqual([
      [1, 6, 2, 0],
      [3, 6, 0, 0],
    ]);
  });
});
