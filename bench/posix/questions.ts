import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { archivedFiles, type Material } from './material.ts';
import type { Subject, SubjectName } from './subjects.ts';
import { timeProgram, type Work } from './work.ts';

/** What is asked of every subject in turn, again and again. */
export interface Question {
  readonly text: string;
  readonly unit: 'per second' | 'MB/s';
  /** How fast Peerfuse is to be, compared with another subject. */
  readonly aim?: { readonly than: Exclude<SubjectName, 'peerfuse'>; readonly ratio: number };
  /** What the kernel must have forgotten before: names and attributes, or file contents also. */
  readonly forgotten?: 'names' | 'contents';
  /** At most so often, as it takes long. */
  readonly repeats?: number;
  /** What it finds there, and what it leaves there: not counted. */
  before?(subject: Subject): void;
  after?(subject: Subject): void;
  measure(subject: Subject): Work;
}

const names = 5000;
const newNames = 2000;
const listedNames = 100_000;
const mebibyte = 1024 ** 2;
const fileBytes = 256 * mebibyte;
const smallWrites = 32 * mebibyte;
const largeFileBytes = 1024 * mebibyte;

/** What the questions find in each subject's folder. */
export function prepare({ client, repository }: Material, { folder, beneath }: Subject): void {
  const at = (name: string) => join(folder, name);
  timeProgram(0, 'git', 'clone', '--quiet', repository, at('clone'));
  for (const name of ['names', 'listed', 'fresh', 'extracted']) mkdirSync(at(name));
  client('make', at('names'), String(names));
  client('make', join(beneath ?? folder, 'listed'), String(listedNames));
  client('write', at('data'), String(mebibyte), String(fileBytes), 'new');
  // Files as young as git's index are compared byte by byte: it writes a younger one.
  timeProgram(0, 'git', '-c', 'safe.directory=*', '-C', at('clone'), 'status');
}

export function questions(material: Material): Question[] {
  return [...ofNames(material), ...ofContents(material), ...ofPrograms(material)];
}

function ofNames({ client }: Material): Question[] {
  const fresh = ({ folder }: Subject) => join(folder, 'fresh');
  const makeFresh = (subject: Subject) => client('make', fresh(subject), String(newNames));
  const unlinkFresh = (subject: Subject) => client('unlink', fresh(subject), String(newNames));
  const known = ({ folder }: Subject) => join(folder, 'names');
  const unit = 'per second';
  return [
    {
      ...{ text: 'stat, name unknown to the kernel', unit, forgotten: 'names' },
      // At most 1.3 times the other's time.
      aim: { than: 'passthrough', ratio: 1 / 1.3 },
      measure: (subject) => client('stat', known(subject), String(names)),
    },
    {
      ...{ text: 'stat, name known to the kernel', unit },
      before: (subject) => client('stat', known(subject), String(names)),
      measure: (subject) => client('stat', known(subject), String(names)),
    },
    {
      ...{ text: 'open and close', unit },
      before: (subject) => client('stat', known(subject), String(names)),
      measure: (subject) => client('open', known(subject), String(names)),
    },
    {
      ...{ text: 'create, write 4 KiB, close', unit },
      aim: { than: 'passthrough', ratio: 0.5 },
      after: unlinkFresh,
      measure: (subject) => client('create', fresh(subject), String(newNames)),
    },
    {
      ...{ text: 'rename', unit },
      before: makeFresh,
      after: unlinkFresh,
      measure: (subject) => client('rename', fresh(subject), String(newNames)),
    },
    {
      ...{ text: 'unlink', unit },
      before: (subject) => client('create', fresh(subject), String(newNames)),
      measure: unlinkFresh,
    },
    {
      ...{ text: `readdir of ${listedNames.toLocaleString('en')} names`, unit, repeats: 5 },
      measure: ({ folder }) => client('list', join(folder, 'listed')),
    },
  ];
}

function ofContents({ client }: Material): Question[] {
  const data = ({ folder }: Subject) => join(folder, 'data');
  const large = ({ folder }: Subject) => join(folder, 'large');
  const unit = 'MB/s';
  const aim = { than: 'plain', ratio: 0.9 } as const;
  const read = (piece: number, order: 'sequential' | 'random') => (subject: Subject) =>
    client('read', data(subject), String(piece), String(fileBytes), order);
  const write = (piece: number, total: number) => (subject: Subject) =>
    client('write', data(subject), String(piece), String(total), 'over');
  return [
    {
      ...{ text: 'read 4 KiB at random, in the page cache', unit, aim },
      before: read(mebibyte, 'sequential'),
      measure: read(4096, 'random'),
    },
    {
      ...{ text: 'read 1 MiB, in the page cache', unit, aim },
      before: read(mebibyte, 'sequential'),
      measure: read(mebibyte, 'sequential'),
    },
    {
      ...{ text: 'read 4 KiB in sequence, page cache dropped', unit, aim, forgotten: 'contents' },
      measure: read(4096, 'sequential'),
    },
    {
      ...{ text: 'read 1 MiB, page cache dropped', unit, aim, forgotten: 'contents' },
      measure: read(mebibyte, 'sequential'),
    },
    { ...{ text: 'overwrite 4 KiB in sequence', unit }, measure: write(4096, smallWrites) },
    { ...{ text: 'overwrite 1 MiB in sequence', unit }, measure: write(mebibyte, fileBytes) },
    {
      ...{ text: 'write a new file of 1 GiB', unit, repeats: 3 },
      aim: { than: 'plain', ratio: 0.7 },
      measure: (subject) =>
        client('write', large(subject), String(mebibyte), String(largeFileBytes), 'new'),
      after: (subject) => rmSync(large(subject)),
    },
  ];
}

function ofPrograms({ archive }: Material): Question[] {
  const unit = 'per second';
  const extracted = ({ folder }: Subject) => join(folder, 'extracted');
  const extract = (subject: Subject) =>
    timeProgram(
      ...([archivedFiles, 'tar', '--extract', '--no-same-owner'] as const),
      ...[`--file=${archive}`, `--directory=${extracted(subject)}`],
    );
  const remove = (subject: Subject) =>
    timeProgram(archivedFiles, 'rm', '--recursive', join(extracted(subject), 'files'));
  const clone = ({ folder }: Subject) => join(folder, 'clone');
  const gitStatus = (subject: Subject) => {
    const quietly = ['--no-optional-locks', '-c', 'safe.directory=*', '-C', clone(subject)];
    return timeProgram(archivedFiles, 'git', ...quietly, 'status', '--porcelain');
  };
  return [
    {
      ...{ text: `tar x of ${archivedFiles.toLocaleString('en')} files`, unit, repeats: 3 },
      measure: extract,
      after: remove,
    },
    {
      ...{ text: `rm -r of ${archivedFiles.toLocaleString('en')} files`, unit, repeats: 3 },
      before: extract,
      measure: remove,
    },
    {
      ...{ text: 'git status, names unknown to the kernel', unit, forgotten: 'names' },
      measure: gitStatus,
    },
    { ...{ text: 'git status', unit }, before: gitStatus, measure: gitStatus },
  ];
}
