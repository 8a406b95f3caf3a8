import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { mountForStories } from '../conformance/posix/mount-for-stories.ts';
import type { LiveNetwork } from '../support/live-network.ts';

/** A mount for the tests of one file, and beside it, on the disk, a folder of their own. */
export interface ToolMount {
  readonly network: LiveNetwork;
  /** An empty folder on the mount, into which everybody may go. */
  folder(name: string): string;
  /** The same on the disk. */
  onDisk(name: string): string;
}

/** To be called where tests are described. */
export function withMount(flavour: 'lan' | 'net' = 'lan'): () => ToolMount {
  let network: LiveNetwork | undefined;
  beforeAll(async () => {
    network = await mountForStories(flavour);
  });
  afterAll(() => network?.[Symbol.asyncDispose]());
  return () => {
    if (network === undefined) throw new Error('nothing is mounted');
    const { directory, first } = network;
    return {
      network,
      folder: (name) => open(first.path(name)),
      onDisk: (name) => open(join(directory, name)),
    };
  };
}

function open(path: string): string {
  mkdirSync(path);
  chmodSync(path, 0o777);
  return path;
}
