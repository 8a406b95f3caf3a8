// Measures requests on the mount given as first argument, which another process serves. The second argument is a file there of at least
// `readBytes`; the third a prefix: names beginning with it and ending with a number are each looked up once, so that the kernel has none of
// them cached. Prints one line of JSON: microseconds per request, and MB/s of large reads.
import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

export interface RequestCosts {
  readonly statMicroseconds: number;
  readonly preadMicroseconds: number;
  readonly directMegabytesPerSecond: number;
}

const warmUps = 2000;
const repetitions = 20_000;
const smallRead = 4096;
const largeRead = 1 << 20;
const readBytes = 256 << 20;

const [mountpoint = '', fileName = '', prefix = ''] = process.argv.slice(2);

const costs: RequestCosts = {
  statMicroseconds: perCall((index) => lstatSync(join(mountpoint, `${prefix}${index}`))),
  ...reads(),
};
process.stdout.write(`${JSON.stringify(costs)}\n`);

/** O_DIRECT: every read is a request. */
function reads(): Omit<RequestCosts, 'statMicroseconds'> {
  const descriptor = openSync(join(mountpoint, fileName), constants.O_RDONLY | constants.O_DIRECT);
  const buffer = Buffer.allocUnsafeSlow(largeRead);
  const preadMicroseconds = perCall((index) => {
    readSync(descriptor, buffer, 0, smallRead, (index * smallRead) % readBytes);
  });
  const start = performance.now();
  for (let position = 0; position < readBytes; position += largeRead) {
    readSync(descriptor, buffer, 0, largeRead, position);
  }
  const directMegabytesPerSecond = readBytes / 1000 / (performance.now() - start);
  closeSync(descriptor);
  return { preadMicroseconds, directMegabytesPerSecond };
}

function perCall(call: (index: number) => void): number {
  for (let index = 0; index < warmUps; index++) call(index);
  const start = performance.now();
  for (let index = 0; index < repetitions; index++) call(warmUps + index);
  return ((performance.now() - start) * 1000) / repetitions;
}
