import { hashLength } from '../../crypto/hash.ts';
import { maximumCertificateBytes } from '../codec/batch.ts';
import type { CborReader } from '../codec/cbor-reader.ts';
import type { CborWriter } from '../codec/cbor-writer.ts';

/** Where a log ended when it was cut, and so what its first batch must continue. */
export interface LogEnd {
  readonly sequence: number;
  readonly hash: Buffer;
  /** Operations up to here. */
  readonly operations: number;
  /** As text. */
  readonly lastStamp: string;
  /** DER, the last that the log carried. */
  readonly certificate: Buffer;
}

const stampBytes = 12;

export function writeLogEnd(writer: CborWriter, end: LogEnd): void {
  writer.array(5).integer(end.sequence).bytes(end.hash).integer(end.operations);
  writer.latin1(end.lastStamp).bytes(end.certificate);
}

/** Throws Malformed. */
export function readLogEnd(reader: CborReader): LogEnd {
  reader.array('end of a log', 5, 5);
  return {
    sequence: reader.integer('sequence', 1, Number.MAX_SAFE_INTEGER),
    hash: Buffer.from(reader.bytes('hash', hashLength, hashLength)),
    operations: reader.integer('operations', 1, Number.MAX_SAFE_INTEGER),
    lastStamp: reader.latin1('last stamp', stampBytes, stampBytes),
    certificate: Buffer.from(reader.bytes('certificate', 1, maximumCertificateBytes)),
  };
}
