/** Which row each entry's bytes go to, by instance: the number of a key. */
export interface Column {
  readonly keys: readonly string[];
  readonly numbers: ArrayLike<number>;
}

/** Keys as numbers, in the order in which they come: a column of numbers is cheaper to keep and to add up than one of strings. */
export class KeyNumbers {
  /** The keys, by number. */
  readonly list: string[];
  readonly #numbers: Map<string, number>;

  /** @param first those that have the first numbers */
  constructor(first: readonly string[] = []) {
    this.list = [...first];
    this.#numbers = new Map(first.map((key, number) => [key, number]));
  }

  numberOf(key: string): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push(key) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}
