import { mkdirSync } from 'node:fs';
import { DescriptorCache } from './backing/descriptors.ts';
import { currentEra } from './current-era.ts';
import { HashPool } from './hashing/hash-pool.ts';
import { BackgroundFlush } from './intents/background-flush.ts';
import { IntentJournal } from './intents/intent-journal.ts';
import { SlotCache } from './map/slot-cache.ts';
import { removeAsides } from './passthrough/aside.ts';
import type { StoreContext } from './store-context.ts';
import type { ContentStoreOptions } from './store.ts';

/** Opens what a store keeps beside the files: the journal of intents, threads that hash, and what is kept open or in memory. */
export function openStoreContext(options: ContentStoreOptions): StoreContext {
  const { directory, disk, clock, logger } = options;
  mkdirSync(directory, { recursive: true });
  removeAsides(directory);
  const { cleanStart, treeFlushed = () => Promise.resolve() } = options;
  const descriptors = new DescriptorCache(options.maximumDescriptors ?? 1024, disk);
  const era = currentEra(options);
  const journal = new IntentJournal(directory, disk, clock, !cleanStart);
  const shared = { directory, disk, clock, logger, descriptors, journal };
  return {
    ...{ ...shared, era, flush: new BackgroundFlush({ ...shared, treeFlushed }) },
    hashing: new HashPool(options.hashingWorkers ?? 2),
    slots: new SlotCache(options.maximumPages ?? 4096),
  };
}
