import type { KeyObject } from 'node:crypto';
import type { RootDatabase } from 'lmdb';
import type { DeviceId } from '../identity/ids.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Disk } from '../storage/disk.ts';
import type { CheckpointLimits } from './checkpoint/limits.ts';
import type { CertificateReader } from './log/known-device.ts';
import type { MergeLimits } from './merge/limits.ts';
import type { Flavour } from './operations/operation-kind.ts';
import type { StampTime } from './stamp-time.ts';

/** What all peers of a network must agree on before the first operation. */
export interface NetworkFacts {
  /** SHA-256 of the authority's certificate, in hex. */
  readonly id: string;
  readonly flavour: Flavour;
  /** When the network was created, in milliseconds since 1970: the root directory's times. */
  readonly createdMs: number;
}

export interface ReplicaOptions {
  readonly device: DeviceId;
  readonly privateKey: KeyObject;
  /** DER, of this device. Another one than its log carries is a renewal, and goes into the log with the next batch. */
  readonly certificate: Buffer;
  readonly certificateInfo: CertificateReader;
  readonly network: NetworkFacts;
  /** Holds one log file per device; made if it is not there. */
  readonly logDirectory: string;
  /** Shared with others; stays open when the replica is closed. */
  readonly database: RootDatabase<Buffer, Buffer>;
  /** False when the machine may have stopped without the database being closed: then it is rebuilt from the logs. */
  readonly clean: boolean;
  readonly disk: Disk;
  /** See Sealer. Absent where operations refer to nothing else. */
  readonly noted?: () => Promise<void> | undefined;
  /** Devices of which this one's user knows that they will not come back. */
  readonly givenUp?: readonly DeviceId[];
  /** Absent but in tests. */
  readonly checkpointLimits?: CheckpointLimits;
  /** Absent but in tests. */
  readonly mergeLimits?: MergeLimits;
  readonly clock: Clock;
  /** What stamps are made with and judged against; by default, the clock. */
  readonly time?: StampTime;
  readonly logger: Logger;
}
