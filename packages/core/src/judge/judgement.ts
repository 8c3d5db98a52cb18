/** What the replay of an edited build says of it. */
export interface Judgement {
  /** Why the edit would change more than it means to, as a whole sentence; null where nothing says so. */
  readonly refusal: string | null;
  /** What nobody can read and yet has to be true, in whole sentences. */
  readonly assumptions: readonly string[];
}

export const KEPT: Judgement = { refusal: null, assumptions: [] };

export function refused(refusal: string): Judgement {
  return { refusal, assumptions: [] };
}

/** The first refusal, or everything that is assumed. */
export function together(judgements: Iterable<Judgement>): Judgement {
  const assumptions = new Set<string>();
  for (const judgement of judgements) {
    if (judgement.refusal !== null) return judgement;
    for (const sentence of judgement.assumptions) assumptions.add(sentence);
  }
  return { refusal: null, assumptions: [...assumptions] };
}
