import { describe } from 'vitest';
import { reasonForNoMounts } from '../../support/live-network.ts';
import { FolderPlace } from './folder-place.ts';
import { mountForStories } from './mount-for-stories.ts';
import { playAll } from './play-all.ts';
import { whyNoUsers } from './why-not-here.ts';

const reason = whyNoUsers() ?? reasonForNoMounts();

// Skipped where nothing can be mounted, or nobody else can be acted as.
describe.skipIf(reason)(`a lan mount${reason ? ` (skipped: ${reason})` : ''}`, () => {
  playAll('lan', async () => {
    const network = await mountForStories('lan');
    return new FolderPlace('lan', network.first.mountpoint, () => network[Symbol.asyncDispose]());
  });
});
