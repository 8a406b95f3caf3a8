import type { RootDatabase } from 'lmdb';
import { openTable } from '../storage/database.ts';
import type { AcknowledgementStore } from '../sync/acknowledgements.ts';

const key = Buffer.from('own-log');

/** How much of this device's log some other peer has; in the database, since after its loss the peers simply say it again. */
export function openAcknowledgementStore(
  database: RootDatabase<Buffer, Buffer>,
): AcknowledgementStore {
  const table = openTable(database, 'acknowledgements');
  return {
    load: () => table.get(key)?.readUIntBE(0, 6) ?? 0,
    save(sequence) {
      const value = Buffer.alloc(6);
      value.writeUIntBE(sequence, 0, 6);
      try {
        table.putSync(key, value);
      } catch {
        // A full disk: after a restart the peers say it again.
      }
    },
  };
}
