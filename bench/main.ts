import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { LiveNetwork, reasonForNoMounts } from '../test/support/live-network.ts';
import { daemonCost } from './questions/daemon-cost.ts';
import { largeFile } from './questions/large-file.ts';
import { manySmallFiles } from './questions/many-small-files.ts';
import { requests } from './questions/requests.ts';
import { visibility } from './questions/visibility.ts';
import { measureRawTls } from './raw-tls.ts';
import { ratio, type Row, table } from './row.ts';
import { touchMemory } from './touch-memory.ts';

// The large file at both peers, in their files and in the kernel's cache of the mounts, and room for the rest.
const memoryBytes = 6 * 1024 ** 3;

// Two peers on this machine, each number beside its yardstick of the same run. Prints a table and, on the last line, the same as JSON;
// with a path as argument it also writes the table there.

const reason = reasonForNoMounts();
if (reason !== undefined) {
  console.error(`The benchmark needs real mounts, and ${reason}.`);
  process.exit(1);
}

const rows = await measure();
console.log(`\n${table(rows)}\n`);
console.log(JSON.stringify(rows.map((row) => ({ ...row, ratio: ratio(row) }))));
const [path] = process.argv.slice(2);
if (path !== undefined) writeFileSync(path, `${table(rows)}\n`);

async function measure(): Promise<Row[]> {
  touchMemory(memoryBytes);
  const tlsBytesPerSecond = await measureRawTls();
  await using network = await LiveNetwork.create('writer');
  const writer = network.first;
  const reader = await network.join('reader');
  await network.connected(writer, reader);
  const answers = [
    ...(await visibility(writer, reader)),
    ...(await manySmallFiles(writer, reader)),
    ...(await largeFile(writer, reader, { tlsBytesPerSecond })),
    ...(await requests(writer, reader, 'large')),
    ...daemonCost([writer, reader]),
  ];
  console.log(`${cpus().length} processors, ${cpus()[0]?.model}, Node ${process.version}`);
  return answers;
}
