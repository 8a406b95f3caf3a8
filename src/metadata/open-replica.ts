import { join } from 'node:path';
import { openTable, type Table } from '../storage/database.ts';
import type { StampedBody } from './codec/batch.ts';
import { highestCounter } from './codec/operation-codec.ts';
import { assembleCheckpoints } from './checkpoint/assemble.ts';
import { newestUsable, rebuildOn } from './checkpoint/rebuild.ts';
import { AppliedFrontier } from './log/applied-frontier.ts';
import type { DeviceCertificate } from './log/known-device.ts';
import { Evidence } from './evidence/evidence.ts';
import { Acceptance } from './log/acceptance.ts';
import { Logs } from './log/logs.ts';
import { Sealer } from './log/sealer.ts';
import { LocalReplica, type ReplicaParts } from './local-replica.ts';
import { ListedArrivals } from './merge/arrivals.ts';
import { Backlog } from './merge/backlog.ts';
import { Integrator } from './merge/integrator.ts';
import { mergeLimits } from './merge/limits.ts';
import { Merger } from './merge/merger.ts';
import { OwnRefusals } from './merge/own-refusals.ts';
import { Pace, runWhole } from './merge/pace.ts';
import { ParkedOperations } from './merge/parked.ts';
import { OwnNumbers } from './own-numbers.ts';
import { plantRoot } from './initial-tree.ts';
import { indexLogs, operationsInOrder, tellingProgress } from './recovery.ts';
import { ReplicaEvents } from './replica-events.ts';
import type { ReplicaOptions } from './replica-options.ts';
import { StampClock } from './stamp-clock.ts';
import { plainStampTime } from './stamp-time.ts';
import { stampFromText } from './stamp.ts';
import { Overlay } from './state/overlay.ts';
import { commitOverlay } from './tables/commit.ts';
import { CommittedTree } from './tables/committed-tree.ts';
import { Counters } from './tables/counters.ts';
import { appliedRange, formatKey } from './tables/global-key.ts';
import { completeReplacement } from './tables/replacement.ts';
import { Rows } from './tables/rows.ts';
import { Stage } from './tables/stage.ts';
import { afterLog, unsealedOperations } from './unsealed.ts';

/** Of the rows in the database; another number than the stored one has the tree rebuilt from the logs. */
const databaseVersion = 4;

/**
 * Opens this peer's copy of the tree. Everything that its logs hold is in it when this returns, what was performed before a crash of
 * the process included; after an unclean stop of the machine it is rebuilt from the logs, which takes a while for a large tree.
 */
export function openReplica(options: ReplicaOptions): LocalReplica {
  const own = options.certificateInfo(options.certificate);
  if ('refused' in own) throw new Error(`this device's own certificate: ${own.refused}`);
  const table = openTable(options.database, 'metadata');
  const stage = new Stage(openTable(options.database, 'metadata-staged'));
  const rows = new Rows(table);
  const logs = new Logs({ ...options, directory: options.logDirectory, rows, own });
  const format = formatOf(options);
  const isTrusted = options.clean && (rows.get(formatKey)?.equals(format) ?? false) && logs.load();
  const unsealed = (): StampedBody[] => unsealedOperations(rows, options.device, options.logger);
  const former = options.clean && !isTrusted ? unsealed() : [];
  if (!isTrusted) {
    logs.forget();
    rows.clear();
  }
  completeReplacement(rows, table, stage);
  indexLogs(logs, isTrusted, options.logger);
  const parts = assemble(options, { rows, table, stage }, logs, own);
  parts.adoption.observe();
  const seal = (operations: readonly StampedBody[]): void =>
    parts.sealer.sealAtStart(
      afterLog(operations, logs.progressOf(options.device)?.lastStamp ?? ''),
    );
  if (isTrusted) catchUp(parts);
  else {
    seal(former);
    rebuild(parts, rows, format);
  }
  parts.applied.refresh();
  const [youngest] = rows.last(appliedRange, 1);
  if (youngest) parts.stamps.observe(stampFromText(youngest.key.slice(-12)));
  seal(unsealed());
  // Before anybody sees the tree without this device's own work.
  const threshold = parts.adoption.base?.header.threshold ?? 0;
  runWhole(parts.belated.redo(threshold, new Pace(options.clock)));
  parts.parked.schedule();
  parts.acknowledger.learned();
  parts.checkpoints.look();
  return new LocalReplica(parts);
}

