import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reader, type OpenContent } from '../../../src/content/content-store.ts';
import { blockSize, file, noise, referenceRoot, StoreSource, World } from './world.ts';
import type { Version } from '../../../src/content/version.ts';

// A file must behave as a plain buffer does, and its published root must be the one that the definition gives, whatever was done to it.

type Step =
  | { readonly kind: 'write'; readonly at: number; readonly length: number; readonly seed: number }
  | { readonly kind: 'truncate'; readonly size: number }
  | { readonly kind: 'punch'; readonly at: number; readonly length: number }
  | { readonly kind: 'publish' }
  | { readonly kind: 'reopen' };

const largest = blockSize * 300;
const position = fc.oneof(
  fc.integer({ min: 0, max: blockSize * 4 }),
  fc.integer({ min: 0, max: largest }),
  fc.constantFrom(0, 1, blockSize - 1, blockSize, blockSize + 1, blockSize * 256),
);
const length = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: blockSize * 3 }),
  fc.constantFrom(blockSize, blockSize * 2, blockSize * 20),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    at: position,
    length,
    seed: fc.integer({ min: 1, max: 1000 }),
  }),
  fc.record({ kind: fc.constant('truncate' as const), size: position }),
  fc.record({ kind: fc.constant('punch' as const), at: position, length }),
  fc.constant({ kind: 'publish' as const }),
  fc.constant({ kind: 'reopen' as const }),
);

test('a file is its buffer and its root is that of the definition, after any changes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await using world = new World();
      const directory = world.directory();
      let store = world.store({ directory });
      let version: Version | null = null;
      let open: OpenContent = store.open(file, version);
      let model: Buffer = Buffer.alloc(0);
      const publish = async (): Promise<void> => {
        const next = await open.publish();
        if (next) {
          version = next;
          open.published(next);
        }
        if (version) expect(version.root.equals(referenceRoot(model))).toBe(true);
        expect(version?.size ?? 0).toBe(model.length);
      };
      for (const one of steps) {
        if (one.kind === 'write') {
          const data = noise(one.length, one.seed);
          await open.write(one.at, data);
          model = grown(model, one.at + one.length);
          data.copy(model, one.at);
        } else if (one.kind === 'truncate') {
          await open.truncate(one.size);
          model = grown(model, one.size).subarray(0, one.size);
          model = Buffer.from(model);
        } else if (one.kind === 'punch') {
          await open.punchHole(one.at, one.length);
          model.fill(
            0,
            Math.min(one.at, model.length),
            Math.min(one.at + one.length, model.length),
          );
        } else if (one.kind === 'publish') await publish();
        else {
          // A stop without warning: what was not published has to be found again.
          open.close();
          await store.close();
          store = world.store({ directory });
          open = store.open(file, version);
        }
        expect(open.size).toBe(model.length);
      }
      await publish();
      expect((await contentOf(open)).equals(model)).toBe(true);
      open.close();
    }),
    { numRuns: 150 },
  );
});

test('another store reads every published version through fetching only', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      await using world = new World();
      const [here, there] = [world.store(), world.store()];
      there.addSource(new StoreSource('here', here));
      const open = here.open(file, null);
      const remote = there.open(file, null);
      let model: Buffer = Buffer.alloc(0);
      for (const one of [...steps, { kind: 'publish' as const }]) {
        if (one.kind === 'write') {
          const data = noise(one.length, one.seed);
          await open.write(one.at, data);
          model = grown(model, one.at + one.length);
          data.copy(model, one.at);
        } else if (one.kind === 'truncate') {
          await open.truncate(one.size);
          model = Buffer.from(grown(model, one.size).subarray(0, one.size));
        } else if (one.kind === 'punch') {
          await open.punchHole(one.at, one.length);
          model.fill(
            0,
            Math.min(one.at, model.length),
            Math.min(one.at + one.length, model.length),
          );
        } else if (one.kind === 'publish') {
          const version = await open.publish();
          if (!version) continue;
          open.published(version);
          const before = await contentOf(remote);
          const ranges = await there.adopt(file, version);
          const after = await contentOf(remote);
          expect(after.equals(model)).toBe(true);
          for (let at = 0; at < Math.min(before.length, after.length); at += 1) {
            if (before[at] === after[at]) continue;
            const told = ranges.some(
              (range) => at >= range.position && at < range.position + range.length,
            );
            if (!told) expect.fail(`byte ${at} changed and nobody was told`);
          }
        }
      }
      open.close();
      remote.close();
    }),
    { numRuns: 60 },
  );
});

function grown(bytes: Buffer, size: number): Buffer {
  return size <= bytes.length ? bytes : Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
}

async function contentOf(open: OpenContent): Promise<Buffer> {
  const reader = new Reader();
  const bytes = Buffer.alloc(open.size, 0xaa);
  for (let at = 0; at < bytes.length; at += 1 << 20) {
    const target = bytes.subarray(at, at + (1 << 20));
    expect(await open.read(at, target, reader)).toBe(target.length);
  }
  return bytes;
}
