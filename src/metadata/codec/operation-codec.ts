import type { DeviceId } from '../../identity/ids.ts';
import type { InodeId } from '../ids.ts';
import type { Acting, Operation, OperationFields } from '../operation.ts';
import { kindOf, kindOfNumber } from '../operations/kinds.ts';
import type { Stamp } from '../stamp.ts';
import { CborReader } from './cbor-reader.ts';
import { CborWriter } from './cbor-writer.ts';
import { maximumGroups, readId } from './fields.ts';
import { Malformed } from './malformed.ts';

// The body of an operation: [kind, uid, [gid, ...], field, ...]. Its stamp stands beside it, in the batch or in the database's key.

export function encodeBody(acting: Acting, fields: OperationFields): Buffer {
  const kind = kindOf(fields);
  const writer = new CborWriter();
  const extra = kind.extraFields?.count(fields) ?? 0;
  writer.array(3 + kind.fieldCount + extra).integer(kind.number);
  writer.integer(acting.uid).array(acting.gids.length);
  for (const gid of acting.gids) writer.integer(gid);
  kind.write(writer, fields);
  return writer.take();
}

/** Throws Malformed unless everything is in its bounds. */
export function readOperation(reader: CborReader, stamp: Stamp): Operation {
  const length = reader.array('operation', 3, 64);
  const kind = kindOfNumber(reader.integer('kind', 1, 255));
  if (kind === undefined) throw new Malformed('kind');
  const extra = length - 3 - kind.fieldCount;
  if (extra < 0 || extra > (kind.extraFields?.most ?? 0)) throw new Malformed('kind');
  const acting = { uid: readId(reader, 'acting uid'), gids: readGids(reader) };
  return { stamp, acting, fields: kind.read(reader, stamp.device, extra) };
}

/** Of a body that was checked: the number of its kind, which stands after the array's head and is below 24. */
export function kindNumberOf(body: Uint8Array): number {
  return body[1] ?? 0;
}

/** Of a body that was checked before it was stored. */
export function decodeBody(body: Uint8Array, stamp: Stamp): Operation {
  return readOperation(new CborReader(body), stamp);
}

function readGids(reader: CborReader): number[] {
  const count = reader.array('acting gids', 0, maximumGroups);
  const gids: number[] = [];
  for (let index = 0; index < count; index += 1) gids.push(readId(reader, 'acting gid'));
  return gids;
}

/** The highest number that the device gave to a node among these; 0 when none. */
export function highestCounter(
  operations: readonly { readonly operation: Operation }[],
  device: DeviceId,
): number {
  let highest = 0;
  for (const { operation } of operations) {
    const { fields, stamp } = operation;
    if (stamp.device !== device) continue;
    if (fields.kind === 'create') highest = Math.max(highest, counterOfInode(fields.inode));
    if (fields.kind === 'set-content') highest = Math.max(highest, counterOfInode(fields.beside));
  }
  return highest;
}

function counterOfInode(inode: InodeId): number {
  return inode % 2 ** 32;
}
