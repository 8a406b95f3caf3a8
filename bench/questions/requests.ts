import { closeSync, mkdirSync, openSync } from 'node:fs';
import { type LivePeer, until } from '../../test/support/live-peer.ts';
import { measureNullServer, measureRequests } from '../fuse-requests.ts';
import type { Row } from '../row.ts';

// What fuse-request-client.ts looks up: each name once.
const names = 22_000;

/** What a request costs on a mount, beside a server that does nothing. The large file must be resident at the reader. */
export async function requests(
  writer: LivePeer,
  reader: LivePeer,
  largeFile: string,
): Promise<Row[]> {
  await makeNames(writer, reader);
  const yardstick = await measureNullServer('as-scheduled');
  const ours = await measureRequests(reader.mountpoint, largeFile, 'names/', 'as-scheduled');
  const name = 'do-nothing server';
  return [
    {
      question: 'stat of a name never looked up before',
      value: 1e6 / ours.statMicroseconds,
      unit: 'per second',
      yardstick: { name, value: 1e6 / yardstick.statMicroseconds },
    },
    {
      question: 'pread of 4 KiB, resident, past the page cache',
      value: 1e6 / ours.preadMicroseconds,
      unit: 'per second',
      yardstick: { name, value: 1e6 / yardstick.preadMicroseconds },
    },
    {
      question: 'read of 1 MiB pieces, resident, past the page cache',
      value: ours.directMegabytesPerSecond,
      unit: 'MB/s',
      yardstick: { name, value: yardstick.directMegabytesPerSecond },
    },
  ];
}

async function makeNames(writer: LivePeer, reader: LivePeer): Promise<void> {
  mkdirSync(writer.path('names'));
  for (let index = 0; index < names; index++)
    closeSync(openSync(writer.path('names', `${index}`), 'wx'));
  await until(
    'the reader knows all names',
    async () => (await reader.status()).tree.entries === (await writer.status()).tree.entries,
    60_000,
  );
}
