import { join } from 'node:path';
import type { Table } from '../../storage/database.ts';
import type { AppliedFrontier } from '../log/applied-frontier.ts';
import type { DeviceCertificate } from '../log/known-device.ts';
import type { ReplicaParts } from '../local-replica.ts';
import type { Sliced } from '../merge/pace.ts';
import type { OperationFields } from '../operation.ts';
import { Acknowledger } from './acknowledger.ts';
import { Adoption } from './adoption.ts';
import { Belated } from './belated.ts';
import { Checkpoints } from './checkpoints.ts';
import { CheckpointFolder } from './folder.ts';
import { CheckpointSharing } from './sharing.ts';
import { defaultCheckpointLimits } from './limits.ts';

type Made = 'checkpoints' | 'adoption' | 'acknowledger' | 'belated' | 'sharing';
type Needed = Omit<ReplicaParts, Made | 'applied'>;

/** What folds old operations, in a replica whose other parts are there. */
export function assembleCheckpoints(
  parts: Needed,
  table: Table,
  applied: AppliedFrontier,
  own: DeviceCertificate,
): Pick<ReplicaParts, Made> {
  const { options, counters, logs, sealer, integrator, merger, stamps, numbers, tree } = parts;
  const { refusals } = parts;
  const { device, network, clock, disk, logger } = options;
  const { rows } = tree;
  const limits = options.checkpointLimits ?? defaultCheckpointLimits;
  const folder = new CheckpointFolder(folderIn(options.logDirectory));
  const alone = (work: () => Sliced<void>) => merger.alone(work);
  const isStopped = () => merger.isStopped;
  const perform = (fields: OperationFields) => {
    // What was performed before may not have seen all that this says it has.
    sealer.seal();
    const stamp = stamps.next();
    const acting = { uid: own.uid, gids: [own.uid] };
    const outcome = integrator.perform({ stamp, acting, fields }, sealer.noteFor(stamp));
    if ('code' in outcome) throw new Error(`${fields.kind} was refused: ${outcome.reason}`);
    sealer.add({ stamp, body: outcome.body });
  };
  const belated = new Belated({
    ...{ device, rows, logs, sealer, integrator, stamps, logger, refusals },
  });
  const adoption = new Adoption({
    ...{ device, rows, logs, sealer, integrator, stamps, numbers, belated, folder, disk, clock },
    ...{ alone, isStopped, refusals },
  });
  const checkpoints = new Checkpoints({
    ...{ device, rows, table, logs, applied, adoption, belated, sealer, folder, limits, disk },
    ...{ clock, logger, perform, alone, isStopped, network: network.id },
    givenUp: new Set(options.givenUp),
    rowsInTree: () => counters.inodes + counters.entries,
  });
  const acknowledger = new Acknowledger({
    ...{ device, logs, applied, clock, limits, perform, isStopped },
  });
  const sharing = new CheckpointSharing({
    ...{ logs, adoption, checkpoints, folder, disk, clock, logger, isStopped },
    network: network.id,
    certificateInfo: options.certificateInfo,
  });
  return { checkpoints, adoption, acknowledger, belated, sharing };
}

export function folderIn(logDirectory: string): string {
  return join(logDirectory, 'checkpoints');
}
