import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { RecordStore } from '../network/membership/membership.ts';
import { writeFileAtomically } from '../storage/data-directory-write.ts';
import type { Disk } from '../storage/disk.ts';
import type { Logger } from '../platform/logger.ts';

const fileForm = z.object({ peers: z.literal(1), records: z.array(z.base64()) });

/** Remembers the peers that were met in `peers.json`. Losing it costs nothing but finding them again, so a damaged one is empty. */
export function openRecordStore(path: string, disk: Disk, logger: Logger): RecordStore {
  return {
    load() {
      const text = readText(path);
      if (text === undefined) return [];
      const parsed = fileForm.safeParse(parseJson(text));
      if (!parsed.success) logger.warn({ path }, 'the file of known peers is damaged and left out');
      return parsed.data?.records.map((record) => Buffer.from(record, 'base64')) ?? [];
    },
    save(records) {
      const encoded = records.map((record) => Buffer.from(record).toString('base64'));
      const text = `${JSON.stringify({ peers: 1, records: encoded }, null, 2)}\n`;
      try {
        writeFileAtomically(disk, 'peers', path, text);
      } catch (error) {
        logger.warn({ path, error }, 'could not remember the known peers');
      }
    },
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