interface Tables {
  readonly rows: Rows;
  readonly table: Table;
  readonly stage: Stage;
}

function assemble(
  options: ReplicaOptions,
  { rows, table, stage }: Tables,
  logs: Logs,
  own: DeviceCertificate,
) {
  const { device, network, clock, logger, certificateInfo } = options;
  const events = new ReplicaEvents();
  const tree = new CommittedTree(rows);
  const counters = new Counters(rows);
  const time = options.time ?? plainStampTime(clock);
  const stamps = new StampClock(device, time);
  const numbers = new OwnNumbers(device, rows);
  const refusals = new OwnRefusals(device, rows);
  const integrator = new Integrator({
    ...{ table, stage, tree, counters, clock, refusals },
    limits: options.mergeLimits ?? mergeLimits,
    flavour: network.flavour,
    authorOf: (author) => logs.authorOf(author),
    changed: (changes, origin) => events.changed(changes, origin),
    refused: ({ stamp, fields }, refusal) =>
      logger.info(
        { device: stamp.device, kind: fields.kind, ...refusal },
        'an operation of a peer has no effect',
      ),
  });
  const applied = new AppliedFrontier(rows, logs);
  const sealer = new Sealer({
    ...options,
    network: network.id,
    rows,
    logs,
    applied,
    told: (batch, id) => {
      events.batchLogged(batch, id);
      checkpointing.checkpoints.look();
    },
  });
  const parked = new ParkedOperations(rows, clock, time, () => {
    acceptance.acceptDue().catch((error: unknown) => {
      logger.error({ error }, 'operations whose time has come could not be applied');
    });
  });
  const backlog = new Backlog({
    ...{ device, rows, logs, parked, stamps, numbers },
    isFolded: (stamp) => checkpointing.adoption.isFolded(stamp),
  });
  const merger = new Merger({
    ...{ backlog, integrator, parked, stamps, clock, logger },
    merged() {
      applied.refresh();
      checkpointing.acknowledger.learned();
      checkpointing.checkpoints.look();
    },
  });
  const evidence = new Evidence({
    ...{ disk: options.disk, clock, logger, proofs: { network: network.id, certificateInfo } },
    directory: join(options.logDirectory, 'evidence'),
  });
  const acceptance: Acceptance = new Acceptance({
    device,
    judging: {
      network: network.id,
      certificateInfo,
    },
    evidence,
    rows,
    logs,
    sealer,
    ...{ backlog, merger, parked },
    clock,
    batchLogged: (batch, id) => events.batchLogged(batch, id),
  });
  const parts = {
    ...{ options, tree, counters, logs, sealer, integrator, acceptance, merger, parked, evidence },
    ...{ stamps, numbers, events, refusals },
  };
  const checkpointing = assembleCheckpoints(parts, table, applied, own);
  return { ...parts, ...checkpointing, applied };
}

/** Applies what came into the logs and not, or not whole, into the database. */
function catchUp({ merger }: ReplicaParts): void {
  merger.runNow();
}

function rebuild(parts: ReplicaParts, rows: Rows, format: Buffer): void {
  const { options, tree, counters, logs, integrator, parked, numbers } = parts;
  const checkpoint = newestUsable(options, logs);
  const overlay = new Overlay(tree);
  plantRoot(overlay, options.network);
  commitOverlay(tree, counters, overlay);
  if (checkpoint) rebuildOn(checkpoint, parts);
  let highest = 0;
  for (const operations of tellingProgress(operationsInOrder(logs), logs, options)) {
    highest = Math.max(highest, highestCounter(operations, options.device));
    const isAhead = ({ operation: { stamp } }: (typeof operations)[number]) =>
      stamp.device !== options.device && parked.isAhead(stamp);
    const younger = operations.filter(
      ({ operation: { stamp } }) => !parts.adoption.isFolded(stamp),
    );
    parked.park(younger.filter(isAhead));
    const present = younger.filter((operation) => !isAhead(operation));
    runWhole(integrator.integrate(new ListedArrivals(present)));
  }
  parts.adoption.observe();
  if (logs.devicesOnDisk().length > 0) numbers.skipAfterLoss(highest);
  rows.transaction(() => rows.put(formatKey, format));
}

/** What the stored tree depends on besides the logs. */
function formatOf({ network }: ReplicaOptions): Buffer {
  return Buffer.from(
    JSON.stringify([databaseVersion, network.id, network.flavour, network.createdMs]),
  );
}
