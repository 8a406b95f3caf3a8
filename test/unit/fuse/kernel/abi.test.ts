import { expect, test } from 'vitest';
import * as abi from '../../../../src/fuse/kernel/abi.ts';

// What a C compiler says of linux/fuse.h on a 64-bit machine: each field's name there, its offset, and the structure's length. Of `initOut`
// the last three fields are of 7.40 and 7.43, of the copy of 7.45.
const golden: Readonly<Record<string, string>> = {
  inHeader:
    'len:0 opcode:4 unique:8 nodeid:16 uid:24 gid:28 pid:32 total_extlen:36 padding:38 = 40',
  outHeader: 'len:0 error:4 unique:8 = 16',
  initIn: 'major:0 minor:4 max_readahead:8 flags:12 flags2:16 unused:20 = 64',
  initOut:
    'major:0 minor:4 max_readahead:8 flags:12 max_background:16 congestion_threshold:18 max_write:20 time_gran:24 max_pages:28 map_alignment:30 flags2:32 max_stack_depth:36 request_timeout:40 unused:42 = 64',
  attributes:
    'ino:0 size:8 blocks:16 atime:24 mtime:32 ctime:40 atimensec:48 mtimensec:52 ctimensec:56 mode:60 nlink:64 uid:68 gid:72 rdev:76 blksize:80 flags:84 = 88',
  attributesOut: 'attr_valid:0 attr_valid_nsec:8 dummy:12 attr:16 = 104',
  entryOut:
    'nodeid:0 generation:8 entry_valid:16 attr_valid:24 entry_valid_nsec:32 attr_valid_nsec:36 attr:40 = 128',
  forgetIn: 'nlookup:0 = 8',
  batchForgetIn: 'count:0 dummy:4 = 8',
  forgetOne: 'nodeid:0 nlookup:8 = 16',
  setattrIn:
    'valid:0 padding:4 fh:8 size:16 lock_owner:24 atime:32 mtime:40 ctime:48 atimensec:56 mtimensec:60 ctimensec:64 mode:68 unused4:72 uid:76 gid:80 unused5:84 = 88',
  mknodIn: 'mode:0 rdev:4 umask:8 padding:12 = 16',
  mkdirIn: 'mode:0 umask:4 = 8',
  renameIn: 'newdir:0 = 8',
  rename2In: 'newdir:0 flags:8 padding:12 = 16',
  linkIn: 'oldnodeid:0 = 8',
  accessIn: 'mask:0 padding:4 = 8',
  openIn: 'flags:0 open_flags:4 = 8',
  createIn: 'flags:0 mode:4 umask:8 open_flags:12 = 16',
  openOut: 'fh:0 open_flags:8 padding:12 = 16',
  releaseIn: 'fh:0 flags:8 release_flags:12 lock_owner:16 = 24',
  flushIn: 'fh:0 unused:8 padding:12 lock_owner:16 = 24',
  lockIn: 'fh:0 owner:8 start:16 end:24 type:32 pid:36 lk_flags:40 padding:44 = 48',
  lockOut: 'start:0 end:8 type:16 pid:20 = 24',
  fsyncIn: 'fh:0 fsync_flags:8 padding:12 = 16',
  readIn: 'fh:0 offset:8 size:16 read_flags:20 lock_owner:24 flags:32 padding:36 = 40',
  writeIn: 'fh:0 offset:8 size:16 write_flags:20 lock_owner:24 flags:32 padding:36 = 40',
  writeOut: 'size:0 padding:4 = 8',
  fallocateIn: 'fh:0 offset:8 length:16 mode:24 padding:28 = 32',
  lseekIn: 'fh:0 offset:8 whence:16 padding:20 = 24',
  lseekOut: 'offset:0 = 8',
  copyFileRangeIn: 'fh_in:0 off_in:8 nodeid_out:16 fh_out:24 off_out:32 len:40 flags:48 = 56',
  directoryEntry: 'ino:0 off:8 namelen:16 type:20 = 24',
  setxattrIn: 'size:0 flags:4 setxattr_flags:8 padding:12 = 16',
  getxattrIn: 'size:0 padding:4 = 8',
  getxattrOut: 'size:0 padding:4 = 8',
  statfsOut:
    'blocks:0 bfree:8 bavail:16 files:24 ffree:32 bsize:40 namelen:44 frsize:48 padding:52 spare:56 = 80',
  interruptIn: 'unique:0 = 8',
  notifyInvalidateInode: 'ino:0 off:8 len:16 = 24',
  notifyInvalidateEntry: 'parent:0 namelen:8 flags:12 = 16',
  notifyDelete: 'parent:0 child:8 namelen:16 padding:20 = 24',
  setxattrInCompatible: 'size:0 flags:4 = 8',
  copyFileRangeOut: 'bytes_copied:0 = 8',
};

const layouts: Readonly<Record<string, Readonly<Record<string, number>>>> = { ...abi };

test.each(Object.entries(golden))('%s is laid out as the C structure', (name, text) => {
  const layout = Object.values(layouts[name] ?? {});
  expect(layout).toEqual(text.match(/\d+(?= |$)/g)?.map(Number));
});

test('every structure has its golden layout', () => {
  expect(Object.keys(layouts).sort()).toEqual(Object.keys(golden).sort());
});
