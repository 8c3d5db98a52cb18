type TypedArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

interface TypedArrayConstructor<T extends TypedArray> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): T;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T;
}

/*
 * More than 32 MiB at once come from the system, and go back to it when they are free; of less, glibc keeps as much for
 * a thread that has ended as its columns take (mallopt(3), M_MMAP_THRESHOLD). What is not written to takes no memory.
 */
const BLOCK_BYTES = 33 * 2 ** 20;

/** Memory of the columns of one layer. */
export class ColumnMemory {
  #block = new ArrayBuffer(0);
  #used = 0;

  /** Room for `length` elements. */
  take<T extends TypedArray>(type: TypedArrayConstructor<T>, length: number): T {
    const bytes = Math.ceil((length * type.BYTES_PER_ELEMENT) / 8) * 8;
    if (this.#used + bytes > this.#block.byteLength) {
      this.#block = new ArrayBuffer(Math.max(BLOCK_BYTES, bytes));
      this.#used = 0;
    }
    const part = new type(this.#block, this.#used, length);
    this.#used += bytes;
    return part;
  }
}

/** Elements of the first part, and bytes of the largest: small layers are many, and large ones should not copy what they have. */
const FIRST_PART = 64;
const LARGEST_PART_BYTES = 2 ** 18;

/** A column that grows part by part: nothing of it is copied until it is finished. */
export class GrowingColumn<T extends TypedArray> {
  readonly #type: TypedArrayConstructor<T>;
  readonly #memory: ColumnMemory;
  #full: T[] = [];
  #fullLength = 0;
  #part: T;
  #used = 0;

  constructor(type: TypedArrayConstructor<T>, memory: ColumnMemory) {
    this.#type = type;
    this.#memory = memory;
    this.#part = new type(FIRST_PART);
  }

  get length(): number {
    return this.#fullLength + this.#used;
  }

  /** Makes room for `length` elements in a row. */
  #reserve(length: number): void {
    if (this.#used + length <= this.#part.length) return;
    this.#full.push(this.#part.subarray(0, this.#used) as T);
    this.#fullLength += this.#used;
    const largest = LARGEST_PART_BYTES / this.#type.BYTES_PER_ELEMENT;
    const next = Math.max(length, Math.min(this.#part.length * 2, largest));
    this.#part = next < largest ? new this.#type(next) : this.#memory.take(this.#type, next);
    this.#used = 0;
  }

  push(value: number): void {
    this.#reserve(1);
    this.#part[this.#used++] = value;
  }

  setLast(value: number): void {
    this.#part[this.#used - 1] = value;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    (this.#part as Uint8Array).set(bytes, this.#used);
    this.#used += bytes.length;
  }

  appendLatin1(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#part[this.#used + i] = text.charCodeAt(i);
    this.#used += text.length;
  }

  /** All of it in one array of exactly its length; nothing can be added after that. */
  finish(): T {
    const whole = new this.#type(this.length);
    let at = 0;
    for (const part of [...this.#full, this.#part.subarray(0, this.#used)]) {
      whole.set(part as never, at);
      at += part.length;
    }
    this.#full = [];
    return whole;
  }
}
