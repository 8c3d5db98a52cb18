import { ImgweighError } from "../errors.ts";
import { describeArtifact } from "../oci/artifact.ts";
import { type Digest, hexOf } from "../oci/digest.ts";
import { sameReference } from "../oci/reference.ts";
import type { Warning } from "../warning.ts";
import { missing } from "./archive-contents.ts";
import { choosePlatform, type ForPlatform, fitting } from "./choose-platform.ts";
import type { Found, ImageCandidate, ImageGroup, ListedImage } from "./listed-image.ts";
import type { ImageDescription, SourceContext, SourceKind } from "./source.ts";

export interface Choice {
  readonly kind: SourceKind;
  readonly where: string;
  readonly context: Pick<SourceContext, "platform" | "allPlatforms" | "image">;
  readonly warnings: readonly Warning[];
  /** Whether looking at what an index lists costs a request: then only what may be chosen is looked at. */
  readonly remote?: boolean;
}

/** Requests that are sent side by side. */
const AT_ONCE = 6;
/** Each costs two requests. */
const MAX_LOOKED_AT_REMOTELY = 32;

function unique<T>(values: Iterable<T>): T[] {
  return [...new Set(values)];
}

function digestMatches(digest: Digest | null, wanted: string): boolean {
  if (digest === null) return false;
  return digest === wanted || (wanted.length >= 6 && hexOf(digest).startsWith(wanted.replace(/^sha\d+:/, "")));
}

/** An image of a group that was looked at. */
interface Looked extends ForPlatform {
  readonly listed: ListedImage;
  readonly image: ImageCandidate;
}

/** A group with what was found in it. */
interface Surveyed {
  readonly group: ImageGroup;
  readonly images: readonly Looked[];
  /** What is no image, or none that can be read. */
  readonly others: readonly { readonly listed: ListedImage; readonly what: Exclude<Found, { is: "image" }> }[];
}

/** By what one image of a group is chosen, whatever its platform. */
function labelOf(listed: ListedImage, image: ImageCandidate | null): string {
  return listed.digest ?? listed.place ?? image?.configDigest ?? "?";
}

/** Looks at images, a few at a time, and keeps the order. */
async function lookAt(images: readonly ListedImage[]): Promise<readonly (readonly [ListedImage, Found])[]> {
  const results: (readonly [ListedImage, Found])[] = [];
  for (let i = 0; i < images.length; i += AT_ONCE) {
    const some = images.slice(i, i + AT_ONCE);
    results.push(...(await Promise.all(some.map(async (image) => [image, await image.look()] as const))));
  }
  return results;
}

async function survey(group: ImageGroup): Promise<Surveyed> {
  const found = await lookAt(group.images);
  return {
    group,
    images: found.flatMap(([listed, what]) =>
      what.is === "image"
        ? [{ listed, image: what.image, platform: what.image.platform, label: labelOf(listed, what.image) }]
        : [],
    ),
    others: found.flatMap(([listed, what]) => (what.is === "image" ? [] : [{ listed, what }])),
  };
}

async function surveyAll(groups: readonly ImageGroup[]): Promise<readonly Surveyed[]> {
  const surveyed: Surveyed[] = [];
  for (const group of groups) surveyed.push(await survey(group));
  return surveyed;
}

