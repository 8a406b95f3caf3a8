import { writeSync } from 'node:fs';

/** pwrite(2) until all is written: a disk that is almost full takes a part, and says why only when it is asked to take the rest. */
export function writeFully(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  }
}
