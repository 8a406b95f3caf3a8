import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HandleTable } from '../../../../src/fuse/bridge/handles.ts';
import { posixErrors } from '../../../../src/vfs/posix-error.ts';

test('a number names what it was given for until it is removed, and numbers stay few', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), (steps) => {
      const table = new HandleTable<{ readonly step: number }>();
      const open = new Map<number, { readonly step: number }>();
      let most = 0;
      for (const step of steps) {
        const oldest = [...open.keys()][0];
        if (step < 4 && oldest !== undefined) {
          expect(table.remove(oldest)).toBe(open.get(oldest));
          open.delete(oldest);
          expect(() => table.get(oldest)).toThrow(posixErrors.EBADF);
        } else {
          const handle = { step };
          const number = table.add(handle);
          expect(open.has(number)).toBe(false);
          open.set(number, handle);
          most = Math.max(most, open.size);
          expect(number).toBeLessThan(most);
        }
        for (const [number, handle] of open) expect(table.get(number)).toBe(handle);
      }
      expect(new Set(table.drain())).toEqual(new Set(open.values()));
      expect(table.drain()).toEqual([]);
    }),
  );
});
