import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CrashLoop } from './crash-loop.ts';

// npm run crash-loop -- --runs 1000 [--seed N]: kills daemons at random moments and looks whether anything that was done is lost.

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    compare: { type: 'string', default: '5' },
  },
});

const seed = Number(values.seed ?? Date.now() % 1_000_000);
const directory = mkdtempSync(join(tmpdir(), 'peerfuse-crash-loop-'));
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'peerfuse-compile-cache');
process.stdout.write(`seed ${seed}, homes in ${directory}\n`);

const loop = new CrashLoop(directory, seed, Number(values.compare));
let isLeaving = false;
const leave = (): void => {
  isLeaving = true;
  void loop.destroy().then(() => process.exit(130));
};
process.once('SIGINT', leave).once('SIGTERM', leave);
const startMs = performance.now();
let isSound = false;
try {
  await loop.create();
  for (let round = 1; round <= Number(values.runs); round += 1) {
    await loop.round(round);
    if (round % 10 === 0) report(round);
  }
  await loop.compare();
  report(Number(values.runs));
  isSound = true;
} catch (error) {
  // Whoever interrupts it takes the daemons away under the round.
  if (isLeaving) await new Promise(() => undefined);
  process.stdout.write(`round ${loop.rounds} of seed ${seed} failed: ${(error as Error).stack}\n`);
  process.stdout.write(`The homes, ledgers and logs are kept in ${directory}\n`);
  process.exitCode = 1;
} finally {
  await loop.destroy();
  if (isSound) rmSync(directory, { recursive: true, force: true });
}

function report(round: number): void {
  const { kills, killsWhileStarting, actions, compared, longestStartMs } = loop.statistics();
  const perRound = ((performance.now() - startMs) / 1000 / round).toFixed(2);
  process.stdout.write(
    `${round} rounds, ${perRound} s each: ${kills} kills (${killsWhileStarting} while starting), ${actions} actions, longest start ${Math.round(longestStartMs)} ms, trees compared ${compared} times, nothing lost\n`,
  );
}
