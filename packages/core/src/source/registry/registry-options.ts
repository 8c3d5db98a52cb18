/** What a registry is told to prove who asks; never shown. */
export type RegistryCredentials =
  /** A password, or what takes its place (an access token of GitHub, GitLab, Docker Hub …). */
  | { readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token, with which tokens are asked for (`identitytoken` of Docker's `config.json`). */
  | { readonly identityToken: string }
  /** A bearer token, sent as it is. */
  | { readonly registryToken: string };

/** How registries are reached. Registries are called as in references: `docker.io`, `ghcr.io`, `localhost:5000`. */
export interface RegistryOptions {
  /** By registry, hosts that are asked first, with a path where repositories lie below one: `mirror.example/hub`. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Registries and mirrors whose certificate is not checked and that may be spoken to in plain HTTP. Loopback addresses may be anyway. */
  readonly insecure?: readonly string[] | undefined;
  /** A PEM file of certificate authorities to trust, beside the usual ones. */
  readonly caFile?: string | undefined;
  /** By registry; asked before the environment and the files of Docker and Podman. */
  readonly credentials?: Readonly<Record<string, RegistryCredentials>> | undefined;
  /** A proxy for all requests but those to loopback addresses and `NO_PROXY`, instead of `HTTPS_PROXY` and `HTTP_PROXY`. */
  readonly proxy?: string | undefined;
}
