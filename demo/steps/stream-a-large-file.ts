import { chmod, open } from 'node:fs/promises';
import type { LiveNetwork } from '../../test/support/live-network.ts';
import { type LivePeer, until } from '../../test/support/live-peer.ts';
import { ProgressBySource } from '../progress-by-source.ts';
import { randomPieces } from '../random-stream.ts';
import { humanBytes, say } from '../say.ts';

interface Roles {
  readonly writer: LivePeer;
  /** Has read a part already, and so serves it as well. */
  readonly helper: LivePeer;
  readonly reader: LivePeer;
}

const filmBytes = 1024 ** 3;
const pieceBytes = 1024 ** 2;

/** A film plays before it is here, and comes from whoever has it. */
export async function streamALargeFile(network: LiveNetwork, roles: Roles): Promise<void> {
  const { writer, helper, reader } = roles;
  const everybody = network.peers;
  await say(
    `${writer.name} writes a film of ${humanBytes(filmBytes)}`,
    () => write(writer),
    everybody,
  );
  for (const peer of [helper, reader]) {
    await until(`${peer.name} sees the film`, async () => (await sizeOf(peer)) === filmBytes);
  }
  await say(`${reader.name} reads its first bytes`, () => compare(reader, pieceBytes), [reader]);
  await say(`${helper.name} reads half of it`, () => compare(helper, filmBytes / 2), [helper]);
  await using progress = new ProgressBySource(reader, filmBytes);
  await say(
    () => `${progress.finish(filmBytes)}${reader.name} reads all of it, every byte as written`,
    () => compare(reader, filmBytes),
    [reader],
  );
}

async function write(peer: LivePeer): Promise<void> {
  await using file = await open(peer.path('film.bin'), 'wx');
  for (const piece of randomPieces(filmBytes)) await file.writeFile(piece);
  // On a net network as on any UNIX, others may change a file only when its owner lets them.
  await chmod(peer.path('film.bin'), 0o666);
}

async function sizeOf(peer: LivePeer): Promise<number> {
  await using file = await open(peer.path('film.bin')).catch(() => undefined);
  return (await file?.stat())?.size ?? 0;
}

async function compare(peer: LivePeer, bytes: number): Promise<void> {
  await using file = await open(peer.path('film.bin'));
  const target = Buffer.allocUnsafe(pieceBytes);
  let position = 0;
  for (const piece of randomPieces(bytes)) {
    const { bytesRead } = await file.read(target, 0, piece.length, position);
    if (!piece.equals(target.subarray(0, bytesRead))) {
      throw new Error(`${file.fd}: other bytes after position ${position}`);
    }
    position += bytesRead;
  }
}
