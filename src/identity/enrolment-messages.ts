import { z } from 'zod';
import { decode, encode } from './codec.ts';
import { maximumCertificateBytes } from './certificate.ts';
import { maximumRequestBytes } from './certificate-request.ts';
import { maximumTokenAddresses, secretLength } from './token.ts';

// What a machine that wants to join and a peer that may admit it say to each other, once each way: docs/formats/certificates.md.

export interface EnrolmentRequest {
  readonly secret: Buffer;
  /** PKCS #10, DER. */
  readonly certificateRequest: Buffer;
}

export type EnrolmentAnswer =
  | {
      readonly kind: 'admitted';
      readonly certificate: Buffer;
      readonly authority: Buffer;
      /** `host:port` of peers to connect to. */
      readonly addresses: readonly string[];
    }
  | { readonly kind: 'refused'; readonly reason: string };

const version = 1;

/** Reasons are clauses for people. */
const maximumReasonLength = 500;

export function encodeEnrolmentRequest({ secret, certificateRequest }: EnrolmentRequest): Buffer {
  return encode([version, secret, certificateRequest]);
}

export function decodeEnrolmentRequest(bytes: Buffer): EnrolmentRequest | undefined {
  const { success, data } = requestForm.safeParse(decode(bytes));
  return success ? { secret: data[1], certificateRequest: data[2] } : undefined;
}

export function encodeEnrolmentAnswer(answer: EnrolmentAnswer): Buffer {
  return answer.kind === 'refused'
    ? encode([version, answer.kind, answer.reason.slice(0, maximumReasonLength)])
    : encode([
        ...[version, answer.kind, answer.certificate, answer.authority],
        answer.addresses.slice(0, maximumTokenAddresses),
      ]);
}

export function decodeEnrolmentAnswer(bytes: Buffer): EnrolmentAnswer | undefined {
  const { success, data } = answerForm.safeParse(decode(bytes));
  if (!success) return undefined;
  if (data[1] === 'refused') return { kind: 'refused', reason: data[2] };
  const [, kind, certificate, authority, addresses] = data;
  return { kind, certificate, authority, addresses };
}

const bytesForm = (shortest: number, longest: number) =>
  z
    .instanceof(Uint8Array)
    .refine(({ length }) => length >= shortest && length <= longest)
    .transform((bytes) => Buffer.from(bytes));

const requestForm = z.tuple([
  z.literal(version),
  bytesForm(secretLength, secretLength),
  bytesForm(1, maximumRequestBytes),
]);

const answerForm = z.union([
  z.tuple([z.literal(version), z.literal('refused'), z.string().max(maximumReasonLength)]),
  z.tuple([
    z.literal(version),
    z.literal('admitted'),
    bytesForm(1, maximumCertificateBytes),
    bytesForm(1, maximumCertificateBytes),
    z.array(z.string().max(300)).max(maximumTokenAddresses),
  ]),
]);
