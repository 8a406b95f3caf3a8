import type { DeviceId } from '../../identity/ids.ts';
import type { Logger } from '../../platform/logger.ts';
import { decodeBatch, type StampedBody } from '../codec/batch.ts';
import { decodeBody, encodeBody } from '../codec/operation-codec.ts';
import type { InodeId } from '../ids.ts';
import type { Logs } from '../log/logs.ts';
import type { Sealer } from '../log/sealer.ts';
import type { Integrator } from '../merge/integrator.ts';
import type { OwnRefusals } from '../merge/own-refusals.ts';
import type { Pace, Sliced } from '../merge/pace.ts';
import type { NextTree } from '../merge/reseat.ts';
import type { Operation, OperationFields } from '../operation.ts';
import type { Refusal } from '../replica.ts';
import type { StampClock } from '../stamp-clock.ts';
import { stampFromText, stampToText, type Stamp } from '../stamp.ts';
import { nodeKey, type TreeKey, versionKey } from '../state/tree-key.ts';
import { belatedKey, belatedRange, renewedKey, renewedRange } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import { referredInodes } from './referred-inodes.ts';

export interface BelatedOptions {
  readonly device: DeviceId;
  readonly rows: Rows;
  readonly logs: Logs;
  readonly sealer: Sealer;
  readonly integrator: Integrator;
  readonly refusals: OwnRefusals;
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
    const { rows, integrator, sealer } = this.#options;
    const perform: NextTree['perform'] = (operation) =>
      integrator.perform(operation, sealer.noteFor(operation.stamp), true);
    for (const { key, value } of rows.all(belatedRange)) {
      if (stampOfKey(key).millis > threshold) break;
      const done = this.#redoOne(key, value, rows, perform);
      if (done) sealer.add(done);
      yield* pace.rest();
    }
    this.#forgetRenewed();
  }

  /**
   * The same in a tree that is about to be served, within the transaction that makes it so: this device's own work is never missing from
   * what it shows. Returns what is to be sealed afterwards.
   */
  redoIn(threshold: number, { tree, perform }: NextTree): StampedBody[] {
    const { rows, sealer } = this.#options;
    const redone: StampedBody[] = [];
    for (const { key, value } of rows.all(belatedRange)) {
      if (stampOfKey(key).millis > threshold) break;
      const done = this.#redoOne(key, value, tree.rows, perform);
      if (done) redone.push(done);
    }
    const [first] = redone;
    const note = first && sealer.noteFor(first.stamp);
    if (note) rows.put(note.key, note.value);
    return redone;
  }

  /** What is to be sealed, if it had an effect. */
  #redoOne(
    key: TreeKey,
    body: Buffer,
    tree: Rows,
    perform: NextTree['perform'],
  ): StampedBody | undefined {
    const { stamps, rows, logger, refusals } = this.#options;
    const { acting, fields } = this.#renew(decodeBody(body, stampOfKey(key)));
    const missing = referredInodes(fields).filter((inode) => !isThere(tree, inode));
    // What this device made and had no right to make will not come any more, from nobody.
    const isInVain = missing.some((inode) => refusals.any(inode, tree));
    if (missing.length > 0 && !isInVain) return undefined;
    const stamp = stamps.next();
    const operation = { stamp, acting, fields };
    const outcome = isInVain ? inVain : perform(operation);
    const hasEffect = !('code' in outcome);
    rows.transaction(() => {
      rows.remove(key);
      if (!hasEffect) refusals.put(tree, operation, encodeBody(acting, fields), outcome);
      if (!hasEffect || fields.kind !== 'set-content') return;
      rows.put(renewedKey(key.slice(-12)), Buffer.from(stampToText(stamp), 'latin1'));
    });
    if (hasEffect) return { stamp, body: outcome.body };
    logger.warn({ kind: fields.kind, ...outcome }, 'work done while away has no effect any more');
    return undefined;
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

  #forgetRenewed(): void {
    const { rows } = this.#options;
    if (rows.first(belatedRange, 1).length > 0) return;
    const keys = [...rows.all(renewedRange)].map(({ key }) => key);
    if (keys.length === 0) return;
    rows.transaction(() => {
      for (const key of keys) rows.remove(key);
    });
  }
}

const inVain: Refusal = { code: 'ENOENT', reason: 'what it refers to came to nothing' };

function stampOfKey(key: TreeKey): Stamp {
  return stampFromText(key.slice(-12));
}

function isThere(tree: Rows, inode: InodeId): boolean {
  return tree.peek(nodeKey(inode)) !== undefined || tree.peek(versionKey(inode)) !== undefined;
}

function isWork({ kind }: OperationFields): boolean {
  return kind !== 'acknowledge' && kind !== 'checkpoint';
}
