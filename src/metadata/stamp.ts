import type { DeviceId } from '../identity/ids.ts';

/**
 * A hybrid logical clock value and a device (Kulkarni et al., *Logical Physical Clocks*, 2014): unique, and totally ordered by
 * milliseconds, then counter, then device. Everything that the network does happens in this order.
 */
export interface Stamp {
  /** Since 1970; at least the wall clock of its maker when it was made. */
  readonly millis: number;
  /** 0 to 65535: tells operations of one millisecond apart. */
  readonly counter: number;
  readonly device: DeviceId;
}

/** Negative when `a` is older. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.millis - b.millis || a.counter - b.counter || a.device - b.device;
}

/** 12 bytes, big-endian, ordered as the stamps are: u48 millis, u16 counter, u32 device. */
export function stampToBytes(stamp: Stamp): Buffer {
  const bytes = Buffer.allocUnsafe(12);
  bytes.writeUIntBE(stamp.millis, 0, 6);
  bytes.writeUInt16BE(stamp.counter, 6);
  bytes.writeUInt32BE(stamp.device, 8);
  return bytes;
}

export function stampFromBytes(bytes: Buffer, offset = 0): Stamp {
  return {
    millis: bytes.readUIntBE(offset, 6),
    counter: bytes.readUInt16BE(offset + 6),
    device: bytes.readUInt32BE(offset + 8) as DeviceId,
  };
}

/** `stampToBytes` as latin1 text: a map's key, and `<` on it is the order. */
export function stampToText(stamp: Stamp): string {
  return stampToBytes(stamp).toString('latin1');
}

export function stampFromText(text: string): Stamp {
  return stampFromBytes(Buffer.from(text, 'latin1'));
}

/** When it happened, for times that people see. The counter keeps the order of what happened within a millisecond. */
export function timeOfStamp(stamp: Stamp): { seconds: number; nanoseconds: number } {
  const seconds = Math.floor(stamp.millis / 1000);
  return { seconds, nanoseconds: (stamp.millis - seconds * 1000) * 1_000_000 + stamp.counter };
}
