import { expect, test } from 'vitest';
import { initFlags, initFlags2 } from '../../../../src/fuse/kernel/flags.ts';
import { KernelTooOld, negotiate } from '../../../../src/fuse/kernel/negotiate.ts';

const everything = { maxReadahead: 131_072, flags: 0xff_ff_ff_ff, flags2: 0xff_ff_ff_ff };
const open = { kernelChecksPermissions: false };

test('only what both sides can do is agreed on', () => {
  const flags = initFlags.asyncRead | initFlags.initExtended | (1 << 9);
  expect(negotiate({ ...everything, major: 7, minor: 45, flags }, open)).toEqual({
    ...{ major: 7, minor: 45, maxReadahead: 131_072 },
    flags: initFlags.asyncRead | initFlags.initExtended,
    flags2: initFlags2.passthrough,
  });
});

test('what would take authority from us, or break interrupts, is declined', () => {
  const agreement = negotiate({ ...everything, major: 7, minor: 45 }, open);
  if (agreement instanceof KernelTooOld) throw agreement;
  const declined = { asyncDirectIo: 1 << 15, writeback: 1 << 16 };
  for (const flag of Object.values(declined)) expect(agreement.flags & flag).toBe(0);
});

test('a kernel without the second word of flags is not answered with one', () => {
  const flags = 0xff_ff_ff_ff & ~initFlags.initExtended;
  expect(negotiate({ ...everything, major: 7, minor: 31, flags }, open)).toMatchObject({
    flags2: 0,
  });
});

test('a kernel before Linux 5.4 is too old, one of a later protocol is told ours', () => {
  expect(negotiate({ ...everything, major: 7, minor: 30 }, open)).toBeInstanceOf(KernelTooOld);
  expect(negotiate({ ...everything, major: 8, minor: 0 }, open)).toMatchObject({
    major: 7,
    minor: 45,
  });
});

test('access lists are left to the kernel only where it checks permissions anyway', () => {
  const listsOn = (kernelChecksPermissions: boolean) => {
    const agreement = negotiate(
      { ...everything, major: 7, minor: 45 },
      { kernelChecksPermissions },
    );
    if (agreement instanceof KernelTooOld) throw agreement;
    return (agreement.flags & initFlags.accessLists) !== 0;
  };
  expect([listsOn(true), listsOn(false)]).toEqual([true, false]);
});
