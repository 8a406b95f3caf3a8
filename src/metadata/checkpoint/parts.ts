import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Table } from '../../storage/database.ts';
import type { Disk } from '../../storage/disk.ts';
import type { AppliedFrontier } from '../log/applied-frontier.ts';
import type { Logs } from '../log/logs.ts';
import type { Sealer } from '../log/sealer.ts';
import type { Sliced } from '../merge/pace.ts';
import type { OperationFields } from '../operation.ts';
import type { Rows } from '../tables/rows.ts';
import type { Adoption } from './adoption.ts';
import type { Belated } from './belated.ts';
import type { CheckpointFolder } from './folder.ts';
import type { CheckpointLimits } from './limits.ts';

/** What making checkpoints needs of the rest of the replica. */
export interface CheckpointParts {
  readonly device: DeviceId;
  readonly network: string;
  readonly rows: Rows;
  readonly table: Table;
  readonly logs: Logs;
  readonly applied: AppliedFrontier;
  readonly adoption: Adoption;
  readonly belated: Belated;
  readonly sealer: Sealer;
  readonly folder: CheckpointFolder;
  readonly limits: CheckpointLimits;
  /** Devices that will not come back: one that is away does not count when it is asked whether enough are there. */
  readonly givenUp: ReadonlySet<DeviceId>;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Rows of the tree, about. */
  readonly rowsInTree: () => number;
  /** Performs an operation of this device, in a batch of its own. */
  readonly perform: (fields: OperationFields) => void;
  /** Runs work while nothing is being merged; it is cut short when the replica is closed. */
  readonly alone: (work: () => Sliced<void>) => Promise<void>;
  readonly isStopped: () => boolean;
}
