import type { DeviceId } from '../identity/ids.ts';
import { rootInode } from './ids.ts';
import type { NetworkFacts } from './replica-options.ts';
import { timeOfStamp, type Stamp } from './stamp.ts';
import { encodeNode } from './state/node-record.ts';
import type { Overlay } from './state/overlay.ts';
import { encodeTotals } from './state/totals.ts';
import { nodeKey, totalsKey } from './state/tree-key.ts';

/** Everybody may create in the root, and only an owner may remove his names from it, as in /tmp; it belongs to nobody in particular. */
const rootMode = 0o1777;

const networkDevice = 0 as DeviceId;

/** The tree before the first operation: the root directory alone, equal on all peers. */
export function plantRoot(tree: Overlay, { createdMs }: NetworkFacts): void {
  const created: Stamp = { millis: createdMs, counter: 0, device: networkDevice };
  const time = timeOfStamp(created);
  const record = encodeNode({
    type: 'directory',
    mode: rootMode,
    uid: 0,
    gid: 0,
    accessList: null,
    defaultList: null,
    rdev: 0,
    target: '',
    atime: time,
    mtime: time,
    ctime: time,
    mtimeStamp: created,
    heads: [],
    removedFrom: null,
    mergedInto: null,
    conflictOf: null,
    departures: [],
    departedFrom: null,
  });
  tree.set(nodeKey(rootInode), record);
  tree.set(totalsKey(rootInode), encodeTotals({ names: 1, entries: 0, subdirectories: 0 }));
}
