import { fallocateFlags } from '../../../src/platform/native.ts';
import type { BrokenPeer } from './broken-peer.ts';

const readWrite = 2;
const caller = { uid: 1002, gid: 1002, pid: 1, umask: 0 };

/** A day in which every disk call is made: own work, flushed and not, work of others, restarts. Rejects when the disk ends it. */
export async function work(peer: BrokenPeer): Promise<void> {
  await peer.attempt(() => peer.world.add('alice'));
  if (!peer.world.peers.some(({ name, running }) => name === 'alice' && running)) {
    peer.world.start('alice');
  }
  await morning(peer);
  await peer.restart();
  await afternoon(peer);
  await peer.attempt(() => peer.world.advance(400_000));
  await peer.restart();
  await peer.act({ kind: 'replace', path: 'evening', length: 70_000, seed: 90 }, true);
}

async function morning(peer: BrokenPeer): Promise<void> {
  await peer.act({ kind: 'replace', path: 'small', length: 3000, seed: 1 }, true);
  await peer.act({ kind: 'replace', path: 'large', length: 150_000, seed: 2 }, true);
  await peer.act({ kind: 'write', path: 'small', position: 100, length: 500, seed: 3 }, false);
  await peer.act(
    { kind: 'write', path: 'large', position: 150_000, length: 70_000, seed: 4 },
    true,
  );
  await peer.act({ kind: 'rename', path: 'small', to: 'moved' }, true);
  await peer.act({ kind: 'replace', path: 'once', length: 100_000, seed: 5 }, true);
  await hear(peer, 'noon');
  await peer.act(
    { kind: 'write', path: 'large', position: 66_000, length: 90_000, seed: 6 },
    false,
  );
  await peer.attempt(() => peer.alice.mkdir('folder'));
  await peer.act({ kind: 'remove', path: 'once' }, false);
  await peer.attempt(() => peer.world.advance(2000));
  await peer.act({ kind: 'write', path: 'large', position: 10, length: 20, seed: 7 }, false);
}

async function afternoon(peer: BrokenPeer): Promise<void> {
  await peer.act({ kind: 'truncate', path: 'large', size: 70_000 }, true);
  await peer.act({ kind: 'replace', path: 'moved', length: 10_000, seed: 8 }, false);
  await peer.attempt(() => peer.world.advance(2000));
  await peer.act({ kind: 'truncate', path: 'moved', size: 400_000 }, false);
  await peer.attempt(async () => {
    const open = await peer.alice.open('large', 'change');
    await open.close();
  });
  await peer.attempt(() => reserveAndPunch(peer));
  await hear(peer, 'dusk');
  await peer.act({ kind: 'write', path: 'moved', position: 300_000, length: 5000, seed: 9 }, true);
  await peer.act({ kind: 'truncate', path: 'moved', size: 9000 }, false);
}

/** fallocate(2): room beyond the end, and a hole in a file of its own. */
async function reserveAndPunch(peer: BrokenPeer): Promise<void> {
  await peer.alice.write('punched', 'x'.repeat(100_000));
  const { fileSystem } = peer.alice.run;
  const handle = await fileSystem.open(caller, peer.alice.inode('punched'), readWrite);
  const { keepSize, punchHole } = fallocateFlags;
  try {
    await peer.world.finish(fileSystem.allocate(caller, handle, keepSize, 0, 200_000));
    const hole = keepSize | punchHole;
    await peer.world.finish(fileSystem.allocate(caller, handle, hole, 10, 90_000));
  } finally {
    await peer.world.finish(fileSystem.release(handle));
  }
}

/** Bob does something, alice learns of it and reads it. */
async function hear(peer: BrokenPeer, name: string): Promise<void> {
  const bob = peer.world.peer('bob');
  await bob.write(name, `${name} `.repeat(20_000));
  bob.mkdir(`${name} folder`);
  await peer.attempt(() => peer.world.settle());
  await peer.attempt(() => peer.alice.exists(name) && peer.alice.read(name));
  await bob.append(name, 'more');
  await peer.attempt(() => peer.world.settle());
}
