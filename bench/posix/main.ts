// What a program that works with files gets from a Peerfuse mount, beside a plain folder on the same disk and a C file system that passes
// everything on to such a folder. Prints a table, and on the last line the same as JSON. Needs root, to have the kernel forget what it knows.
//   --repeats N     rounds (5)
//   --only TEXT     the questions whose text holds this
//   --flavour F     of the network: net (default) or lan
//   --in DIRECTORY  on whose disk (the system's for temporary files)
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reasonForNoMounts } from '../../test/support/live-network.ts';
import { makeMaterial } from './material.ts';
import { ask, makeRoom, type Answers } from './measure.ts';
import { prepare, questions, type Question } from './questions.ts';
import { lineOf, table } from './report.ts';
import { openSubjects, type Subjects } from './subjects.ts';

const { values: options } = parseArgs({
  options: {
    repeats: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    flavour: { type: 'string', default: 'net' },
    in: { type: 'string', default: tmpdir() },
  },
});

const reason = process.getuid?.() === 0 ? reasonForNoMounts() : 'only root may drop caches';
if (reason !== undefined) {
  console.error(`This benchmark needs real mounts and root: ${reason}.`);
  process.exit(1);
}

const directory = mkdtempSync(join(options.in, 'peerfuse-posix-'));
try {
  await using subjects = await openSubjects(directory, options.flavour === 'lan' ? 'lan' : 'net');
  const answers = await measure(subjects);
  const lines = [...answers].map(([question, answer]) => lineOf(question, answer));
  console.log(`\n${table(lines)}\n`);
  console.log(`${cpus().length} processors, ${cpus()[0]?.model}, Node ${process.version}`);
  console.log(JSON.stringify(lines));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function measure({ all }: Subjects): Promise<Map<Question, Answers>> {
  const material = makeMaterial(directory);
  for (const subject of all) {
    await makeRoom(all);
    prepare(material, subject);
  }
  const asked = questions(material).filter(({ text }) => text.includes(options.only));
  const answers = new Map(
    asked.map((question) => [question, { plain: [], passthrough: [], peerfuse: [] }]),
  );
  for (let round = 0; round < Number(options.repeats); round += 1) {
    for (const [question, answer] of answers) {
      if (round >= (question.repeats ?? Infinity)) continue;
      await ask(question, all, round, answer);
    }
    console.error(`round ${round + 1} is over`);
  }
  return answers;
}
