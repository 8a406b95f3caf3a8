import { expect, test } from 'vitest';
import { readStories } from './read-stories.ts';
import { exceptionsByTitle, storiesByFile } from './stories.ts';

test('a line is a story of calls, with who makes them and what is answered', () => {
  const [story] = readStories(
    [
      'rename:',
      '  given | put a x',
      '  over a file | bob: rename a {b*3} = EACCES; cat a = "a = b"',
    ].join('\n'),
  );
  expect(story?.title).toBe('rename: over a file');
  expect(story?.steps.map(({ actor, words, expected }) => [actor, words, expected])).toEqual([
    ['alice', ['put', 'a', 'x'], null],
    ['bob', ['rename', 'a', 'bbb'], 'EACCES'],
    ['alice', ['cat', 'a'], '"a = b"'],
  ]);
});

test('a line that is neither story nor section is refused', () => {
  expect(() => readStories('rename:\n  over a file, put a x')).toThrow('Neither story nor section');
});

test('no two stories have the same title', () => {
  const titles = [...storiesByFile().values()].flat().map(({ title }) => title);
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
});

test('each exception stands for a story', () => {
  const titles = new Set([...storiesByFile().values()].flat().map(({ title }) => title));
  expect([...exceptionsByTitle().keys()].filter((title) => !titles.has(title))).toEqual([]);
});
