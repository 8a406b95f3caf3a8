import type { DeviceId } from '../../identity/ids.ts';
import { hashLength } from '../../crypto/hash.ts';
import type { CborReader } from '../codec/cbor-reader.ts';
import { maximumMillis, readDevice } from '../codec/fields.ts';
import { Malformed } from '../codec/malformed.ts';
import type { FoldedDevice, ProposeCheckpoint } from '../operation.ts';
import type { OperationKind } from './operation-kind.ts';

/** Each takes about 12 bytes, so that the operation fits into a batch. */
export const maximumFoldedDevices = 16_384;

/** Changes nothing by itself: a peer that finds it true folds what it names. docs/decisions/0007-checkpoints.md */
export const checkpoint: OperationKind<ProposeCheckpoint> = {
  kind: 'checkpoint',
  number: 13,
  fieldCount: 4,

  write(writer, { threshold, hash, previous, devices }) {
    writer.integer(threshold).bytes(hash).bytes(previous).array(devices.length);
    for (const { device, folded, known } of devices) {
      writer.array(3).integer(device).integer(folded).integer(known);
    }
  },

  read: (reader) => ({
    kind: 'checkpoint',
    threshold: reader.integer('threshold', 1, maximumMillis),
    hash: Buffer.from(reader.bytes('hash', hashLength, hashLength)),
    previous: Buffer.from(reader.bytes('previous hash', hashLength, hashLength)),
    devices: readDevices(reader),
  }),

  apply() {},
};

function readDevices(reader: CborReader): FoldedDevice[] {
  const count = reader.array('devices', 1, maximumFoldedDevices);
  const devices: FoldedDevice[] = [];
  let last = 0 as DeviceId;
  for (let index = 0; index < count; index += 1) {
    reader.array('device', 3, 3);
    const device = readDevice(reader);
    if (device <= last) throw new Malformed('order of devices');
    last = device;
    const folded = reader.integer('folded', 0, Number.MAX_SAFE_INTEGER);
    devices.push({
      device,
      folded,
      known: reader.integer('known', Math.max(1, folded), Number.MAX_SAFE_INTEGER),
    });
  }
  return devices;
}
