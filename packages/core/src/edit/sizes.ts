/** Content, tar and blob bytes of an image, or of what it would lose; null where not known. */
export interface Sizes {
  readonly contentBytes: number;
  readonly tarBytes: number | null;
  readonly blobBytes: number | null;
}

/** Which of a finding's bytes are exact: the rest are estimates. */
export interface Exactness {
  readonly content: boolean;
  readonly tar: boolean;
  readonly blob: boolean;
}
