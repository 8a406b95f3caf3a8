import { Blake3Hasher } from '@napi-rs/blake-hash';

/** The hash of what comes in pieces. */
export class Hasher {
  readonly #hasher = new Blake3Hasher();

  update(bytes: Uint8Array): void {
    this.#hasher.update(bytes);
  }

  digest(): Buffer {
    return this.#hasher.digestBuffer();
  }
}
