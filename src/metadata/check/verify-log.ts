import type { DeviceId } from '../../identity/ids.ts';
import { decodeBatch, type LoggedOperation } from '../codec/batch.ts';
import { Malformed } from '../codec/malformed.ts';
import { plantRoot } from '../initial-tree.ts';
import type { LocalReplica } from '../local-replica.ts';
import type { CertificateReader } from '../log/known-device.ts';
import type { LogEnd } from '../log/log-end.ts';
import { emptyTail, judge, type Tail } from '../log/judge.ts';
import { applyOperation } from '../operations/apply.ts';
import { Pace, runWhole, type Sliced } from '../merge/pace.ts';
import type { Frontier } from '../replica.ts';
import type { Members } from '../operations/operation-kind.ts';
import { operationsInOrder } from '../recovery.ts';
import { emptyTree, Overlay } from '../state/overlay.ts';
import { TreeTransaction } from '../state/tree-transaction.ts';
import type { Row, Rows } from '../tables/rows.ts';
import { canonicalTree } from './canonical-tree.ts';
import { describeKey, type Problem } from './problem.ts';
import { ScratchTree } from './scratch-tree.ts';

/** Operations that are folded before the time is looked at, and rows that are in memory meanwhile. */
const foldedAtOnce = 32;
const rowsAtOnce = 1024;

/** What the logs are held against. */
export interface Verified {
  readonly rows: Rows;
  /** The batches that made it. */
  readonly until: Frontier;
}

/**
 * Reads all logs from where they begin: whether each continues itself and is signed throughout, and whether what they say makes, of
 * the checkpoint if there is one, the tree that is in the database. Holds the event loop until it is done.
 */
export function verifyLog(replica: LocalReplica): Problem[] {
  const { sealer, logs, tree, options } = replica.parts;
  sealer.seal();
  const verified = { rows: tree.rows, until: logs.frontier() };
  return runWhole(verifyLogInSlices(replica, verified, new Pace(options.clock)));
}

/** The same, of a tree that does not change meanwhile. */
export function* verifyLogInSlices(
  replica: LocalReplica,
  { rows, until }: Verified,
  pace: Pace,
): Sliced<Problem[]> {
  const problems: Problem[] = [];
  for (const device of replica.parts.logs.devicesOnDisk()) {
    problems.push(...(yield* verifyOne(replica, device, until.get(device) ?? 0, pace)));
  }
  if (problems.length > 0) return problems;
  const scratch = new ScratchTree(replica.parts.options.database);
  yield* scratch.clear(pace);
  const overlay = new Overlay(scratch.tree);
  for (const _ of foldSome(replica, overlay, until)) {
    if (overlay.changes.size >= rowsAtOnce) scratch.take(overlay);
    yield* pace.rest();
  }
  scratch.take(overlay);
  problems.push(...(yield* compare(rows, scratch.rows, pace)));
  yield* scratch.clear(pace);
  return problems;
}

/** The tree that the logs make, one operation after the other, in memory. */
export function foldLogs(replica: LocalReplica): Overlay {
  const tree = new Overlay(emptyTree);
  for (const _ of foldSome(replica, tree, replica.parts.logs.frontier()));
  return tree;
}

/** Between pieces the caller may take the rows out of the overlay. */
function* foldSome(replica: LocalReplica, tree: Overlay, until: Frontier): Generator<void> {
  const { logs, options, adoption } = replica.parts;
  plantRoot(tree, options.network);
  for (const { key, value } of adoption.baseRows()) {
    tree.set(key, value);
    yield;
  }
  const { flavour } = options.network;
  const members: Members = { flavour, authorOf: (device) => logs.authorOf(device) };
  for (const operations of operationsInOrder(logs, until, foldedAtOnce)) {
    for (const { operation } of operations.filter(isPresent(replica))) {
      const trace = new TreeTransaction(tree, operation.stamp);
      applyOperation(trace, operation, members, true);
    }
    yield;
  }
}

/** Parked operations are in the log, but not in the tree. */
function isPresent({ parts }: LocalReplica): (operation: LoggedOperation) => boolean {
  const { device } = parts.options;
  return ({ operation: { stamp } }) =>
    !parts.adoption.isFolded(stamp) && (stamp.device === device || !parts.parked.holds(stamp));
}

function* verifyOne(
  { parts }: LocalReplica,
  device: DeviceId,
  last: number,
  pace: Pace,
): Sliced<Problem[]> {
  const { network, certificateInfo } = parts.options;
  const context = { network: network.id, certificateInfo, logged: () => undefined };
  const problem = (reason: string) => [{ what: `the log of device ${device}: ${reason}` }];
  let tail = tailBefore(parts.logs.beforeOf(device), certificateInfo);
  for (const { bytes, offset } of parts.logs.records(device)) {
    if (tail.sequence >= last) break;
    yield* pace.rest();
    try {
      const judgement = judge(decodeBatch(bytes), bytes, tail, context);
      if (judgement.kind === 'refused') return problem(judgement.reason);
      if (judgement.kind !== 'new') return problem('a batch is missing');
      tail = judgement.tail;
    } catch (error) {
      if (error instanceof Malformed) return problem(`malformed at ${offset}: ${error.message}`);
      throw error;
    }
  }
  return tail.sequence === last ? [] : problem(`ends at ${tail.sequence}, not ${last}`);
}

/** Where the log ended when its beginning was folded away. */
function tailBefore(before: LogEnd | null, certificateInfo: CertificateReader): Tail {
  if (!before) return emptyTail;
  const certificate = certificateInfo(before.certificate);
  return { ...before, certificate: 'refused' in certificate ? undefined : certificate };
}

/** Both come in the order of their keys. */
function* compare(stored: Rows, folded: Rows, pace: Pace): Sliced<Problem[]> {
  const problems: Problem[] = [];
  const [left, right] = [canonicalTree(stored), canonicalTree(folded)];
  let [found, expected] = [nextOf(left), nextOf(right)];
  while (found || expected) {
    const key = !expected || (found && found.key < expected.key) ? found?.key : expected.key;
    const [there, wanted] = [found, expected].map((row) => (row?.key === key ? row : undefined));
    if (there && !(wanted && there.value.equals(wanted.value))) {
      problems.push({ what: `${describeKey(there.key)} is not what the logs say` });
    }
    if (wanted && !there) problems.push({ what: `${describeKey(wanted.key)} is missing` });
    if (there) found = nextOf(left);
    if (wanted) expected = nextOf(right);
    yield* pace.rest();
  }
  return problems;
}

function nextOf(rows: Iterator<Row>): Row | undefined {
  const step = rows.next();
  return step.done ? undefined : step.value;
}
