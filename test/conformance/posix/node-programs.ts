import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What programs written for Node do with files, each in an empty working directory. */
const nodePrograms: Readonly<Record<string, () => void | Promise<void>>> = {
  'copies a tree with all that is in it': () => {
    plantTree('from');
    fs.cpSync('from', 'to', { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    assert.deepEqual(tree('to'), tree('from'));
  },

  'removes a tree': () => {
    plantTree('tree');
    fs.rmSync('tree', { recursive: true });
    assert.deepEqual(fs.readdirSync('.'), []);
  },

  'lists a tree': () => {
    plantTree('tree');
    assert.deepEqual(tree('tree'), [
      'deep',
      'deep/er',
      'deep/er/file',
      'deep/link',
      'empty',
      'file',
    ]);
  },

  'finds names by patterns': async () => {
    plantTree('tree');
    const found: string[] = [];
    for await (const name of glob('tree/**/file')) found.push(name);
    assert.deepEqual(found.sort(), ['tree/deep/er/file', 'tree/file']);
  },

  'makes all directories of a path at once': () => {
    assert.equal(fs.mkdirSync('a/b/c', { recursive: true }), 'a');
    assert.equal(fs.mkdirSync('a/b/c', { recursive: true }), undefined);
    fs.writeFileSync('a/file', '');
    assert.throws(() => fs.mkdirSync('a/file/b', { recursive: true }), { code: 'ENOTDIR' });
  },

  'makes temporary directories that are all different': () => {
    const made = Array.from({ length: 20 }, () => fs.mkdtempSync('temporary-'));
    assert.equal(new Set(made).size, 20);
    assert.equal(fs.statSync(made[0] ?? '').mode & 0o777, 0o700);
  },

  'copies files, or not over others': () => {
    fs.writeFileSync('from', Buffer.alloc(200_000, 'x'), { mode: 0o640 });
    fs.copyFileSync('from', 'to');
    assert.equal(fs.readFileSync('to').equals(fs.readFileSync('from')), true);
    assert.equal(fs.statSync('to').mode & 0o777, 0o640);
    assert.throws(() => fs.copyFileSync('from', 'to', fs.constants.COPYFILE_EXCL), {
      code: 'EEXIST',
    });
    fs.copyFileSync('from', 'clone', fs.constants.COPYFILE_FICLONE);
    assert.equal(fs.statSync('clone').size, 200_000);
  },

  'streams a large file and parts of it': async () => {
    const bytes = Buffer.from(Array.from({ length: 700_000 }, (_, index) => (index * 31) % 253));
    await pipeline(
      [bytes.subarray(0, 300_000), bytes.subarray(300_000)],
      fs.createWriteStream('file'),
    );
    const part = fs.createReadStream('file', { start: 299_990, end: 300_009, highWaterMark: 7 });
    assert.deepEqual(Buffer.concat(await part.toArray()), bytes.subarray(299_990, 300_010));
    await pipeline(fs.createReadStream('file'), fs.createWriteStream('copy', { flush: true }));
    assert.equal(fs.readFileSync('copy').equals(bytes), true);
  },

  'writes and reads several buffers at once': () => {
    const descriptor = fs.openSync('file', 'wx+');
    assert.equal(fs.writevSync(descriptor, [Buffer.from('one'), Buffer.from('two')]), 6);
    const [first, second] = [Buffer.alloc(2), Buffer.alloc(9)];
    assert.equal(fs.readvSync(descriptor, [first, second], 0), 6);
    assert.equal(Buffer.concat([first, second.subarray(0, 4)]).toString(), 'onetwo');
    fs.closeSync(descriptor);
  },

  'appends, truncates and rewrites': () => {
    fs.appendFileSync('log', 'one\n');
    fs.appendFileSync('log', 'two\n');
    fs.truncateSync('log', 5);
    assert.equal(fs.readFileSync('log', 'utf8'), 'one\nt');
    fs.writeFileSync('log', 'new', { flush: true });
    assert.equal(fs.readFileSync('log', 'utf8'), 'new');
    assert.throws(() => fs.writeFileSync('log', '', { flag: 'wx' }), { code: 'EEXIST' });
  },

  'sets times, also of symbolic links': () => {
    fs.writeFileSync('file', '');
    fs.symlinkSync('file', 'link');
    fs.utimesSync('file', 1_000.25, 2_000.5);
    fs.lutimesSync('link', 3_000, 4_000);
    const [file, link] = [fs.statSync('link'), fs.lstatSync('link')];
    assert.deepEqual([file.atimeMs, file.mtimeMs, link.mtimeMs], [1_000_250, 2_000_500, 4_000_000]);
  },

  'resolves names to what they are': () => {
    plantTree('tree');
    fs.symlinkSync('tree/deep', 'short');
    assert.equal(
      fs.realpathSync.native('short/er/../er/file'),
      join(process.cwd(), 'tree/deep/er/file'),
    );
    assert.throws(() => fs.realpathSync.native('short/no'), { code: 'ENOENT' });
  },

  'hears of changes in a directory that it watches': async () => {
    const watcher = fs.watch('.');
    const heard = new Set<unknown>();
    watcher.on('change', (kind, name) => heard.add(`${kind} ${String(name)}`));
    fs.writeFileSync('new', 'text');
    fs.renameSync('new', 'other');
    while (heard.size < 3) await once(watcher, 'change', { signal: AbortSignal.timeout(5_000) });
    watcher.close();
    assert.deepEqual([...heard], ['rename new', 'change new', 'rename other']);
  },

  'reads a directory entry by entry while it removes them': async () => {
    fs.mkdirSync('many');
    for (let index = 0; index < 120; index++) fs.writeFileSync(`many/${index}`, '');
    for await (const entry of await fs.promises.opendir('many', { bufferSize: 5 })) {
      assert.equal(entry.isFile(), true);
      await fs.promises.unlink(join('many', entry.name));
    }
    fs.rmdirSync('many');
  },

  'does many things at once': async () => {
    const names = Array.from({ length: 60 }, (_, index) => `file-${index}`);
    await Promise.all(names.map((name) => fs.promises.writeFile(name, name.repeat(1_000))));
    await Promise.all(names.map((name) => fs.promises.rename(name, `${name}.done`)));
    const texts = names.map((name) => fs.promises.readFile(`${name}.done`, 'utf8'));
    assert.deepEqual(
      await Promise.all(texts),
      names.map((name) => name.repeat(1_000)),
    );
    assert.equal(fs.readdirSync('.').length, 60);
  },
};

function plantTree(root: string): void {
  fs.mkdirSync(join(root, 'deep/er'), { recursive: true });
  fs.mkdirSync(join(root, 'empty'), { mode: 0o750 });
  fs.writeFileSync(join(root, 'file'), 'text');
  fs.writeFileSync(join(root, 'deep/er/file'), Buffer.alloc(100_000, 'y'));
  fs.symlinkSync('er/file', join(root, 'deep/link'));
  fs.utimesSync(join(root, 'file'), 1, 2);
}

function tree(root: string): string[] {
  return fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
}

// One process for all, as starting one takes longer than most of them.
for (const [name, program] of Object.entries(nodePrograms)) {
  fs.mkdirSync(name);
  process.chdir(name);
  try {
    await program();
  } catch (error) {
    throw new Error(`A program that ${name}`, { cause: error });
  }
  process.chdir('..');
}
