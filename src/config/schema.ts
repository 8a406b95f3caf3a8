import { z } from 'zod';
import {
  defaultPort,
  isListenAddress,
  isPeerAddress,
  listenAddressRule,
  peerAddressRule,
} from './listen-address.ts';
import { durationRule, parseDuration, parseSize, sizeRule } from './quantity.ts';

// What may stand in config.toml. Every key has a default, so that an empty file is a good one; every rule is a sentence that
// a person can follow, because that is what he is shown.

const listenAddress = z.string(listenAddressRule).refine(isListenAddress, listenAddressRule);
const peerAddress = z.string(peerAddressRule).refine(isPeerAddress, peerAddressRule);

const size = z
  .string(sizeRule)
  .refine((text) => parseSize(text) !== undefined, sizeRule)
  .transform((text) => parseSize(text) ?? 0);

const duration = z
  .string(durationRule)
  .refine((text) => parseDuration(text) !== undefined, durationRule)
  .transform((text) => parseDuration(text) ?? 0);

function wholeNumber(from: number, to: number) {
  const rule = `a whole number from ${from} to ${to}`;
  return z.number(rule).int(rule).min(from, rule).max(to, rule);
}

function choice<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, `one of ${names.map((name) => `"${name}"`).join(', ')}`);
}

/** Addresses in one list: more is a slip. */
export const maximumConfiguredAddresses = 64;

function list<Item extends z.ZodType>(item: Item, rule: string) {
  return z
    .array(item, `a list of ${rule}`)
    .max(maximumConfiguredAddresses, `at most ${maximumConfiguredAddresses}`);
}

const deviceNumber = wholeNumber(1, 2 ** 32 - 1);

export const configSchema = z.strictObject(
  {
    /** Where peers reach this one. */
    listen: list(listenAddress, listenAddressRule).default([`[::]:${defaultPort}`]),
    /** Where others are told to reach this one, when that differs from `listen` (a forwarded port, a name). */
    announce: list(peerAddress, peerAddressRule).default([]),
    /** Peers to connect to, besides those that are known already. */
    connect: list(peerAddress, peerAddressRule).default([]),
    /** How long a read waits for a block that no connected peer has, in milliseconds. Written as a duration. */
    waitForPeers: duration.default(60_000),
    /** How far a sequential reader's blocks are fetched ahead at most, in bytes. Written as a size. */
    readAhead: size.default(32 * 2 ** 20),
    /** Whether the kernel may read by itself what is on this disk as a whole, where it can. To be switched off in search of a fault. */
    passthrough: z.boolean('true or false').default(true),
    /** Numbers of devices that will not come back: old operations are folded without them. */
    givenUp: list(deviceNumber, 'device numbers').default([]),
    /** Network worker threads. */
    workers: wholeNumber(1, 16).default(1),
    logLevel: choice(['debug', 'info', 'warn', 'error']).default('info'),
  },
  'a table of settings',
);

/** Settings of a peer. */
export type Config = z.infer<typeof configSchema>;
