import { appendFileSync, copyFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reasonForNoMounts } from '../support/live-network.ts';
import { plantProgram } from './c-program.ts';
import { describeTree, plantTree } from './plant-tree.ts';
import { tool } from './tool.ts';
import { withMount } from './with-mount.ts';

const reason = reasonForNoMounts();
const ownRepository = join(import.meta.dirname, '../..');

/** Whoever runs the tests need not own what they are run from. */
const gitEnvironment = {
  ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
  ...{
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@b',
  },
};

describe.skipIf(reason)(
  `programs that work on trees${reason ? ` (skipped: ${reason})` : ''}`,
  () => {
    const mount = withMount();

    test('git clones a repository, works in it, packs it and finds it sound', async () => {
      const folder = mount().folder('git');
      const repository = join(folder, 'clone');
      const git = (...words: readonly string[]): Promise<string> =>
        tool(['git', '-C', repository, ...words], { environment: gitEnvironment });
      const source = `file://${ownRepository}`;
      await tool(['git', 'clone', '--quiet', source, repository], { environment: gitEnvironment });
      expect(await git('status', '--porcelain')).toBe('');
      const commits = await git('rev-list', '--count', 'HEAD');
      appendFileSync(join(repository, 'README.md'), 'one more line\n');
      expect(await git('status', '--porcelain')).toBe(' M README.md\n');
      await git('commit', '--quiet', '--all', '-m', 'One more');
      await git('checkout', '--quiet', 'HEAD~1');
      await git('checkout', '--quiet', '-');
      await git('gc', '--quiet', '--prune=now');
      expect(await git('fsck', '--full', '--strict', '--no-progress')).toBe('');
      expect(await git('status', '--porcelain')).toBe('');
      expect(Number(await git('rev-list', '--count', 'HEAD'))).toBe(Number(commits) + 1);
    });

    test('rsync brings a tree there and back with all that is in it, and finds nothing left to do', async () => {
      const [from, there, back] = [
        mount().onDisk('rsync-from'),
        mount().folder('rsync'),
        mount().onDisk('rsync-back'),
      ];
      await plantTree(from);
      const copy = (...words: readonly string[]): Promise<string> =>
        tool(['rsync', '-aHAX', ...words]);
      await copy('--inplace', `${from}/`, `${there}/`);
      await copy('--inplace', `${there}/`, `${back}/`);
      expect(
        await copy('--itemize-changes', '--checksum', '--inplace', `${from}/`, `${there}/`),
      ).toBe('');
      const tree = await describeTree(from);
      expect(await describeTree(there)).toBe(tree);
      expect(await describeTree(back)).toBe(tree);
      // What changed a little is brought up to date in place.
      appendFileSync(join(from, 'deep/er/large'), 'more');
      const changes = await copy(
        '--itemize-changes',
        '--inplace',
        '--no-whole-file',
        `${from}/`,
        `${there}/`,
      );
      expect(changes).toMatch(/^>f\.st\S* deep\/er\/large\n$/);
      expect(
        readFileSync(join(there, 'deep/er/large')).equals(
          readFileSync(join(from, 'deep/er/large')),
        ),
      ).toBe(true);
    });

    test('tar packs and unpacks a tree with attributes, access lists and holes', async () => {
      const [from, there, back] = [
        mount().onDisk('tar-from'),
        mount().folder('tar'),
        mount().onDisk('tar-back'),
      ];
      await plantTree(from);
      const kept = ['--xattrs', '--acls', '--sparse', '--numeric-owner'];
      const archive = join(mount().folder('archive'), 'tree.tar');
      await tool(['tar', '-C', from, ...kept, '-cf', archive, '.']);
      await tool(['tar', '-C', there, ...kept, '-xpf', archive]);
      await tool(['tar', '-C', there, ...kept, '-cf', `${archive}.again`, '.']);
      await tool(['tar', '-C', back, ...kept, '-xpf', `${archive}.again`]);
      const tree = await describeTree(from);
      expect(await describeTree(there)).toBe(tree);
      expect(await describeTree(back)).toBe(tree);
      expect(await tool(['tar', '-C', there, ...kept, '-df', archive])).toBe('');
    });

    test('make builds a program of many files at once, and later what has changed and nothing else', async () => {
      const folder = mount().folder('make');
      plantProgram(folder, 60);
      const make = (): Promise<string> => tool(['make', '-j4'], { in: folder });
      const first = await make();
      expect(first).not.toMatch(/skew|future/);
      expect(first.match(/ -c /g)).toHaveLength(61);
      expect(await tool([join(folder, 'program')])).toBe('60\n');
      expect(await make()).toMatch(/is up to date/);
      appendFileSync(join(folder, 'src/part15.h'), '/* changed */\n');
      expect((await make()).match(/ -c /g)).toHaveLength(2);
      expect(await make()).toMatch(/is up to date/);
    });

    test('npm installs what a project needs', async () => {
      const folder = mount().folder('npm');
      for (const name of ['package.json', 'package-lock.json']) {
        copyFileSync(join(ownRepository, name), join(folder, name));
      }
      const quietly = [
        '--ignore-scripts',
        '--omit=dev',
        '--prefer-offline',
        '--no-audit',
        '--no-fund',
      ];
      await tool(['npm', 'ci', ...quietly], { in: folder });
      const script =
        'console.log(require("commander").program.name("x").name(), require("pino") !== null)';
      expect(await tool([process.execPath, '-e', script], { in: folder })).toBe('x true\n');
      const listed = await tool(['npm', 'ls', '--omit=dev', '--all', '--parseable'], {
        in: folder,
      });
      expect(listed.split('\n').length).toBeGreaterThan(20);
    });

    for (const way of ['yes', 'no', 'auto']) {
      test(`vim saves with backupcopy=${way}, and leaves attributes, links and nothing else behind`, async () => {
        const folder = mount().folder(`vim-${way}`);
        const path = join(folder, 'notes');
        writeFileSync(path, 'one\ntwo\n', { mode: 0o640 });
        await tool(['setfattr', '-n', 'user.comment', '-v', 'kept', path]);
        const commands = [
          `set backupcopy=${way} swapfile undofile undodir=.`,
          '%s/two/three/',
          'wq',
        ];
        const words = commands.flatMap((command) => ['-c', command]);
        await tool(['vim', '-es', '-u', 'NONE', '-i', 'NONE', ...words, 'notes'], { in: folder });
        expect(readFileSync(path, 'utf8')).toBe('one\nthree\n');
        expect(
          await tool(['find', '.', '-type', 'f', '-printf', '%P %m\n'], { in: folder }).then(
            sorted,
          ),
        ).toEqual(['.notes.un~ 640', 'notes 640']);
      });
    }

    test('sed edits in place', async () => {
      const folder = mount().folder('sed');
      const paths = Array.from({ length: 30 }, (_, index) => join(folder, `file${index}`));
      for (const path of paths) writeFileSync(path, 'old words\n'.repeat(500), { mode: 0o755 });
      for (const path of paths) utimesSync(path, 1, 1);
      await tool(['sed', '--in-place=.before', 's/old/new/', ...paths]);
      for (const path of paths) {
        expect(readFileSync(path, 'utf8')).toBe('new words\n'.repeat(500));
        expect(readFileSync(`${path}.before`, 'utf8')).toBe('old words\n'.repeat(500));
      }
      const found = await tool(
        ['find', '.', '-perm', '755', '-newermt', '2001-01-01', '-type', 'f'],
        { in: folder },
      );
      expect(found.trim().split('\n')).toHaveLength(30);
    });
  },
);

function sorted(lines: string): readonly string[] {
  return lines.trim().split('\n').sort();
}
