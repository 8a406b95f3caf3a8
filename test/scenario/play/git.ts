import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import type { Hands } from './stage.ts';

const run = promisify(execFile);

// The same commit in every run: nothing of whoever runs the test gets into it.
const environment = {
  ...process.env,
  ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', HOME: '/nonexistent' },
  ...{ GIT_AUTHOR_NAME: 'somebody', GIT_AUTHOR_EMAIL: 'somebody@example.org' },
  ...{ GIT_COMMITTER_NAME: 'somebody', GIT_COMMITTER_EMAIL: 'somebody@example.org' },
  ...{ GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z' },
};

interface Found {
  /** Undefined of a directory. */
  readonly content: Buffer | undefined;
  readonly mode: number;
}

/** Runs git in a folder of the tree; what it printed. */
export async function git(hands: Hands, folder: string, words: readonly string[]): Promise<string> {
  if (hands.directory === undefined) return gitOnCopy(hands, folder, words);
  return runGit(join(hands.directory, folder), words);
}

/**
 * A tree in memory is no place for a program: git works on a copy, and what it changed is done to the tree as git does it: new files
 * beside and renamed into place, what went is removed.
 */
async function gitOnCopy(hands: Hands, folder: string, words: readonly string[]): Promise<string> {
  using copy = temporaryDirectory();
  const before = await takeOut(hands, folder, copy.path);
  const output = await runGit(copy.path, words);
  const after = contentsOf(copy.path);
  for (const [below, found] of after) {
    const old = before.get(below);
    if (old === undefined || !isSame(old, found)) await bring(hands, `${folder}/${below}`, found);
  }
  for (const below of [...before.keys()].reverse()) {
    if (after.has(below)) continue;
    const isDirectory = before.get(below)?.content === undefined;
    await (isDirectory ? hands.rmdir(`${folder}/${below}`) : hands.unlink(`${folder}/${below}`));
  }
  return output;
}

async function runGit(cwd: string, words: readonly string[]): Promise<string> {
  // The owner of a folder on a mount need not be whoever runs the test.
  const settings = ['gc.auto=0', 'safe.directory=*', 'init.defaultBranch=main', 'core.fsync=none'];
  const options = settings.flatMap((setting) => ['-c', setting]);
  return (await run('git', [...options, ...words], { cwd, env: environment })).stdout;
}

async function takeOut(hands: Hands, folder: string, copy: string): Promise<Map<string, Found>> {
  const files = new Map<string, Found>();
  for (const { path, type, mode, content } of await hands.look(folder)) {
    const below = path.slice(folder.length + 1);
    if (below === '') continue;
    files.set(below, { mode, content });
    if (type === 'directory') mkdirSync(join(copy, below));
    else writeFileSync(join(copy, below), content ?? '', { mode });
  }
  return files;
}

function contentsOf(copy: string): Map<string, Found> {
  const found = readdirSync(copy, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? readFileSync(path) : undefined;
    return [path.slice(copy.length + 1), { mode: statSync(path).mode & 0o777, content }] as const;
  });
  return new Map(found.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function isSame(one: Found, other: Found): boolean {
  if (one.content === undefined || other.content === undefined) return true;
  return one.mode === other.mode && one.content.equals(other.content);
}

async function bring(hands: Hands, path: string, { mode, content }: Found): Promise<void> {
  if (content === undefined) return hands.mkdir(path);
  const file = await hands.open(`${path}.lock`, 'write', mode);
  if (content.length > 0) await file.write(content, 0);
  await file.close();
  return hands.rename(`${path}.lock`, path);
}
