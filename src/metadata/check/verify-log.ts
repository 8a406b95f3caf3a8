import type { DeviceId } from '../../identity/ids.ts';
import { decodeBatch, type LoggedOperation } from '../codec/batch.ts';
import { Malformed } from '../codec/malformed.ts';
import { plantRoot } from '../initial-tree.ts';
import type { LocalReplica } from '../local-replica.ts';
import type { CertificateReader } from '../log/known-device.ts';
import type { LogEnd } from '../log/log-end.ts';
import { emptyTail, judge, type Tail } from '../log/judge.ts';
import { applyOperation } from '../operations/apply.ts';
import type { Members } from '../operations/operation-kind.ts';
import { operationsInOrder } from '../recovery.ts';
import { emptyTree, Overlay } from '../state/overlay.ts';
import { TreeTransaction } from '../state/tree-transaction.ts';
import { canonicalOverlay, canonicalTree } from './canonical-tree.ts';
import { describeKey, type Problem } from './problem.ts';

/**
 * Reads all logs from where they begin: whether each continues itself and is signed throughout, and whether what they say makes, of
 * the checkpoint if there is one, the tree that is in the database. Holds a second tree in memory, and the event loop until it is done.
 */
export function verifyLog(replica: LocalReplica): Problem[] {
  replica.parts.sealer.seal();
  const problems = replica.parts.logs
    .devicesOnDisk()
    .flatMap((device) => verifyOne(replica, device));
  return problems.length > 0 ? problems : compare(replica, foldLogs(replica));
}

/** The tree that the logs make, one operation after the other. */
export function foldLogs(replica: LocalReplica): Overlay {
  const { logs, options } = replica.parts;
  const { adoption } = replica.parts;
  const tree = new Overlay(emptyTree);
  plantRoot(tree, options.network);
  for (const { key, value } of adoption.baseRows()) tree.set(key, value);
  const { flavour } = options.network;
  const members: Members = { flavour, authorOf: (device) => logs.authorOf(device) };
  for (const operations of operationsInOrder(logs)) {
    for (const { operation } of operations.filter(isPresent(replica))) {
      const trace = new TreeTransaction(tree, operation.stamp);
      applyOperation(trace, operation, members, true);
    }
  }
  return tree;
}

/** Parked operations are in the log, but not in the tree. */
function isPresent({ parts }: LocalReplica): (operation: LoggedOperation) => boolean {
  const { device } = parts.options;
  return ({ operation: { stamp } }) =>
    !parts.adoption.isFolded(stamp) && (stamp.device === device || !parts.parked.holds(stamp));
}

function verifyOne({ parts }: LocalReplica, device: DeviceId): Problem[] {
  const { network, certificateInfo } = parts.options;
  const context = { network: network.id, certificateInfo, logged: () => undefined };
  const problem = (reason: string) => [{ what: `the log of device ${device}: ${reason}` }];
  let tail = tailBefore(parts.logs.beforeOf(device), certificateInfo);
  for (const { bytes, offset } of parts.logs.records(device)) {
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
  const known = parts.logs.progressOf(device)?.sequence ?? 0;
  return tail.sequence === known ? [] : problem(`ends at ${tail.sequence}, not ${known}`);
}

/** Where the log ended when its beginning was folded away. */
function tailBefore(before: LogEnd | null, certificateInfo: CertificateReader): Tail {
  if (!before) return emptyTail;
  const certificate = certificateInfo(before.certificate);
  return { ...before, certificate: 'refused' in certificate ? undefined : certificate };
}

function compare({ parts }: LocalReplica, folded: Overlay): Problem[] {
  const problems: Problem[] = [];
  const expected = new Map([...canonicalOverlay(folded)].map(({ key, value }) => [key, value]));
  for (const { key, value } of canonicalTree(parts.tree.rows)) {
    const row = expected.get(key);
    expected.delete(key);
    if (!row?.equals(value))
      problems.push({ what: `${describeKey(key)} is not what the logs say` });
  }
  for (const key of expected.keys()) problems.push({ what: `${describeKey(key)} is missing` });
  return problems;
}
