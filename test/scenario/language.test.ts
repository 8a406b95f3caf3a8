import { describe, expect, test } from 'vitest';
import { parseScenarios } from './language/read-scenarios.ts';
import { openMemoryStage } from './memory/memory-stage.ts';
import { play } from './play/play.ts';
import { storiesByTopic } from './stories.ts';

/** Plays a story of these lines to its end. */
async function playLines(...lines: string[]): Promise<void> {
  const text = ['scenario of a test', ...lines.map((line) => `  ${line}`)].join('\n');
  for (const scenario of parseScenarios(text, 'test')) {
    const { stage, world } = await openMemoryStage(scenario);
    await using _ = world;
    await play(scenario, stage);
  }
}

function mistake(...lines: string[]): () => unknown {
  return () => parseScenarios(lines.join('\n'), 'test');
}

const story = ['alice write a "1"', 'everyone offline', 'bob append a "2"', 'everyone online'];

describe('the stories', () => {
  const all = [...storiesByTopic().values()].flat();

  test('are at least 150, each with a title of its own', () => {
    expect(all.length).toBeGreaterThanOrEqual(150);
    expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
  });

  test('run on real mounts unless time would have to be more than real', () => {
    const memoryOnly = all.filter((scenario) => scenario.memoryOnly !== undefined);
    expect(memoryOnly.length).toBeLessThan(all.length / 10);
  });
});

describe('a story fails', () => {
  const read = ['alice write a "1"', 'everyone reads all', ...story.slice(1)];

  test('not when all is as it says', async () => {
    await playLines(...read, 'everyone sees', '  a "12"');
  });

  test.each([
    ['another text', '  a "21"'],
    ['another mode', '  a "12" mode 600'],
    ['another owner', '  a "12" owner 4:4'],
    ['another type', '  a -> 12'],
    ['a name too many', '  a "12"\n    b "12"'],
    ['a name too few', ''],
    ['a second name of the file', '  a "12"\n    b is a'],
    ['an extended attribute', '  a "12" xattr user.color "red"'],
    ['a time', '  a "12" mtime 12'],
    ['a folder', '  a "12"\n    d/'],
  ])('when it says %s', async (_, tree) => {
    await expect(playLines(...read, 'everyone sees', tree)).rejects.toThrow(
      /of a test\ntest, line 7: everyone sees\nalice does not see that/,
    );
  });

  test('when somebody reads another text', async () => {
    const lines = [...read, 'bob reads a "11"', 'everyone sees', '  a "12"'];
    await expect(playLines(...lines)).rejects.toThrow('bob reads "12"');
  });

  test('when there is a conflict of which it does not say', async () => {
    const lines = ['everyone offline', 'alice write a "1"', 'bob write a "2"', 'everyone online'];
    await expect(playLines(...lines, 'everyone conflicts', 'everyone sees')).rejects.toThrow(
      /alice is told of others:\n {2}\+ a \(conflict, bob, /,
    );
  });

  test('when what must not be possible is', async () => {
    const lines = ['alice cannot mkdir d', 'everyone sees', '  d/'];
    await expect(playLines(...lines)).rejects.toThrow('it succeeded, and it must not');
  });

  test('when what must not be possible fails for another reason', async () => {
    const lines = ['alice cannot rmdir d (EACCES)', 'everyone sees'];
    await expect(playLines(...lines)).rejects.toThrow('it failed with ENOENT');
  });

  test('when somebody is missing at the end', async () => {
    const lines = ['bob offline', 'everyone sees'];
    await expect(playLines(...lines)).rejects.toThrow('not everybody is online at the end');
  });
});

describe('a mistake in a story is told with its line:', () => {
  test.each([
    ['an unknown person', 'dave write a "1"', '"dave" is nobody and means nothing here'],
    ['an open quotation mark', 'alice write a "1', 'a quotation mark is not closed'],
    ['an unknown escape', 'alice write a "\\q"', '\\q means nothing'],
    ['a time without a unit', 'advance 3', 'a time is such as "90 seconds" or "1 day"'],
    ['a network that is none', 'network wan', 'a network is "lan" or "net"'],
    ['what two cannot do', 'alice bob mkdir d', 'one person has to do this'],
  ])('%s', (_, line, problem) => {
    expect(mistake('scenario s', `  ${line}`, '  everyone sees')).toThrow(
      `test, line 2: ${problem}`,
    );
  });

  test('a tree that says nothing of a file', () => {
    expect(mistake('scenario s', '  everyone sees', '    a')).toThrow(
      'test, line 3: a file needs its text, or "whatever"',
    );
  });

  test('no end', () => {
    expect(mistake('scenario s', '  alice mkdir d')).toThrow(
      'test, line 1: it must end with what everyone sees',
    );
  });
});

test('bytes, repetitions and days are written as the guide says', async () => {
  await playLines(
    'alice write "\\xff{day}""x"*3.txt "a"*3"\\n"',
    'everyone sees',
    '  "\\xff{day}xxx.txt" "aaa\\n"',
  );
});
