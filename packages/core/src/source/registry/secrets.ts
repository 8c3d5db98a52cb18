/** What must never be shown: passwords and tokens that were sent. A server may quote them in its answer. */
export interface Secrets {
  add(secret: string): void;
  /** The text with every secret in it replaced. */
  redact(text: string): string;
}

// Shorter ones would blank out words that merely look alike, and tell by it what the secret is.
const SHORTEST = 4;

export function createSecrets(): Secrets {
  const known = new Set<string>();
  return {
    add(secret) {
      if (secret.length >= SHORTEST) known.add(secret);
    },
    redact(text) {
      let clean = text;
      // The longest first: one secret may be part of another.
      for (const secret of [...known].sort((a, b) => b.length - a.length))
        clean = clean.replaceAll(secret, "[redacted]");
      return clean;
    },
  };
}
