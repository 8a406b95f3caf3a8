import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Of statfs(2): ext2, ext3 and ext4. */
const ext4Type = 0xef53;

/** Stories have several users, whom only root can be; why they cannot be played, or undefined. */
export function whyNoUsers(): string | undefined {
  return process.geteuid?.() === 0 ? undefined : 'only root can act as several users';
}

export function whyNoExt4(): string | undefined {
  return statfsSync(tmpdir()).type === ext4Type ? undefined : `${tmpdir()} is not on ext4`;
}
