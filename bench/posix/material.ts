import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildClient } from './work.ts';

/** What is made once, on the disk, for all subjects. */
export interface Material {
  readonly client: ReturnType<typeof buildClient>;
  /** Of `archivedFiles` small files in a hundred folders, below `files`. */
  readonly archive: string;
  /** With the same files in it. */
  readonly repository: string;
}

export const archivedFiles = 10_000;
const folders = 100;
const largestFile = 8192;

export function makeMaterial(directory: string): Material {
  const files = join(directory, 'files');
  const archive = join(directory, 'files.tar');
  const repository = join(directory, 'repository');
  makeFiles(files);
  execFileSync('tar', ['--create', `--file=${archive}`, `--directory=${directory}`, 'files']);
  const git = (...parameters: string[]) => execFileSync('git', parameters, { stdio: 'ignore' });
  git('init', '--quiet', repository);
  const within = ['-C', repository, `--work-tree=${files}`, `--git-dir=${repository}/.git`];
  git(...within, 'add', '.');
  const author = ['-c', 'user.name=Nobody', '-c', 'user.email=nobody@example.org'];
  git(...within, ...author, 'commit', '--quiet', '--message=Files');
  return { client: buildClient(directory), archive, repository };
}

function makeFiles(directory: string): void {
  const bytes = randomBytes(largestFile);
  for (let folder = 0; folder < folders; folder += 1) {
    const path = join(directory, String(folder));
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < archivedFiles / folders; file += 1) {
      bytes.writeUInt32BE(folder * archivedFiles + file);
      const length = 64 + ((folder * 7919 + file * 104_729) % (largestFile - 64));
      writeFileSync(join(path, `file-${file}`), bytes.subarray(0, length));
    }
  }
}
