import type { DeviceId } from '../../identity/ids.ts';
import type { Logger } from '../../platform/logger.ts';
import { decodeBatch } from '../codec/batch.ts';
import { decodeBody } from '../codec/operation-codec.ts';
import type { InodeId } from '../ids.ts';
import type { Logs } from '../log/logs.ts';
import type { Sealer } from '../log/sealer.ts';
import type { Integrator } from '../merge/integrator.ts';
import type { Pace, Sliced } from '../merge/pace.ts';
import type { Operation, OperationFields } from '../operation.ts';
import type { StampClock } from '../stamp-clock.ts';
import { stampFromText, stampToText, type Stamp } from '../stamp.ts';
import { nodeKey, versionKey } from '../state/tree-key.ts';
import { belatedKey, belatedRange, renewedKey, renewedRange } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import { referredInodes } from './referred-inodes.ts';

export interface BelatedOptions {
  readonly device: DeviceId;
  readonly rows: Rows;
  readonly logs: Logs;
  readonly sealer: Sealer;
  readonly integrator: Integrator;
  readonly stamps: StampClock;
  readonly logger: Logger;
}

/** Put into the database in one transaction. */
const notedAtOnce = 256;

/**
 * What this device did while it was away for so long that the others went on without it. Such operations have no place in the order
 * any more: they are done again as new ones, as by somebody who has not seen what happened meanwhile.
 */
export class Belated {
  readonly #options: BelatedOptions;

  constructor(options: BelatedOptions) {
    this.#options = options;
  }

  /** Those after the batch `folded` whose stamps are not above the threshold. Noting them twice is harmless. */
  *note(folded: number, threshold: number, pace: Pace): Sliced<void> {
    const { device, logs, rows } = this.#options;
    const last = logs.progressOf(device)?.sequence ?? 0;
    let page: { stamp: Stamp; body: Buffer }[] = [];
    const put = () => {
      rows.transaction(() => {
        for (const { stamp, body } of page) rows.put(belatedKey(stampToText(stamp)), body);
      });
      page = [];
    };
    for (let sequence = folded + 1; sequence <= last; sequence += 1) {
      const bytes = logs.read({ device, sequence });
      if (!bytes) continue;
      for (const { operation, body } of decodeBatch(bytes).operations) {
        if (operation.stamp.millis > threshold) break;
        if (isWork(operation.fields)) page.push({ stamp: operation.stamp, body });
      }
      if (page.length >= notedAtOnce) put();
      yield* pace.rest();
    }
    put();
  }

  get waiting(): number {
    let count = 0;
    for (const _row of this.#options.rows.all(belatedRange)) count += 1;
    return count;
  }

  /** Does those up to the threshold again that refer to nothing that is missing; what misses something waits for it. */
  *redo(threshold: number, pace: Pace): Sliced<void> {
    const { rows } = this.#options;
    for (const { key, value } of rows.all(belatedRange)) {
      const stamp = stampFromText(key.slice(-12));
      if (stamp.millis > threshold) break;
      const operation = this.#renew(decodeBody(value, stamp));
      if (referredInodes(operation.fields).every((inode) => this.#isThere(inode))) {
        this.#perform(operation);
        rows.transaction(() => rows.remove(key));
      }
      yield* pace.rest();
    }
    if (rows.first(belatedRange, 1).length === 0) this.#forgetRenewed();
  }

  #perform({ stamp: old, acting, fields }: Operation): void {
    const { stamps, integrator, sealer, rows, logger } = this.#options;
    const stamp = stamps.next();
    const outcome = integrator.perform({ stamp, acting, fields }, sealer.noteFor(stamp), true);
    if ('code' in outcome) {
      logger.warn({ kind: fields.kind, ...outcome }, 'work done while away has no effect any more');
      return;
    }
    sealer.add({ stamp, body: outcome.body });
    if (fields.kind !== 'set-content') return;
    const renewed = Buffer.from(stampToText(stamp), 'latin1');
    rows.transaction(() => rows.put(renewedKey(stampToText(old)), renewed));
  }

  /** Versions are named by the stamps of the operations that made them, which are others now. */
  #renew(operation: Operation): Operation {
    const { fields } = operation;
    const renew = (stamp: Stamp) => this.#renewed(stamp);
    if (fields.kind === 'set-content') {
      return { ...operation, fields: { ...fields, supersedes: fields.supersedes.map(renew) } };
    }
    if (fields.kind === 'unlink') {
      return { ...operation, fields: { ...fields, seen: fields.seen && renew(fields.seen) } };
    }
    if (fields.kind !== 'rename') return operation;
    const victimSeen = fields.victimSeen && renew(fields.victimSeen);
    return { ...operation, fields: { ...fields, victimSeen } };
  }

  #renewed(stamp: Stamp): Stamp {
    const text = this.#options.rows.get(renewedKey(stampToText(stamp)))?.toString('latin1');
    return text === undefined ? stamp : stampFromText(text);
  }

  #isThere(inode: InodeId): boolean {
    const { rows } = this.#options;
    return rows.peek(nodeKey(inode)) !== undefined || rows.peek(versionKey(inode)) !== undefined;
  }

  #forgetRenewed(): void {
    const { rows } = this.#options;
    const keys = [...rows.all(renewedRange)].map(({ key }) => key);
    if (keys.length === 0) return;
    rows.transaction(() => {
      for (const key of keys) rows.remove(key);
    });
  }
}

function isWork({ kind }: OperationFields): boolean {
  return kind !== 'acknowledge' && kind !== 'checkpoint';
}
