import type { DeviceId } from '../identity/ids.ts';
import type { Frontier } from '../metadata/replica.ts';

/** Where acknowledgements are kept between starts. */
export interface AcknowledgementStore {
  load(): number;
  save(sequence: number): void;
}

/** How much of this device's own log at least one other peer has: what is beyond it exists only here. */
export class Acknowledgements {
  readonly #self: DeviceId;
  readonly #store: AcknowledgementStore;
  #sequence: number;

  constructor(self: DeviceId, store: AcknowledgementStore) {
    this.#self = self;
    this.#store = store;
    this.#sequence = store.load();
  }

  /** The last batch of this device that some other peer has said it has. */
  get sequence(): number {
    return this.#sequence;
  }

  heard(frontier: Frontier): void {
    const sequence = frontier.get(this.#self) ?? 0;
    if (sequence <= this.#sequence) return;
    this.#sequence = sequence;
    this.#store.save(sequence);
  }
}
