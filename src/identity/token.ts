import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Flavour } from '../config/flavours.ts';
import { decode, encode } from './codec.ts';
import { isNetworkName, isUserName } from './names.ts';

/** What `peerfuse invite` prints and `peerfuse join` takes: docs/formats/token.md. */
export interface Token {
  readonly network: string;
  readonly flavour: Flavour;
  /** Whom the invitation is for. */
  readonly user: string;
  /** SHA-256 of the authority's certificate, in hex: whoever answers must show that certificate. */
  readonly authorityFingerprint: string;
  /** `host:port` of peers that can admit. */
  readonly addresses: readonly string[];
  /** Admits once. */
  readonly secret: Buffer;
}

/** Bytes of an invitation's secret: beyond guessing, and the token stays short. */
export const secretLength = 16;

/** Addresses in a token: every address of a machine with many, and still one paste. */
export const maximumTokenAddresses = 16;

const prefix = 'peerfuse-';
const version = 1;
const checksumLength = 4;

/** Longest token: sixteen addresses with long names. */
const maximumTokenLength = 8192;

export function formatToken(token: Token): string {
  const { network, flavour, user, authorityFingerprint, addresses, secret } = token;
  const fingerprint = Buffer.from(authorityFingerprint, 'hex');
  const fields = [version, network, flavour, user, fingerprint, [...addresses], secret];
  const body = encode(fields);
  return prefix + Buffer.concat([body, checksum(body)]).toString('base64url');
}

/** Reads what a person pasted. The problem is a sentence that says what to do. */
export function parseToken(text: string): Token | { readonly problem: string } {
  // Mail programs and terminals break long lines.
  const joined = text.replaceAll(/\s+/g, '');
  if (!joined.startsWith(prefix)) {
    return {
      problem: `This is no token: a token begins with "${prefix}"; copy the line that "peerfuse invite" printed last.`,
    };
  }
  const bytes = Buffer.from(joined.slice(prefix.length), 'base64url');
  const body = bytes.subarray(0, -checksumLength);
  const isWhole =
    joined.length <= maximumTokenLength && checksum(body).equals(bytes.subarray(-checksumLength));
  if (!isWhole || !/^[\w-]+$/.test(joined)) return damaged(joined);
  return (
    fromFields(decode(body)) ?? {
      problem:
        'This token was made by another version of Peerfuse; use the same version on both machines.',
    }
  );
}

const bytesForm = z.instanceof(Uint8Array);

const form = z.tuple([
  z.literal(version),
  z.string().refine(isNetworkName),
  z.enum(['net', 'lan']),
  z.string().refine(isUserName),
  bytesForm.refine((bytes) => bytes.length === 32),
  z.array(z.string().max(300)).min(1).max(maximumTokenAddresses),
  bytesForm.refine((bytes) => bytes.length === secretLength),
]);

function fromFields(fields: unknown): Token | undefined {
  const { success, data } = form.safeParse(fields);
  if (!success) return undefined;
  const [, network, flavour, user, fingerprint, addresses, secret] = data;
  const authorityFingerprint = Buffer.from(fingerprint).toString('hex');
  return { network, flavour, user, authorityFingerprint, addresses, secret: Buffer.from(secret) };
}

function damaged(text: string): { problem: string } {
  return {
    problem: `The token is damaged, probably cut in copying (${text.length} characters arrived); copy the whole line that "peerfuse invite" printed last.`,
  };
}

/** Finds slips, not forgeries: who can change a token can as well make one. */
function checksum(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest().subarray(0, checksumLength);
}
