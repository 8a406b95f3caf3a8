import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { type LivePeer, until } from '../../test/support/live-peer.ts';
import { randomPieces } from '../../demo/random-stream.ts';
import { statSync } from 'node:fs';
import type { Row } from '../row.ts';

const fileBytes = 1024 ** 3;
const pieceBytes = 1024 ** 2;
const editPosition = fileBytes / 2 + 4096;

/** A cold 1 GiB file from one peer: its first byte, all of it, and a small edit in its middle. */
export async function largeFile(
  writer: LivePeer,
  reader: LivePeer,
  yardstick: { readonly tlsBytesPerSecond: number },
): Promise<Row[]> {
  const written = await write(writer);
  await until('the reader sees the file', () => sizeAt(reader) === fileBytes, 60_000);
  const { firstByteMs, megabytesPerSecond } = readAll(reader);
  const edit = await editInTheMiddle(writer, reader);
  return [
    { question: 'write 1 GiB', value: written, unit: 'MB/s' },
    { question: 'first byte of a cold 1 GiB file', value: firstByteMs, unit: 'ms' },
    {
      question: 'cold sequential read of 1 GiB from one peer',
      value: megabytesPerSecond,
      unit: 'MB/s',
      yardstick: { name: 'node:tls', value: yardstick.tlsBytesPerSecond / 1e6 },
    },
    { question: '4 KiB edit in its middle: until the other reads it', value: edit.ms, unit: 'ms' },
    { question: '4 KiB edit in its middle: bytes moved', value: edit.bytes, unit: 'bytes' },
  ];
}

async function write(writer: LivePeer): Promise<number> {
  const pieces = [...randomPieces(64 * pieceBytes)];
  const file = openSync(writer.path('large'), 'wx');
  const start = performance.now();
  for (let position = 0; position < fileBytes; position += pieceBytes) {
    const piece = pieces[(position / pieceBytes) % pieces.length] as Buffer;
    // No two blocks may be alike.
    for (let block = 0; block < pieceBytes; block += 65_536) piece.writeDoubleBE(position, block);
    writeSync(file, piece, 0, pieceBytes, position);
  }
  closeSync(file);
  return fileBytes / 1e3 / (performance.now() - start);
}

function readAll(reader: LivePeer): { firstByteMs: number; megabytesPerSecond: number } {
  const target = Buffer.allocUnsafe(pieceBytes);
  const start = performance.now();
  const file = openSync(reader.path('large'), 'r');
  readSync(file, target, 0, 1, 0);
  const firstByteMs = performance.now() - start;
  let position = 0;
  for (let count = 1; count > 0; position += count) {
    count = readSync(file, target, 0, pieceBytes, position);
  }
  closeSync(file);
  return { firstByteMs, megabytesPerSecond: fileBytes / 1e3 / (performance.now() - start) };
}

async function editInTheMiddle(
  writer: LivePeer,
  reader: LivePeer,
): Promise<{ ms: number; bytes: number }> {
  const before = (await reader.status()).traffic.receivedBytes;
  const edit = Buffer.alloc(4096, 'edited');
  const start = performance.now();
  const file = openSync(writer.path('large'), 'r+');
  writeSync(file, edit, 0, edit.length, editPosition);
  closeSync(file);
  await until('the edit is seen', () => readAt(reader, edit.length).equals(edit));
  const ms = performance.now() - start;
  return { ms, bytes: (await reader.status()).traffic.receivedBytes - before };
}

function readAt(reader: LivePeer, length: number): Buffer {
  const target = Buffer.alloc(length);
  const file = openSync(reader.path('large'), 'r');
  readSync(file, target, 0, length, editPosition);
  closeSync(file);
  return target;
}

function sizeAt(peer: LivePeer): number {
  return statSync(peer.path('large'), { throwIfNoEntry: false })?.size ?? 0;
}
