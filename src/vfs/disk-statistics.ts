import { statfsSync } from 'node:fs';
import { maximumNameBytes } from '../metadata/name.ts';
import type { Replica } from '../metadata/replica.ts';
import type { Clock } from '../platform/clock.ts';
import type { FileSystemStatistics } from './file-system.ts';
import type { FileSystemLimits } from './limits.ts';

/** statfs(2): the room on the disk that holds this peer's home, as that is where everything written here goes first. */
export function createDiskStatistics(
  home: string,
  replica: Replica,
  clock: Clock,
  limits: FileSystemLimits,
): () => FileSystemStatistics {
  let statistics: FileSystemStatistics | null = null;
  let takenAtMs = 0;
  return () => {
    const nowMs = clock.monotonicMs();
    if (statistics !== null && nowMs - takenAtMs < limits.statisticsMs) return statistics;
    takenAtMs = nowMs;
    statistics = readStatistics(home, replica);
    return statistics;
  };
}

function readStatistics(home: string, replica: Replica): FileSystemStatistics {
  const disk = statfsSync(home);
  return {
    blockSize: disk.bsize,
    blocks: disk.blocks,
    blocksFree: disk.bfree,
    blocksAvailable: disk.bavail,
    // Each file takes one of the disk's own; the tree's may lie on other peers' disks.
    inodes: replica.counts().inodes + disk.ffree,
    inodesFree: disk.ffree,
    maximumNameBytes,
  };
}