function counted(texts: readonly (string | undefined)[]): ReadonlyMap<string | undefined, number> {
  const counts = new Map<string | undefined, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/** How a person would tell a group from its neighbours: by a name if it is its own, else by a digest. */
function labelsOf(groups: readonly Surveyed[]): readonly string[] {
  const names = counted(groups.map(({ group }) => group.names[0]));
  const configs = counted(groups.map(({ images: [first] }) => first?.image.configDigest));
  return groups.map(({ group, images: [first] }) => {
    const [name] = group.names;
    if (name !== undefined && names.get(name) === 1) return name;
    if (group.digest !== null) return group.digest;
    if (first === undefined) return name ?? "?";
    // Two images of one config differ in how their layers are stored; in a manifest.json only their place tells them apart.
    const { listed, image } = first;
    return listed.digest === null && configs.get(image.configDigest) === 1 ? image.configDigest : first.label;
  });
}

/** What is wrong where there is no image. */
function noImage(groups: readonly Surveyed[], where: string): ImgweighError {
  const found = groups.flatMap(({ group, others }) => others.map(({ what }) => ({ what, name: group.names[0] })));
  for (const { what } of found) if (what.is === "unusable") return what.error;
  for (const { what, name } of found) {
    if (what.is !== "artifact") continue;
    const tagged = name === undefined ? "" : `, named ${name}`;
    const message = `${where} holds ${describeArtifact(what.artifact)}${tagged}, not a container image`;
    return new ImgweighError("NOT_AN_IMAGE", message, { details: { artifact: what.artifact, name: name ?? null } });
  }
  if (found.length > 0) return missing("the manifest or config that its index names", where);
  return new ImgweighError("NOT_AN_IMAGE", `${where} lists no image`);
}

/** The groups that a name or digest means; null where that takes a look at configs. */
function byNameOrDigest(groups: readonly ImageGroup[], wanted: string): readonly ImageGroup[] {
  const named = groups.filter(({ names }) => names.some((name) => sameReference(name, wanted)));
  if (named.length > 0) return named;
  const whole = groups.filter(({ digest }) => digestMatches(digest, wanted));
  const single = membersBy(groups, ({ digest, place }) => digestMatches(digest, wanted) || place === wanted);
  return [...whole, ...single];
}

/** Single images out of their groups, each with the names that lead to it. */
function membersBy(groups: readonly ImageGroup[], isMeant: (listed: ListedImage) => boolean): readonly ImageGroup[] {
  const meant = new Map<string | ListedImage, { names: string[]; image: ListedImage }>();
  for (const { names, images } of groups) {
    for (const image of images) {
      if (!isMeant(image)) continue;
      const known = meant.get(image.digest ?? image);
      if (known === undefined) meant.set(image.digest ?? image, { names: [...names], image });
      else for (const name of names) if (!known.names.includes(name)) known.names.push(name);
    }
  }
  return Array.from(meant.values(), ({ names, image }) => ({ names, digest: null, images: [image], inner: false }));
}

async function byConfig(groups: readonly ImageGroup[], wanted: string): Promise<readonly ImageGroup[]> {
  const found = new Set<ListedImage>();
  for (const [listed, what] of await lookAt(unique(groups.flatMap(({ images }) => images))))
    if (what.is === "image" && digestMatches(what.image.configDigest, wanted)) found.add(listed);
  return membersBy(groups, (listed) => found.has(listed));
}

/** The groups that may be meant. @throws {ImgweighError} IMAGE_NOT_FOUND */
async function asked(groups: readonly ImageGroup[], choice: Choice): Promise<readonly ImageGroup[]> {
  const { where, context } = choice;
  const wanted = context.image;
  if (wanted === null) return groups.filter(({ inner }) => !inner);
  const named = byNameOrDigest(groups, wanted);
  if (named.length > 0) return named;
  const configured = await byConfig(groups, wanted);
  if (configured.length > 0) return configured;
  const held = withImages(await surveyAll(groups));
  const images = labelsOf(distinct(held));
  const what = images.length === 0 ? "no image at all" : images.join(", ");
  throw new ImgweighError("IMAGE_NOT_FOUND", `${where} holds no image ${JSON.stringify(wanted)}; it holds ${what}`, {
    details: { images },
  });
}

function withImages(groups: readonly Surveyed[]): readonly Surveyed[] {
  return groups.filter(({ images }) => images.length > 0);
}

function keysOf({ images }: Surveyed): ReadonlySet<string> {
  return new Set(images.map(({ label }) => label));
}

/**
 * Single manifests without a name that stand side by side are one image for several platforms if the index gives each
 * another one; otherwise each is its own.
 */
function joined(groups: readonly Surveyed[]): readonly Surveyed[] {
  const unnamed = groups.filter(({ group }) => group.names.length === 0);
  const platforms = unnamed.map(({ group, images }) =>
    group.digest === null && images.length === 1 ? (images[0]?.listed.platform ?? null) : null,
  );
  if (unnamed.length < 2 || platforms.includes(null)) return groups;
  if (unique(platforms.map((platform) => JSON.stringify(platform))).length < unnamed.length) return groups;
  const one: Surveyed = {
    group: { names: [], digest: null, images: unnamed.flatMap(({ group }) => group.images), inner: false },
    images: unnamed.flatMap(({ images }) => images),
    others: unnamed.flatMap(({ others }) => others),
  };
  return [...groups.filter(({ group }) => group.names.length > 0), one];
}

/** Groups that lead to the same images are one image under several names. */
function merged(groups: readonly Surveyed[]): readonly Surveyed[] {
  const bySet = new Map<string, { first: Surveyed; names: Set<string>; digest: Digest | null }>();
  for (const one of groups) {
    const key = [...keysOf(one)].sort().join();
    const known = bySet.get(key);
    const { names, digest } = one.group;
    if (known === undefined) bySet.set(key, { first: one, names: new Set(names), digest });
    else {
      for (const name of names) known.names.add(name);
      known.digest ??= digest;
    }
  }
  return Array.from(bySet.values(), ({ first, names, digest }) => ({
    ...first,
    group: { ...first.group, names: [...names], digest },
  }));
}

/** One without a name of its own is no image beside one that has all of it. */
function distinct(groups: readonly Surveyed[]): readonly Surveyed[] {
  const all = merged(joined(groups));
  const keys = new Map(all.map((one) => [one, keysOf(one)]));
  const holding = new Map<string, Surveyed[]>();
  for (const [one, own] of keys) {
    for (const key of own) {
      const known = holding.get(key);
      if (known === undefined) holding.set(key, [one]);
      else known.push(one);
    }
  }
  return all.filter((one) => {
    if (one.group.names.length > 0) return true;
    const own = [...(keys.get(one) ?? [])];
    const beside = holding.get(own[0] ?? "") ?? [];
    return !beside.some((other) => other !== one && own.every((key) => keys.get(other)?.has(key)));
  });
}

/** The images of a group, and what cannot be read but is known to be for some platform. */
function poolOf({ images, others }: Surveyed): readonly (ForPlatform & { readonly error: ImgweighError | null })[] {
  const unusable = others.flatMap(({ listed, what }) =>
    what.is === "unusable" && listed.platform !== null ? [{ platform: listed.platform, error: what.error }] : [],
  );
  return [
    ...images.map(({ platform, label }) => ({ platform, image: null, label, error: null })),
    ...unusable.map((one) => ({ ...one, image: null, label: "" })),
  ];
}

/** The one group that is meant. @throws {ImgweighError} IMAGE_AMBIGUOUS, PLATFORM_MISMATCH, and why there is none */
function chooseGroup(groups: readonly Surveyed[], { where, context }: Choice): Surveyed {
  const candidates = distinct(withImages(groups));
  if (candidates.length === 0) throw noImage(groups, where);
  const wanted = context.platform;
  const fits =
    wanted === null ? candidates : candidates.filter((one) => fitting(poolOf(one), { where, wanted }).length > 0);
  const [only, ...others] = fits;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) {
    const images = candidates.flatMap((one) => one.images);
    return { group: { names: [], digest: null, images: [], inner: false }, images, others: [] };
  }
  const all = labelsOf(candidates);
  const images = fits.map((one) => all[candidates.indexOf(one)] as string);
  throw new ImgweighError("IMAGE_AMBIGUOUS", `${where} holds ${images.length} images: ${images.join(", ")}`, {
    hint: `choose one with --image, for example --image ${images[0]}`,
    details: { images },
  });
}

