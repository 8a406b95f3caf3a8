import { z } from 'zod';
import { maximumLocksPerMessage } from '../../locks/limits.ts';
import { denialCodes, type LockMessage, type WireLock } from '../../locks/messages.ts';
import { lastPosition, type Position } from '../../locks/position.ts';
import { decodeAs, encode } from './codec.ts';
import { bytes, deviceId, fileNumber, maximumDevices, sequence } from './fields.ts';

// The body of each kind of message follows its number: docs/formats/messages.md has the table.

const kinds = [
  ...(['assert', 'acquire', 'cancel', 'release', 'test', 'returned'] as const),
  ...(['granted', 'denied', 'noted', 'tested', 'recall', 'contested'] as const),
] as const satisfies readonly LockMessage['kind'][];

const largestPosition = 2n ** 63n - 1n;

/** Two numbers of 32 bits in hex, and what a peer names for itself. */
const maximumOwnerLength = 32;

/** Null is the end of all files. */
const position = z
  .union([z.int().min(0), z.bigint().min(0n).max(largestPosition), z.null()])
  .transform((value): Position => value ?? lastPosition);

const bit = z.union([z.literal(0), z.literal(1)]);
const id = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const milliseconds = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const lock = z
  .tuple([bit, z.string().min(1).max(maximumOwnerLength), bit, position, position])
  .refine(([, , , start, end]) => start <= end, 'a lock ends before it starts')
  .transform(([kind, owner, type, start, end]): WireLock => ({ kind, owner, type, start, end }));

const locks = z.array(lock).max(maximumLocksPerMessage);
const assertedFile = z
  .tuple([fileNumber, locks])
  .transform(([inode, held]) => ({ inode, locks: held }));

const formats = {
  assert: z
    .tuple([sequence, z.boolean(), z.array(assertedFile).max(maximumLocksPerMessage)])
    .transform(([at, more, files]) => ({ kind: 'assert' as const, position: at, more, files })),
  acquire: z
    .tuple([fileNumber, id, lock, z.boolean(), milliseconds, sequence])
    .transform(([inode, wish, wanted, waits, waitedMs, at]) => ({
      ...{ kind: 'acquire' as const, inode, id: wish, lock: wanted, waits, waitedMs },
      position: at,
    })),
  cancel: z
    .tuple([fileNumber, id])
    .transform(([inode, wish]) => ({ kind: 'cancel' as const, inode, id: wish })),
  release: z.tuple([fileNumber, lock, sequence]).transform(([inode, held, at]) => ({
    ...{ kind: 'release' as const, inode, lock: held, position: at },
  })),
  test: z.tuple([fileNumber, id, lock]).transform(([inode, wish, wanted]) => ({
    ...{ kind: 'test' as const, inode, id: wish, lock: wanted },
  })),
  returned: z
    .tuple([fileNumber, sequence, z.boolean(), locks])
    .transform(([inode, at, more, held]) => ({
      ...{ kind: 'returned' as const, inode, position: at, more, locks: held },
    })),
  granted: z
    .tuple([
      ...([fileNumber, id, z.boolean()] as const),
      z.array(z.tuple([deviceId, sequence])).max(maximumDevices),
    ])
    .transform(([inode, wish, delegated, positions]) => ({
      ...{ kind: 'granted' as const, inode, id: wish, delegated, positions },
    })),
  denied: z.tuple([fileNumber, id, z.enum(denialCodes)]).transform(([inode, wish, failure]) => ({
    ...{ kind: 'denied' as const, inode, id: wish, failure },
  })),
  noted: z
    .tuple([fileNumber, id])
    .transform(([inode, wish]) => ({ kind: 'noted' as const, inode, id: wish })),
  tested: z
    .tuple([fileNumber, id, z.tuple([lock, deviceId]).nullable()])
    .transform(([inode, wish, found]) => {
      const conflict = found && { ...found[0], device: found[1] };
      return { kind: 'tested' as const, inode, id: wish, conflict };
    }),
  recall: z.tuple([fileNumber]).transform(([inode]) => ({ kind: 'recall' as const, inode })),
  contested: z
    .tuple([fileNumber, deviceId])
    .transform(([inode, device]) => ({ kind: 'contested' as const, inode, device })),
} satisfies { readonly [Kind in LockMessage['kind']]: z.ZodType<LockMessage & { kind: Kind }> };

const frame = z.tuple([
  z
    .int()
    .min(0)
    .max(kinds.length - 1),
  bytes,
]);

export function encodeLockMessage(message: LockMessage): Uint8Array {
  return encode([kinds.indexOf(message.kind), encode(fieldsOf(message))]);
}

export function decodeLockMessage(payload: Buffer): LockMessage {
  const [kind, body] = decodeAs(frame, payload);
  return decodeAs<LockMessage>(formats[kinds[kind] ?? 'recall'], body);
}

function fieldsOf(message: LockMessage): unknown[] {
  switch (message.kind) {
    case 'assert':
      return [message.position, message.more, message.files.map(fieldsOfFile)];
    case 'acquire':
      return [
        ...[message.inode, message.id, fieldsOfLock(message.lock)],
        ...[message.waits, message.waitedMs, message.position],
      ];
    case 'release':
      return [message.inode, fieldsOfLock(message.lock), message.position];
    case 'test':
      return [message.inode, message.id, fieldsOfLock(message.lock)];
    case 'returned':
      return [message.inode, message.position, message.more, message.locks.map(fieldsOfLock)];
    case 'granted':
      return [message.inode, message.id, message.delegated, message.positions];
    case 'denied':
      return [message.inode, message.id, message.failure];
    case 'cancel':
    case 'noted':
      return [message.inode, message.id];
    case 'tested': {
      const { inode, id: wish, conflict } = message;
      return [inode, wish, conflict && [fieldsOfLock(conflict), conflict.device]];
    }
    case 'contested':
      return [message.inode, message.device];
    case 'recall':
    default:
      return [message.inode];
  }
}

function fieldsOfFile({ inode, locks: held }: { inode: number; locks: readonly WireLock[] }) {
  return [inode, held.map(fieldsOfLock)];
}

function fieldsOfLock({ kind, owner, type, start, end }: WireLock): unknown[] {
  return [kind, owner, type, onTheWire(start), onTheWire(end)];
}

function onTheWire(place: Position): Position | null {
  return place === lastPosition ? null : place;
}
