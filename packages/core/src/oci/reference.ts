import { ImgweighError } from "../errors.ts";
import { type Digest, isDigest } from "./digest.ts";

/** A parsed image reference, by the grammar of distribution/reference. */
export interface Reference {
  /** Registry host, `docker.io` where none was written. */
  readonly domain: string;
  /** Repository path, with `library/` where Docker Hub means it. */
  readonly path: string;
  readonly tag: string | null;
  readonly digest: Digest | null;
}

const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const PATH = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const TAG = /^\w[\w.-]{0,127}$/;

function invalid(text: string, why: string): ImgweighError {
  return new ImgweighError(
    "REFERENCE_INVALID",
    `not an image reference: ${JSON.stringify(text.slice(0, 300))} (${why})`,
    {
      hint: "write it as docker does: name[:tag], registry/name[:tag] or name@sha256:…; a path starts with ./ or /",
    },
  );
}

/** A first component is a registry only if it looks like a host: a dot, a port, an upper-case letter, or `localhost`. */
function isDomain(first: string): boolean {
  return /[.:A-Z]/.test(first) || first === "localhost";
}

/** @throws {ImgweighError} REFERENCE_INVALID */
export function parseReference(text: string): Reference {
  const at = text.indexOf("@");
  const digest = at < 0 ? null : text.slice(at + 1);
  if (digest !== null && !isDigest(digest)) throw invalid(text, "what follows the @ is not a digest");
  let name = at < 0 ? text : text.slice(0, at);
  let tag: string | null = null;
  const colon = name.lastIndexOf(":");
  if (colon > name.lastIndexOf("/")) {
    tag = name.slice(colon + 1);
    name = name.slice(0, colon);
    if (!TAG.test(tag)) throw invalid(text, `${JSON.stringify(tag)} is not a tag`);
  }
  const slash = name.indexOf("/");
  const hasDomain = slash > 0 && isDomain(name.slice(0, slash));
  let domain = hasDomain ? name.slice(0, slash) : "docker.io";
  let path = hasDomain ? name.slice(slash + 1) : name;
  if (!DOMAIN.test(domain)) throw invalid(text, `${JSON.stringify(domain)} is not a registry host`);
  if (domain === "index.docker.io") domain = "docker.io";
  if (path.toLowerCase() !== path) throw invalid(text, "repository names are lower case");
  if (!PATH.test(path) || path.length > 255) throw invalid(text, `${JSON.stringify(path)} is not a repository name`);
  if (domain === "docker.io" && !path.includes("/")) path = `library/${path}`;
  return { domain, path, tag, digest };
}

/** The canonical text, with everything that is implied written out: `alpine` → `docker.io/library/alpine:latest`. */
export function canonicalReference(reference: Reference): string {
  const { domain, path, tag, digest } = reference;
  const tagged = tag ?? (digest === null ? "latest" : null);
  return `${domain}/${path}${tagged === null ? "" : `:${tagged}`}${digest === null ? "" : `@${digest}`}`;
}

/** Whether two texts name the same image: equal, or equal once everything implied is written out. */
export function sameReference(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return canonicalReference(parseReference(a)) === canonicalReference(parseReference(b));
  } catch {
    return false;
  }
}
