import type { Logs } from '../log/logs.ts';
import type { ReplicaParts } from '../local-replica.ts';
import { Pace, runWhole } from '../merge/pace.ts';
import type { ReplicaOptions } from '../replica-options.ts';
import { Overlay } from '../state/overlay.ts';
import { commitOverlay } from '../tables/commit.ts';
import { folderIn } from './assemble.ts';
import { deviceIn } from './base.ts';
import { rowsOfFile, type WholeCheckpoint } from './file-reader.ts';
import { CheckpointFolder } from './folder.ts';

// At the start, when the database holds nothing, or nothing that can be trusted.

/** Rows that are committed at once. */
const loadedAtOnce = 2048;

/** The newest checkpoint that the logs continue. Throws when they continue one that is not there any more. */
export function newestUsable(
  { logDirectory, network, clock }: ReplicaOptions,
  logs: Logs,
): WholeCheckpoint | undefined {
  for (const checkpoint of new CheckpointFolder(folderIn(logDirectory)).wholeOnes(clock)) {
    if (checkpoint.header.network === network.id && isContinued(checkpoint, logs)) {
      return checkpoint;
    }
  }
  if (logs.devicesOnDisk().every((device) => logs.beforeOf(device) === null)) return undefined;
  throw new Error(
    `no checkpoint in ${folderIn(logDirectory)} is whole, and the logs do not go back to the beginning: restore that folder from a copy, or join again with a new home`,
  );
}

/** Makes a tree that has nothing but its root the tree of the checkpoint. */
export function rebuildOn({ path, header, hash }: WholeCheckpoint, parts: ReplicaParts): void {
  const { tree, counters, logs, adoption, belated, options } = parts;
  let overlay = new Overlay(tree);
  for (const { key, value } of rowsOfFile(path)) {
    overlay.set(key, value);
    if (overlay.changes.size < loadedAtOnce) continue;
    commitOverlay(tree, counters, overlay);
    overlay = new Overlay(tree);
  }
  commitOverlay(tree, counters, overlay);
  for (const { device, end } of header.devices) {
    if (end && (logs.progressOf(device)?.sequence ?? 0) < end.sequence) {
      logs.continueFrom(device, end);
    }
  }
  adoption.begin({ header, hash });
  const folder = new CheckpointFolder(folderIn(options.logDirectory));
  if (folder.wasRedone(header.threshold)) return;
  const folded = deviceIn(adoption.base, options.device)?.folded ?? 0;
  runWhole(belated.note(folded, header.threshold, new Pace(options.clock)));
}

function isContinued({ header }: WholeCheckpoint, logs: Logs): boolean {
  return logs.devicesOnDisk().every((device) => {
    const before = logs.beforeOf(device);
    if (before === null) return true;
    return before.sequence <= (deviceIn({ header, hash: before.hash }, device)?.end?.sequence ?? 0);
  });
}
