/**
 * Parts of one buffer that all begin at the same place. Reads and writes come in few lengths (multiples of a page up to 1 MiB), so the
 * views are kept instead of being made for each request.
 */
export class Views {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #byLength = new Map<number, Buffer>();

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  view(length: number): Buffer {
    const known = this.#byLength.get(length);
    if (known !== undefined) return known;
    const made = this.#bytes.subarray(this.#start, this.#start + length);
    if (this.#byLength.size < rememberedViews) this.#byLength.set(length, made);
    return made;
  }
}

/** Every whole number of pages in the largest request, and as many odd lengths again. */
const rememberedViews = 512;