/** What could not be read, and was not asked for, beside what was chosen. */
function leftOut(groups: readonly Surveyed[], { where, context }: Choice): readonly Warning[] {
  if (context.image !== null) return [];
  const errors = groups.flatMap(({ others }) =>
    others.flatMap(({ what }) => (what.is === "unusable" ? [what.error] : [])),
  );
  return unique(errors).map(({ message }) => ({
    code: "unusable-image",
    message: `${where} lists an image that cannot be read: ${message}`,
    layer: null,
    path: null,
  }));
}

/** An image, or what stands in its place. */
interface Candidate extends ForPlatform {
  readonly listed: ListedImage;
}

/** The image of a group that fits. One that cannot be read is not passed over for one that fits less. */
function choosePlatformOf(chosen: Surveyed, { where, context }: Choice): Looked {
  const terms = { where, wanted: context.platform };
  const [best] = fitting(poolOf(chosen), terms);
  if (best !== undefined && best.error !== null) throw best.error;
  return choosePlatform(chosen.images, terms);
}

/** Chooses among what an index in a registry lists, looking only at what may be it. */
async function chooseRemotely(group: ImageGroup, choice: Choice): Promise<Looked> {
  const { where, context } = choice;
  const terms = { where, wanted: context.platform };
  const looked = new Map<ListedImage, Found>();
  const candidate = (listed: ListedImage): Candidate[] => {
    const what = looked.get(listed);
    if (what !== undefined && what.is !== "image") return [];
    const image = what?.image ?? null;
    return [{ listed, image, platform: image?.platform ?? listed.platform, label: labelOf(listed, image) }];
  };
  const look = async (some: readonly Candidate[]): Promise<void> => {
    for (const [listed, what] of await lookAt(some.map(({ listed }) => listed))) {
      if (what.is === "unusable") throw what.error;
      looked.set(listed, what);
    }
  };
  for (;;) {
    const pool = group.images.flatMap(candidate);
    if (pool.length === 0) {
      const others = [...looked].flatMap(([listed, what]) => (what.is === "image" ? [] : [{ listed, what }]));
      throw noImage([{ group, images: [], others }], where);
    }
    const fits = fitting(pool, terms);
    const doubtful = fits.length > 0 ? fits : pool.filter(({ platform }) => platform === null);
    const unseen = doubtful.filter(({ image }) => image === null);
    const some = unseen.slice(0, Math.max(0, MAX_LOOKED_AT_REMOTELY - looked.size));
    if (some.length > 0) {
      await look(some);
      continue;
    }
    const chosen = choosePlatform(pool, terms);
    const { image } = chosen;
    if (image !== null) return { ...chosen, image };
    await look([chosen]);
  }
}

