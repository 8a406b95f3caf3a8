import { expect, test } from 'vitest';
import { diskConcerns } from '../../../src/daemon/concerns.ts';
import { WatchedDisk } from '../../../src/storage/watched-disk.ts';
import { FaultyDisk } from '../../support/faulty-disk.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const nowMs = Date.UTC(2026, 0, 1);

function watch(fault: 'EIO' | 'ENOSPC'): WatchedDisk {
  const broken = new FaultyDisk({ site: 'log.sync', call: 2, times: 2, fault });
  return new WatchedDisk(broken, new ManualClock(nowMs));
}

test('a call that fails is in trouble until it succeeds', () => {
  const disk = watch('ENOSPC');
  disk.attempt('log.sync', () => undefined);
  expect(disk.troubles).toEqual([]);
  for (let failure = 0; failure < 2; failure += 1) {
    expect(() => disk.attempt('log.sync', () => undefined)).toThrow('ENOSPC');
    disk.attempt('log.append', () => undefined);
    expect(disk.troubles).toEqual([{ site: 'log.sync', code: 'ENOSPC', sinceMs: nowMs }]);
  }
  disk.attempt('log.sync', () => undefined);
  expect(disk.troubles).toEqual([]);
});

test('people are told in one sentence whether it is full or fails', async () => {
  const full = watch('ENOSPC');
  const failing = watch('EIO');
  for (const disk of [full, failing]) {
    await disk.attemptAsync('log.sync', async () => undefined);
    await disk.attemptAsync('log.sync', async () => undefined).catch(() => undefined);
  }
  expect(diskConcerns(full.troubles)).toEqual([
    'the disk under this home is full since 2026-01-01T00:00:00.000Z: writing fails until there is room',
  ]);
  expect(diskConcerns(failing.troubles)).toEqual([
    expect.stringContaining('fails since 2026-01-01T00:00:00.000Z (EIO at log.sync)'),
  ]);
  expect(diskConcerns([])).toEqual([]);
});

test('a file that is not there is no trouble of the disk', () => {
  const disk = watch('EIO');
  const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' });
  expect(() =>
    disk.attempt('content.open', () => {
      throw missing;
    }),
  ).toThrow('no such file');
  expect(disk.troubles).toEqual([]);
});
