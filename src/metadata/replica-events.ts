import type { BatchId, Replica } from './replica.ts';
import type { TreeChange } from './tree-change.ts';

type ChangeListener = Parameters<Replica['onChange']>[0];
type BatchListener = Parameters<Replica['onBatch']>[0];

/** Who wants to know of changes. Listeners come once, at the start, and stay. */
export class ReplicaEvents {
  readonly #changeListeners: ChangeListener[] = [];
  readonly #batchListeners: BatchListener[] = [];

  onChange(listener: ChangeListener): void {
    this.#changeListeners.push(listener);
  }

  onBatch(listener: BatchListener): void {
    this.#batchListeners.push(listener);
  }

  changed(changes: readonly TreeChange[], origin: 'local' | 'merge'): void {
    for (const listener of this.#changeListeners) listener(changes, origin);
  }

  batchLogged(batch: Uint8Array, id: BatchId): void {
    for (const listener of this.#batchListeners) listener(batch, id);
  }
}
