import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import { decodeBatch } from '../codec/batch.ts';
import { kindNumberOf } from '../codec/operation-codec.ts';
import type { AppliedFrontier } from '../log/applied-frontier.ts';
import type { Logs } from '../log/logs.ts';
import { acknowledge } from '../operations/acknowledge.ts';
import type { CheckpointLimits } from './limits.ts';
import type { OperationFields } from '../operation.ts';

export interface AcknowledgerOptions {
  readonly device: DeviceId;
  readonly logs: Logs;
  readonly applied: AppliedFrontier;
  readonly clock: Clock;
  readonly limits: Pick<CheckpointLimits, 'acknowledgeAfterMs'>;
  /** In a batch of its own. */
  readonly perform: (fields: OperationFields) => void;
  readonly isStopped: () => boolean;
}

/** With as many devices seen and as long a certificate as there may be, it is about so long. */
const longestAcknowledgement = 256 * 1024;

/**
 * Says what this device has seen, some time after it learned of something and has said nothing since. What is itself nothing but an
 * acknowledgement needs none, so that it ends.
 */
export class Acknowledger {
  readonly #options: AcknowledgerOptions;
  #cancel: (() => void) | undefined;

  constructor(options: AcknowledgerOptions) {
    this.#options = options;
  }

  /** Operations came into the tree, or may have before this was made. */
  learned(): void {
    const { clock, limits, isStopped } = this.#options;
    if (this.#cancel || isStopped() || !this.#hasNews()) return;
    this.#cancel = clock.after(limits.acknowledgeAfterMs, () => {
      this.#cancel = undefined;
      if (!isStopped() && this.#hasNews()) this.#options.perform({ kind: 'acknowledge' });
    });
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Whether anything but acknowledgements is in the tree that this device never said it has seen. */
  #hasNews(): boolean {
    const { device: self, logs, applied } = this.#options;
    const said = logs.seenBy(self);
    return [...applied.now].some(([device, known]) => {
      if (device === self) return false;
      for (let sequence = (said.get(device) ?? 0) + 1; sequence <= known; sequence += 1) {
        const bytes = logs.read({ device, sequence });
        if (!bytes) continue;
        // One that says nothing else is short.
        if (bytes.length > longestAcknowledgement) return true;
        const { operations } = decodeBatch(bytes);
        if (operations.some(({ body }) => kindNumberOf(body) !== acknowledge.number)) return true;
      }
      return false;
    });
  }
}
