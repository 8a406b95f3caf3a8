import { join } from 'node:path';
import { openIdentity } from '../../src/daemon/open-identity.ts';
import { verifyPeerCertificateAtAnyTime } from '../../src/identity/certificate.ts';
import type { InodeId } from '../../src/metadata/ids.ts';
import { rootInode } from '../../src/metadata/ids.ts';
import { nameFromText } from '../../src/metadata/name.ts';
import { openReplica } from '../../src/metadata/open-replica.ts';
import type { LocalReplica } from '../../src/metadata/local-replica.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { openDataDirectory } from '../../src/storage/data-directory.ts';
import { realDisk } from '../../src/storage/disk.ts';

/** Entries in each folder. */
const width = 100;

/** Operations between two turns of the event loop, so that batches get into the log. */
const slice = 256;

/** Makes a tree of so many entries (files in folders in folders) in a home whose daemon does not run. */
export async function makeTree(folder: string, entries: number): Promise<void> {
  const home = await openDataDirectory(folder, realDisk);
  const { authority, certificate, flavour, key, networkId } = openIdentity(home.paths, systemClock);
  const database = openDatabase(join(home.paths.state, 'tree'));
  const replica = openReplica({
    ...{ database, disk: realDisk, clock: systemClock, logger: silentLogger, clean: true },
    device: certificate.device,
    privateKey: key.privateKey,
    certificate: certificate.der,
    certificateInfo: (der) => verifyPeerCertificateAtAnyTime(der, authority),
    network: { id: networkId, flavour, createdMs: authority.validFromDate.getTime() },
    logDirectory: home.paths.logs,
  });
  const acting = { uid: certificate.uid, gids: [certificate.uid] };
  try {
    await fill(new Maker(replica, acting), entries);
  } finally {
    await replica.close();
    await database.close();
    await home.close(true);
  }
}

async function fill(maker: Maker, entries: number): Promise<void> {
  while (maker.made < entries) {
    const outer = await maker.make(rootInode, 'directory');
    for (let index = 0; index < width && maker.made < entries; index += 1) {
      const inner = await maker.make(outer, 'directory');
      for (let file = 0; file < width && maker.made < entries; file += 1) {
        await maker.make(inner, 'file');
      }
    }
  }
}

class Maker {
  made = 0;
  readonly #replica: LocalReplica;
  readonly #acting: { uid: number; gids: number[] };

  constructor(replica: LocalReplica, acting: { uid: number; gids: number[] }) {
    this.#replica = replica;
    this.#acting = acting;
  }

  async make(parent: InodeId, type: 'file' | 'directory'): Promise<InodeId> {
    const { uid } = this.#acting;
    const inode = this.#replica.newInode();
    const refusal = this.#replica.perform(this.#acting, {
      ...{ kind: 'create', inode, parent, name: nameFromText(`${type}-${this.made}`), type },
      ...{ mode: type === 'file' ? 0o644 : 0o755, uid, gid: uid, rdev: 0, target: '' },
    });
    if (refusal) throw new Error(refusal.reason);
    this.made += 1;
    if (this.made % slice === 0) await new Promise(setImmediate);
    return inode;
  }
}
