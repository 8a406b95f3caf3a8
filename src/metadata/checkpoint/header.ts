import { hashLength } from '../../crypto/hash.ts';
import { type DeviceId, maximumDeviceId } from '../../identity/ids.ts';
import { CborReader } from '../codec/cbor-reader.ts';
import { CborWriter } from '../codec/cbor-writer.ts';
import { maximumSeen } from '../codec/batch.ts';
import { maximumMillis, readDevice } from '../codec/fields.ts';
import { Malformed } from '../codec/malformed.ts';
import { type LogEnd, readLogEnd, writeLogEnd } from '../log/log-end.ts';
import { maximumFoldedDevices } from '../operations/checkpoint.ts';
import type { Frontier } from '../replica.ts';

/** What a checkpoint's file says before the rows of the tree. All of it follows from the logs, so that all peers write the same. */
export interface CheckpointHeader {
  readonly network: string;
  /** Milliseconds of the last stamps that are folded. */
  readonly threshold: number;
  /** Hash of the checkpoint that this one continues; zeros for the first. */
  readonly previous: Buffer;
  /** In ascending order. */
  readonly devices: readonly CheckpointDevice[];
}

export interface CheckpointDevice {
  readonly device: DeviceId;
  /** Its last batch that holds an operation up to the threshold; 0 for none. */
  readonly folded: number;
  /** Its last batch that was known when the checkpoint was made. */
  readonly known: number;
  /** It had not expired when the checkpoint was made. */
  readonly isMember: boolean;
  /** The highest counter among its inode numbers in the tree, and of earlier checkpoints. */
  readonly highestCounter: number;
  /** How far it knew others' logs, where that does not follow from its being a member. */
  readonly seen: Frontier;
  /** Its last batch that is folded whole; null when there is none. */
  readonly end: LogEnd | null;
}

const networkBytes = 32;
const maximumCounter = 2 ** 32 - 1;

export function encodeHeader(header: CheckpointHeader): Buffer {
  const writer = new CborWriter(4096).array(4);
  writer.bytes(Buffer.from(header.network, 'hex')).integer(header.threshold);
  writer.bytes(header.previous).array(header.devices.length);
  for (const each of header.devices) {
    writer.array(7).integer(each.device).integer(each.folded).integer(each.known);
    writer.boolean(each.isMember);
    writer.integer(each.highestCounter).array(each.seen.size * 2);
    for (const [device, sequence] of each.seen) writer.integer(device).integer(sequence);
    if (each.end) writeLogEnd(writer, each.end);
    else writer.null();
  }
  return writer.take();
}

/** Throws Malformed. Nothing of `bytes` is kept. */
export function decodeHeader(bytes: Uint8Array): CheckpointHeader {
  const reader = new CborReader(bytes);
  reader.array('header', 4, 4);
  const network = reader.bytes('network', networkBytes, networkBytes).toString('hex');
  const threshold = reader.integer('threshold', 1, maximumMillis);
  const previous = Buffer.from(reader.bytes('previous', hashLength, hashLength));
  const devices = readDevices(reader);
  reader.end('more than a header');
  return { network, threshold, previous, devices };
}

function readDevices(reader: CborReader): CheckpointDevice[] {
  const count = reader.array('devices', 1, maximumFoldedDevices);
  const devices: CheckpointDevice[] = [];
  for (let index = 0; index < count; index += 1) {
    reader.array('device', 7, 7);
    devices.push({
      device: readDevice(reader),
      folded: reader.integer('folded', 0, Number.MAX_SAFE_INTEGER),
      known: reader.integer('known', 1, Number.MAX_SAFE_INTEGER),
      isMember: reader.boolean('member'),
      highestCounter: reader.integer('highest counter', 0, maximumCounter),
      seen: readSeen(reader),
      end: reader.nullable(() => readLogEnd(reader)),
    });
  }
  if (devices.some(({ device }, index) => device <= (devices[index - 1]?.device ?? 0))) {
    throw new Malformed('order of devices');
  }
  return devices;
}

function readSeen(reader: CborReader): Frontier {
  const length = reader.array('seen', 0, maximumSeen * 2);
  const seen = new Map<DeviceId, number>();
  for (let index = 0; index + 1 < length; index += 2) {
    const device = reader.integer('seen device', 1, maximumDeviceId) as DeviceId;
    seen.set(device, reader.integer('seen sequence', 1, Number.MAX_SAFE_INTEGER));
  }
  return seen;
}
