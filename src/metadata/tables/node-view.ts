import type { InodeId } from '../ids.ts';
import { isLater, type Node, type Time } from '../node.ts';
import { compareStamps, stampFromBytes, timeOfStamp } from '../stamp.ts';
import type { NodeRecord } from '../state/node-record.ts';
import type { Totals } from '../state/totals.ts';

/** A node as everybody sees it: its record with what follows from the entries. */
export function viewNode(
  inode: InodeId,
  record: NodeRecord,
  totals: Totals,
  youngestChange: Buffer | undefined,
): Node {
  const { type, mode, uid, gid, rdev, target, atime, heads } = record;
  const { conflictOf, departures, departedFrom, mergedInto, accessList, defaultList } = record;
  const { mtime, ctime } = timesOf(record, youngestChange);
  const links = linksOf(record, totals);
  return {
    ...{ inode, type, mode, uid, gid, rdev, target, atime, mtime, ctime, links, heads },
    ...{ conflictOf, departures, departedFrom, mergedInto, accessList, defaultList },
  };
}

function linksOf(record: NodeRecord, totals: Totals): number {
  return record.type === 'directory' && totals.names > 0 ? 2 + totals.subdirectories : totals.names;
}

/** A change of the entries counts for mtime unless somebody set mtime afterwards. */
function timesOf(
  record: NodeRecord,
  youngestChange: Buffer | undefined,
): { mtime: Time; ctime: Time } {
  const { mtime, ctime } = record;
  if (youngestChange === undefined) return { mtime, ctime };
  const stamp = stampFromBytes(youngestChange);
  const changed = timeOfStamp(stamp);
  return {
    mtime: compareStamps(stamp, record.mtimeStamp) > 0 ? changed : mtime,
    ctime: isLater(changed, ctime) ? changed : ctime,
  };
}
