import { writeFile } from 'node:fs/promises';
import { maximumRequestBytes } from './kernel/negotiate.ts';
import { mountAt } from './mount-table.ts';

/**
 * Lets the kernel read ahead by whole requests of the largest size, instead of its usual 128 KiB: fewer requests for each byte. Only
 * root may; false when it could not be set, which costs speed alone.
 */
export async function widenReadAhead(mountpoint: string): Promise<boolean> {
  const entry = await mountAt(mountpoint);
  if (entry === undefined) return false;
  try {
    const kibibytes = maximumRequestBytes / 1024;
    await writeFile(`/sys/class/bdi/${entry.device}/read_ahead_kb`, String(kibibytes));
    return true;
  } catch {
    return false;
  }
}
