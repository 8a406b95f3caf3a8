import {
  appendFileSync,
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  truncateSync,
} from 'node:fs';
import { z } from 'zod';
import type { Flavour } from '../config/flavours.ts';
import type { Disk } from '../storage/disk.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import type { Refused } from './certificate.ts';
import { assignNumbers, type NumberRequest, type Registered } from './numbers.ts';

// The authority's memory: a file of JSON lines that is only ever appended to. The first says which network it is; then, for each
// device, a line with its numbers, flushed before any certificate with them exists, so that a crash cannot give them out twice.

export interface Register {
  readonly network: string;
  readonly flavour: Flavour;
  /** The device's numbers, written down for good when this returns. */
  assign(request: NumberRequest, nowMs: number): Registered | Refused;
  /** Notes a certificate that was issued, for people who ask later. */
  noteIssued(issued: Issued, nowMs: number): void;
}

export interface Issued {
  readonly device: number;
  readonly fingerprint: string;
  readonly notAfterMs: number;
}

/** The caller holds the home's lock. Throws an ExpectedFailure when the file is damaged. */
export function openRegister(path: string, disk: Disk): Register {
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  // A last line without its end was never flushed, so nobody got what it says.
  if (whole !== text) {
    disk.attempt('register.cut', () => truncateSync(path, Buffer.byteLength(whole)));
  }
  const { network, flavour, registered } = parseRegister(path, whole);
  return createRegister(network, flavour, registered, (line) => append(disk, path, line));
}

/** The first line of a new register. */
export function registerHeader(network: string, flavour: Flavour): string {
  return toLine({ register: 1, network, flavour });
}

/** `append` makes a line durable before it returns, and throws when it cannot. */
export function createRegister(
  network: string,
  flavour: Flavour,
  known: readonly Registered[],
  append: (line: string) => void,
): Register {
  const registered = [...known];
  let isBroken = false;
  // After a failed append nobody knows what the file holds until it is read again, so nothing more is given out until then.
  const appendOrBreak = (line: string): void => {
    if (isBroken) throw unwritable();
    isBroken = true;
    append(line);
    isBroken = false;
  };
  return {
    network,
    flavour,
    assign(request, nowMs) {
      const entry = assignNumbers(registered, flavour, request);
      if ('refused' in entry || registered.includes(entry)) return entry;
      appendOrBreak(toLine({ assigned: entry, at: new Date(nowMs).toISOString() }));
      registered.push(entry);
      return entry;
    },
    noteIssued({ device, fingerprint, notAfterMs }, nowMs) {
      const notAfter = new Date(notAfterMs).toISOString();
      const issued = { device, fingerprint, notAfter };
      appendOrBreak(toLine({ issued, at: new Date(nowMs).toISOString() }));
    },
  };
}

const headerForm = z.object({
  register: z.literal(1),
  network: z.string(),
  flavour: z.enum(['net', 'lan']),
});

const assignedForm = z.object({
  device: z.number().int().positive(),
  user: z.string(),
  uid: z.number().int().nonnegative(),
  key: z.string(),
});

const entryForm = z.union([z.object({ assigned: assignedForm }), z.object({ issued: z.object() })]);

function parseRegister(path: string, text: string) {
  const registered: Registered[] = [];
  try {
    const [first = '', ...rest] = text.split('\n').slice(0, -1);
    const header = headerForm.parse(JSON.parse(first));
    for (const row of rest) {
      const entry = entryForm.parse(JSON.parse(row));
      if ('assigned' in entry) registered.push(entry.assigned as Registered);
    }
    return { ...header, registered };
  } catch {
    throw new ExpectedFailure(
      'machine',
      `${path} is damaged; without it numbers could be given out twice, so restore it from a copy before inviting anybody.`,
    );
  }
}

function unwritable(): ExpectedFailure {
  return new ExpectedFailure(
    'machine',
    "The authority's register could not be written before; make room on its disk and restart the daemon.",
  );
}

function append(disk: Disk, path: string, text: string): void {
  const descriptor = openSync(path, 'a', 0o600);
  try {
    const bytes = Buffer.from(text);
    const position = fstatSync(descriptor).size;
    disk.attempt('register.append', () => appendFileSync(descriptor, bytes), {
      ...{ writes: descriptor, bytes, position },
    });
    disk.attempt('register.sync', () => fsyncSync(descriptor), { flushes: descriptor });
  } finally {
    closeSync(descriptor);
  }
}

function toLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
