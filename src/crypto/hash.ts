import { blake3 } from '@napi-rs/blake-hash';

/** Bytes of a digest. */
export const hashLength = 32;

/** BLAKE3, 32 bytes. About 3 GB/s on 64 KiB, so a caller cuts up anything above a few MiB or hands it to a worker. */
export function hash(data: Uint8Array): Buffer {
  return blake3(data);
}
