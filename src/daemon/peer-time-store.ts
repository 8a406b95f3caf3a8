import type { RootDatabase } from 'lmdb';
import { z } from 'zod';
import { openTable } from '../storage/database.ts';
import type { PeerTimeStore } from '../sync/peer-time.ts';

const key = Buffer.from('memory');

const form = z.object({
  bootId: z.string(),
  confirmedMs: z.number(),
  agreed: z.object({ overUptimeMs: z.number(), firm: z.boolean() }).nullable(),
});

/** What peers' clocks showed; in the database, since after its loss the peers simply say it again. */
export function openPeerTimeStore(database: RootDatabase<Buffer, Buffer>): PeerTimeStore {
  const table = openTable(database, 'peer-time');
  return {
    load() {
      const row = table.get(key);
      return row && form.safeParse(JSON.parse(row.toString())).data;
    },
    save(memory) {
      try {
        table.putSync(key, Buffer.from(JSON.stringify(memory)));
      } catch {
        // A full disk: after a restart the peers say it again.
      }
    },
  };
}
