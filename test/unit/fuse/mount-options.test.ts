import { expect, test } from 'vitest';
import { helperOptions, kernelOptions } from '../../../src/fuse/mount-options.ts';

const plain = {
  allowOther: false,
  kernelChecksPermissions: false,
  honoursSetIdAndDevices: false,
};

test('the kernel and fusermount3 are asked for the same', () => {
  expect(kernelOptions(plain, 7, 1000, 100)).toBe(
    'fd=7,rootmode=40000,user_id=1000,group_id=100,max_read=1048576',
  );
  const open = { ...plain, allowOther: true, kernelChecksPermissions: true };
  expect(helperOptions(open)).toBe(
    'fsname=peerfuse,subtype=peerfuse,noatime,max_read=1048576,allow_other,default_permissions',
  );
});
