import { describe } from 'vitest';
import { reasonForNoMounts } from '../../support/live-network.ts';
import { FolderPlace } from './folder-place.ts';
import { mountForStories } from './mount-for-stories.ts';
import { playAll } from './play-all.ts';
import { whyNoUsers } from './why-not-here.ts';

const reason = whyNoUsers() ?? reasonForNoMounts();

// Skipped where nothing can be mounted.
describe.skipIf(reason)(`a net mount${reason ? ` (skipped: ${reason})` : ''}`, () => {
  playAll('net', async () => {
    const network = await mountForStories('net');
    return new FolderPlace('net', network.first.mountpoint, () => network[Symbol.asyncDispose]());
  });
});
