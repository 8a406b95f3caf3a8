import { execFile } from 'node:child_process';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { FolderPlace } from './folder-place.ts';
import { playAll } from './play-all.ts';
import { whyNoExt4, whyNoUsers } from './why-not-here.ts';

const reason = whyNoUsers() ?? whyNoExt4();

// Skipped where there is no such folder: these tests are of the stories, which must be right before Peerfuse is measured by them.
describe.skipIf(reason)(`a plain ext4 folder${reason ? ` (skipped: ${reason})` : ''}`, () => {
  playAll('ext4', async () => {
    const path = await mkdtemp(join(tmpdir(), 'peerfuse-posix-'));
    await chmod(path, 0o755);
    // Names of any bytes are left behind, which Node's own removal does not take.
    return new FolderPlace('ext4', path, () => promisify(execFile)('rm', ['-rf', path]));
  });
});
