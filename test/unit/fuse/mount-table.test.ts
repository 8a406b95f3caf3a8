import { expect, test } from 'vitest';
import { parseMountTable } from '../../../src/fuse/mount-table.ts';

test('mounts are read with their device and type, whatever their optional fields and names', () => {
  const text = [
    '22 27 0:20 / /proc rw,nosuid shared:5 master:1 - proc proc rw',
    String.raw`40 27 0:39 / /mnt/my\040folder\134x rw,relatime - fuse.peerfuse peerfuse rw,user_id=0`,
    '',
  ].join('\n');
  expect(parseMountTable(text)).toEqual([
    { device: '0:20', mountpoint: '/proc', type: 'proc' },
    { device: '0:39', mountpoint: String.raw`/mnt/my folder\x`, type: 'fuse.peerfuse' },
  ]);
});
