import { openTable } from '../storage/database.ts';
import type { StampedBody } from './codec/batch.ts';
import { highestCounter } from './codec/operation-codec.ts';
import { decodeApplied } from './state/applied-record.ts';
import { Acceptance } from './log/acceptance.ts';
import { Logs } from './log/logs.ts';
import { Sealer } from './log/sealer.ts';
import { LocalReplica, type ReplicaParts } from './local-replica.ts';
import { Integrator } from './merge/integrator.ts';
import { runWhole } from './merge/pace.ts';
import { ParkedOperations } from './merge/parked.ts';
import { OwnNumbers } from './own-numbers.ts';
import { plantRoot } from './initial-tree.ts';
import { indexLogs, operationsInOrder, waitingBatches } from './recovery.ts';
import { ReplicaEvents } from './replica-events.ts';
import type { ReplicaOptions } from './replica-options.ts';
import { StampClock } from './stamp-clock.ts';
import { plainStampTime } from './stamp-time.ts';
import { stampFromText } from './stamp.ts';
import { Overlay } from './state/overlay.ts';
import { commitOverlay } from './tables/commit.ts';
import { CommittedTree } from './tables/committed-tree.ts';
import { Counters } from './tables/counters.ts';
import { appliedKey, appliedRange, formatKey, unsealedKey } from './tables/global-key.ts';
import { Rows } from './tables/rows.ts';

/** Of the rows in the database; another number than the stored one has the tree rebuilt from the logs. */
const databaseVersion = 2;

/**
 * Opens this peer's copy of the tree. Everything that its logs hold is in it when this returns, what was performed before a crash of
 * the process included; after an unclean stop of the machine it is rebuilt from the logs, which takes a while for a large tree.
 */
export function openReplica(options: ReplicaOptions): LocalReplica {
  const own = options.certificateInfo(options.certificate);
  if ('refused' in own) throw new Error(`this device's own certificate: ${own.refused}`);
  const rows = new Rows(openTable(options.database, 'metadata'));
  const logs = new Logs({ ...options, directory: options.logDirectory, rows, own });
  const format = formatOf(options);
  const isTrusted = options.clean && (rows.get(formatKey)?.equals(format) ?? false) && logs.load();
  if (!isTrusted) {
    logs.forget();
    rows.clear();
  }
  indexLogs(logs, isTrusted, options.logger);
  const parts = assemble(options, rows, logs);
  if (isTrusted) catchUp(parts, rows);
  else rebuild(parts, rows, format);
  const [youngest] = rows.last(appliedRange, 1);
  if (youngest) parts.stamps.observe(stampFromText(youngest.key.slice(-12)));
  parts.sealer.sealAtStart(unsealedOperations(parts, rows));
  parts.parked.schedule();
  return new LocalReplica(parts);
}

function assemble(options: ReplicaOptions, rows: Rows, logs: Logs): ReplicaParts {
  const { device, network, clock, logger, certificateInfo } = options;
  const events = new ReplicaEvents();
  const tree = new CommittedTree(rows);
  const counters = new Counters(rows);
  const time = options.time ?? plainStampTime(clock);
  const stamps = new StampClock(device, time);
  const numbers = new OwnNumbers(device, rows);
  const integrator = new Integrator({
    tree,
    counters,
    flavour: network.flavour,
    clock,
    authorOf: (author) => logs.authorOf(author),
    changed: (changes, origin) => events.changed(changes, origin),
    refused: ({ stamp, fields }, refusal) =>
      logger.info(
        { device: stamp.device, kind: fields.kind, ...refusal },
        'an operation of a peer has no effect',
      ),
  });
  const sealer = new Sealer({
    ...options,
    network: network.id,
    rows,
    logs,
    told: (batch, id) => events.batchLogged(batch, id),
  });
  const parked = new ParkedOperations(rows, clock, time, () => {
    acceptance.acceptDue().catch((error: unknown) => {
      logger.error({ error }, 'operations whose time has come could not be applied');
    });
  });
  const acceptance: Acceptance = new Acceptance({
    device,
    judging: {
      network: network.id,
      certificateInfo,
      logged: (author, sequence) => logs.read({ device: author, sequence }),
    },
    rows,
    logs,
    sealer,
    integrator,
    parked,
    stamps,
    numbers,
    clock,
    batchLogged: (batch, id) => events.batchLogged(batch, id),
  });
  return {
    ...{ options, tree, counters, logs, sealer, integrator, acceptance, parked },
    ...{ stamps, numbers, events },
  };
}

/** Applies what came into the logs and not, or not whole, into the database. */
function catchUp({ acceptance, logs }: ReplicaParts, rows: Rows): void {
  const waiting = waitingBatches(rows, logs);
  if (waiting.length > 0) runWhole(acceptance.integrateLogged(waiting));
}

function rebuild(parts: ReplicaParts, rows: Rows, format: Buffer): void {
  const { options, tree, counters, logs, integrator, parked, numbers } = parts;
  const overlay = new Overlay(tree);
  plantRoot(overlay, options.network);
  commitOverlay(tree, counters, overlay);
  let highest = 0;
  for (const operations of operationsInOrder(logs)) {
    highest = Math.max(highest, highestCounter(operations, options.device));
    const isAhead = ({ operation: { stamp } }: (typeof operations)[number]) =>
      stamp.device !== options.device && parked.isAhead(stamp);
    parked.park(operations.filter(isAhead));
    runWhole(integrator.integrate(operations.filter((operation) => !isAhead(operation))));
  }
  if (logs.devicesOnDisk().length > 0) numbers.skipAfterLoss(highest);
  rows.transaction(() => rows.put(formatKey, format));
}

/** Own operations that the process did not come to put into its log before it was killed. */
function unsealedOperations({ options, logs }: ReplicaParts, rows: Rows): StampedBody[] {
  const first = rows.get(unsealedKey)?.toString('latin1');
  if (first === undefined) return [];
  const sealed = logs.progressOf(options.device)?.lastStamp ?? '';
  return [...rows.all({ ...appliedRange, start: appliedKey(first) })]
    .map(({ key, value }) => ({ stampText: key.slice(-12), value }))
    .map(({ stampText, value }) => ({ stampText, stamp: stampFromText(stampText), value }))
    .filter(({ stampText, stamp }) => stamp.device === options.device && stampText > sealed)
    .map(({ stamp, value }) => ({ stamp, body: decodeApplied(value).body }));
}

/** What the stored tree depends on besides the logs. */
function formatOf({ network }: ReplicaOptions): Buffer {
  return Buffer.from(
    JSON.stringify([databaseVersion, network.id, network.flavour, network.createdMs]),
  );
}
