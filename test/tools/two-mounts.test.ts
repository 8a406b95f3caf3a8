import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mountForStories } from '../conformance/posix/mount-for-stories.ts';
import type { LiveNetwork } from '../support/live-network.ts';
import { reasonForNoMounts } from '../support/live-network.ts';
import { type LivePeer, until } from '../support/live-peer.ts';
import { plantProgram } from './c-program.ts';
import { tool } from './tool.ts';

const reason = reasonForNoMounts();

describe.skipIf(reason)(`programs on two mounts${reason ? ` (skipped: ${reason})` : ''}`, () => {
  let network: LiveNetwork;
  let first: LivePeer;
  let second: LivePeer;

  beforeAll(async () => {
    network = await mountForStories('lan');
    first = network.first;
    second = await network.join('bob');
    await network.connected(first, second);
  });
  afterAll(() => network[Symbol.asyncDispose]());

  test('make builds on one what lies on the other, and there finds nothing left to do', async () => {
    plantProgram(first.path('project'), 20);
    const makefileBytes = statSync(first.path('project/Makefile')).size;
    const copied = (): boolean =>
      statSync(second.path('project/Makefile'), { throwIfNoEntry: false })?.size === makefileBytes;
    await until('the last file is there', copied);
    await tool(['make', '-j2'], { in: second.path('project') });
    // The linker makes it executable after it has written it.
    const built = statSync(second.path('project/program'));
    const shown = (): boolean => {
      const here = statSync(first.path('project/program'), { throwIfNoEntry: false });
      return here?.size === built.size && here.mode === built.mode;
    };
    await until('the program is there', shown);
    expect(await tool([first.path('project/program')])).toBe('20\n');
    expect(await tool(['make'], { in: first.path('project') })).toMatch(/is up to date/);
    const source = 'src/part7.c';
    appendFileSync(first.path('project', source), '/* changed */\n');
    const length = statSync(first.path('project', source)).size;
    const isLonger = (): boolean => statSync(second.path('project', source)).size === length;
    await until('the change is there', isLonger);
    const output = await tool(['make', '-j2'], { in: second.path('project') });
    expect(output.match(/ -c /g)).toHaveLength(1);
  });

  test('a film that is not there yet is sought in, and shows the same pictures', async () => {
    const film = first.path('film.mkv');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=20'];
    const coding = ['-c:v', 'mpeg4', '-g', '50', '-q:v', '3'];
    await tool(['ffmpeg', '-v', 'error', '-y', ...source, ...coding, film]);
    const size = statSync(film).size;
    const there = second.path('film.mkv');
    const isWhole = (): boolean => statSync(there, { throwIfNoEntry: false })?.size === size;
    await until('the film is there', isWhole);
    for (const place of ['14.2', '3', '19.5', '0']) {
      const picture = (path: string): Promise<string> =>
        tool(['ffmpeg', '-v', 'error', '-ss', place, '-i', path, ...onePicture]);
      expect(await picture(there)).toBe(await picture(film));
    }
    expect(readFileSync(there).equals(readFileSync(film))).toBe(true);
  });
});

const onePicture = ['-frames:v', '1', '-f', 'framemd5', '-'];
