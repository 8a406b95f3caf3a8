// Numbers of the Linux interface, as in the C headers of every architecture that Node runs on unless said otherwise.

/** open(2): the two lowest bits are the way of access. */
export const accessModeBits = 0o3;
export const writeOnly = 0o1;
export const readWrite = 0o2;
export const exclusiveFlag = 0o200;
export const truncateFlag = 0o1000;
export const appendFlag = 0o2000;
/** Set by the kernel alone, when a program is about to be run. */
export const executeFlag = 0x20;

/** Mode bits. */
export const permissionBits = 0o7777;
export const setUserBit = 0o4000;
export const setGroupBit = 0o2000;
export const stickyBit = 0o1000;
export const groupExecuteBit = 0o010;

/** setxattr(2). */
export const xattrCreate = 1;
export const xattrReplace = 2;

/** fallocate(2). */
export const keepSize = 0x01;
export const punchHole = 0x02;
export const zeroRange = 0x10;

/** lseek(2). */
export const seekData = 3;
export const seekHole = 4;
