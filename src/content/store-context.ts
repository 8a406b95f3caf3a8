import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Disk } from '../storage/disk.ts';
import type { DescriptorCache } from './backing/descriptors.ts';
import type { HashPool } from './hashing/hash-pool.ts';
import type { BackgroundFlush } from './intents/background-flush.ts';
import type { IntentJournal } from './intents/intent-journal.ts';
import type { SlotCache } from './map/slot-cache.ts';

/** What the parts of one store share. */
export interface StoreContext {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly descriptors: DescriptorCache;
  readonly journal: IntentJournal;
  readonly flush: BackgroundFlush;
  readonly hashing: HashPool;
  readonly slots: SlotCache;
  /** Counts the starts after which what the disk says had to be checked. Residency noted in an earlier era is not believed. */
  readonly era: number;
}
