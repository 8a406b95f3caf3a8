import { hashLength } from '../../../crypto/hash.ts';
import type { ServedChunk } from '../../link.ts';
import type { ServeAnswer } from './worker-messages.ts';

/** What a worker needs to know of the chunks that it is to send. */
export function servedChunksForWorker(
  serve: number,
  chunks: readonly (ServedChunk | null)[],
): { readonly answer: ServeAnswer; readonly memory: readonly ArrayBuffer[] } {
  const descriptors = Int32Array.from(chunks, (chunk) => chunk?.descriptor ?? -1);
  const positions = Float64Array.from(chunks, (chunk) => chunk?.position ?? 0);
  const lengths = Uint32Array.from(chunks, (chunk) => chunk?.length ?? 0);
  const hashes = new Uint8Array(chunks.length * hashLength);
  chunks.forEach((chunk, index) => chunk && hashes.set(chunk.hash, index * hashLength));
  return {
    answer: { kind: 'serve-answer', serve, descriptors, positions, lengths, hashes },
    memory: [descriptors.buffer, positions.buffer, lengths.buffer, hashes.buffer],
  };
}
