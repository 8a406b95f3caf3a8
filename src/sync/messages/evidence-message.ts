import { z } from 'zod';
import type { Equivocation } from '../../metadata/evidence/equivocation.ts';
import { decodeAs, encode } from './codec.ts';
import { bytes } from './fields.ts';

// The proof that a device signed two histories: two batches, each with the certificate that it was signed with.

const format = z.tuple([bytes, bytes, bytes, bytes]);

export function encodeEvidence({ first, second }: Equivocation): Uint8Array {
  return encode([first.bytes, first.certificate, second.bytes, second.certificate]);
}

export function decodeEvidence(body: Buffer): Equivocation {
  // Copies: evidence outlives the message that it came in.
  const [first, firstCertificate, second, secondCertificate] = decodeAs(format, body).map((piece) =>
    Buffer.from(piece),
  ) as [Buffer, Buffer, Buffer, Buffer];
  return {
    first: { bytes: first, certificate: firstCertificate },
    second: { bytes: second, certificate: secondCertificate },
  };
}
