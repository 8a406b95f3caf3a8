import type { RootDatabase } from 'lmdb';
import { z } from 'zod';
import { deviceId } from '../sync/messages/fields.ts';
import { openTable } from '../storage/database.ts';
import type { PeerTimeStore } from '../sync/peer-time.ts';

const key = Buffer.from('memory');

const form = z.object({
  bootId: z.string(),
  confirmedMs: z.number(),
  readings: z.array(z.object({ device: deviceId, user: z.string(), overUptimeMs: z.number() })),
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
      table.putSync(key, Buffer.from(JSON.stringify(memory)));
    },
  };
}