/**
 * The one image that is meant, first; behind it the same for all other platforms where they were asked for. This is the
 * one place where images are chosen, whatever they come from.
 *
 * @throws {ImgweighError} IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, PLATFORM_MISMATCH, NOT_AN_IMAGE, LAYER_MISSING, and why the
 *   image that is meant cannot be read
 */
export async function chooseImages(
  groups: readonly ImageGroup[],
  choice: Choice,
): Promise<readonly [ImageDescription, ...ImageDescription[]]> {
  const { context } = choice;
  const meant = await asked(groups, choice);
  const every = context.allPlatforms === true && context.platform === null;
  const [only] = meant;
  if (choice.remote && !every && meant.length === 1 && only !== undefined)
    return [describe(await chooseRemotely(only, choice), only, choice, [])];
  const surveyed = await surveyAll(meant);
  const chosen = chooseGroup(surveyed, choice);
  const warnings = leftOut(surveyed, choice);
  const images = every ? chosen.images : [choosePlatformOf(chosen, choice)];
  const [first, ...others] = images.map((image) => describe(image, chosen.group, choice, warnings));
  return [first as ImageDescription, ...others];
}

function describe(
  { image }: Looked,
  { names }: ImageGroup,
  { context, kind, warnings }: Choice,
  more: readonly Warning[],
): ImageDescription {
  const wanted = context.image;
  const reference = names.find((name) => wanted !== null && sameReference(name, wanted)) ?? names[0] ?? null;
  return { kind, reference, ...image, warnings: [...warnings, ...more] };
}
