import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reasonForNoMounts } from '../support/live-network.ts';
import { tool } from './tool.ts';
import { withMount } from './with-mount.ts';

const reason = reasonForNoMounts();

describe.skipIf(reason)(`programs that write much${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const mount = withMount();

  const fioJobs: Readonly<Record<string, readonly string[]>> = {
    'in order': ['--rw=write', '--bs=64k', '--ioengine=psync', '--size=24M'],
    'at random': ['--rw=randwrite', '--bs=4k', '--ioengine=psync', '--size=4M', '--numjobs=2'],
    'through memory': ['--rw=randwrite', '--bs=4k', '--ioengine=mmap', '--size=4M'],
    'in pieces of all lengths': [
      ...['--rw=randrw', '--bsrange=512-96k', '--bs_unaligned', '--ioengine=psync', '--size=6M'],
    ],
    'with many requests at once': [
      ...['--rw=randwrite', '--bs=8k', '--ioengine=libaio', '--iodepth=8', '--size=4M'],
    ],
    'past the cache': ['--rw=randwrite', '--bs=16k', '--ioengine=psync', '--direct=1', '--size=4M'],
  };

  for (const [title, words] of Object.entries(fioJobs)) {
    test(`fio finds again what it wrote ${title}`, async () => {
      const name = title.replaceAll(' ', '-');
      const directory = `--directory=${mount().folder(`fio-${name}`)}`;
      const verify = ['--verify=crc32c', '--verify_fatal=1', '--do_verify=1', '--end_fsync=1'];
      const job = [`--name=${name}`, directory, '--randseed=1', ...words, ...verify];
      const output = await tool(['fio', '--output-format=json', ...job]);
      const { jobs } = JSON.parse(output.slice(output.indexOf('{'))) as FioReport;
      expect(jobs.map(({ error }) => error)).toEqual(jobs.map(() => 0));
      expect(jobs.every(({ read }) => read.total_ios > 0)).toBe(true);
    });
  }

  for (const journal of ['WAL', 'DELETE', 'TRUNCATE', 'PERSIST']) {
    test(`SQLite loses no row of concurrent writers with its journal in mode ${journal}`, async () => {
      const database = join(mount().folder(`sqlite-${journal}`), 'rows.db');
      const setUp = `PRAGMA journal_mode=${journal}; CREATE TABLE rows (writer, number, text);`;
      await tool(['sqlite3', database], { input: setUp });
      const writers = [1, 2, 3];
      const rows = 40;
      await Promise.all(
        writers.map((writer) =>
          tool(['sqlite3', '-bail', database], { input: inserts(writer, rows) }),
        ),
      );
      const questions =
        'PRAGMA integrity_check; SELECT count(*), count(DISTINCT writer || "-" || number) FROM rows;';
      const all = writers.length * rows;
      expect(await tool(['sqlite3', database], { input: questions })).toBe(`ok\n${all}|${all}\n`);
    });
  }

  test('a film that ffmpeg made, and wrapped anew, shows the same picture at every place as on the disk', async () => {
    const folder = mount().folder('film');
    const film = join(folder, 'film.mkv');
    const sources = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=20'];
    const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=20'];
    const coding = ['-c:v', 'mpeg4', '-g', '50', '-q:v', '5', '-c:a', 'aac'];
    await tool(['ffmpeg', '-v', 'error', '-y', ...sources, ...sound, ...coding, film]);
    const wrapped = join(folder, 'film.mp4');
    const faststart = ['-c', 'copy', '-movflags', '+faststart'];
    await tool(['ffmpeg', '-v', 'error', '-y', '-i', film, ...faststart, wrapped]);
    const copy = join(mount().onDisk('film'), 'film.mp4');
    copyFileSync(wrapped, copy);
    for (const second of [0, 3.4, 19.5, 11, 7.24]) {
      expect(await picture(wrapped, second)).toBe(await picture(copy, second));
    }
    expect(readFileSync(wrapped).equals(readFileSync(copy))).toBe(true);
  });

  test('two loads of bonnie++ go side by side', async () => {
    const run = async (name: string): Promise<void> => {
      const sizes = ['-s', '16M', '-r', '8M', '-f', '-n', '1:1024:0:4', '-x', '1'];
      const output = await tool([
        'bonnie++',
        '-d',
        mount().folder(name),
        ...sizes,
        '-u',
        'root',
        '-q',
      ]);
      // One line of numbers, which it writes when all its phases, with their checks, are through.
      expect(output.trim().split('\n').at(-1)).toMatch(/^1\.\d+,/);
    };
    await Promise.all([run('bonnie-1'), run('bonnie-2')]);
  });

  test('dbench plays what a file server was once asked for', async () => {
    const folder = mount().folder('dbench');
    const load = ['-c', '/usr/share/dbench/client.txt', '-t', '4'];
    const output = await tool(['dbench', ...load, '-D', folder, '2']);
    expect(output.split('\n').filter((line) => /failed|error/i.test(line))).toEqual([]);
    expect(output).toMatch(/^Throughput [\d.]+ MB\/sec/m);
  });
});

interface FioReport {
  readonly jobs: readonly {
    readonly error: number;
    readonly read: { readonly total_ios: number };
  }[];
}

/** Every row in a transaction of its own; a writer waits for the others. */
function inserts(writer: number, rows: number): string {
  const lines = ['.timeout 60000'];
  for (let number = 0; number < rows; number++) {
    lines.push(
      `INSERT INTO rows VALUES (${writer}, ${number}, '${'x'.repeat((number * 97) % 3000)}');`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** A hash of the one picture at this place. */
function picture(film: string, second: number): Promise<string> {
  const seek = ['-ss', String(second), '-i', film, '-frames:v', '1'];
  return tool(['ffmpeg', '-v', 'error', ...seek, '-f', 'framemd5', '-']);
}
