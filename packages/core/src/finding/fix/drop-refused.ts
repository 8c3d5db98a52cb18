/** Packages that cannot be dropped. */
export interface DropRefused {
  /** Why the package manager would not remove them, or should not. */
  readonly refusal: string;
}
