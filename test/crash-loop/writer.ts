import * as fs from 'node:fs';
import { type Action, applyAction, perform } from './actions.ts';
import { Ledger, readLedger } from './ledger.ts';
import { Chance } from './random.ts';

// A process that changes files in a mount as fast as it can until the daemon behind it is gone or it is told to stop.
// Arguments: mountpoint, folder in it that is this writer's own, ledger, seed.

const [mountpoint = '', folder = '', ledgerPath = '', seedText = '0'] = process.argv.slice(2);

/** So many files at most, so that comparing all of them stays quick. */
const maximumFiles = 24;

/** Descriptors that are left open for a while, with changes that nobody asked to be published. */
const maximumOpen = 6;

const endOfMount = ['ENOTCONN', 'ECONNABORTED', 'ENODEV'];

const chance = new Chance(Number(seedText));
const { files } = readLedger(ledgerPath);
const ledger = new Ledger(ledgerPath);
const open: number[] = [];

process.on('SIGTERM', () => process.exit(0));
attempt(() => {
  // From inside, a mount that is taken away is still the one that it was.
  process.chdir(mountpoint);
  work();
});

function work(): void {
  for (let count = 0; count < 8; count += 1) {
    if (chance.happens(0.15)) stir();
    else act(nextAction());
  }
  setImmediate(() => attempt(work));
}

/** The end of the mount is the end of the work, and as it should be. */
function attempt(call: () => void): void {
  try {
    call();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (endOfMount.includes(code)) process.exit(0);
    process.stderr.write(`${message}\n`);
    process.exit(1);
  }
}

function act(action: Action): void {
  const isFlushed = chance.happens(0.6);
  ledger.begin(action);
  const file = perform(action, isFlushed);
  applyAction(files, action);
  ledger.done(isFlushed);
  if (file !== undefined) open.push(file);
  if (open.length > maximumOpen || chance.happens(0.5)) closeOne();
}

function closeOne(): void {
  const [file] = open.splice(chance.below(open.length), 1);
  if (file !== undefined) fs.closeSync(file);
}

/** Both writers change the same few files here, so that the peers have something to merge. Nothing is promised about whose wins. */
function stir(): void {
  const path = `shared/${chance.below(6)}`;
  try {
    const kind = chance.below(4);
    if (kind === 0) fs.renameSync(path, `shared/${chance.below(6)}`);
    else if (kind === 1) fs.unlinkSync(path);
    else if (kind === 2)
      fs.mkdirSync(`shared/d${chance.below(3)}`, { recursive: true, mode: 0o777 });
    else fs.writeFileSync(path, `${folder} ${chance.below(2 ** 32)}`, { mode: 0o666 });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    // Another's file, or one that another took away.
    if (!['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'EEXIST', 'ENOTDIR'].includes(code)) throw error;
  }
}

function nextAction(): Action {
  const known = [...files.keys()];
  const path = known.length > 0 && chance.happens(0.8) ? chance.pick(known) : freshPath(known);
  const seed = chance.below(2 ** 32);
  const size = files.get(path)?.length ?? 0;
  const kind = chance.below(10);
  if (!files.has(path)) return { kind: 'replace', path, length: someLength(), seed };
  if (kind < 2) return { kind: 'write', path, position: size, length: someLength(), seed };
  if (kind < 5)
    return { kind: 'write', path, position: chance.below(size + 1000), length: someLength(), seed };
  if (kind < 6) return { kind: 'truncate', path, size: chance.below(size + 1) };
  if (kind < 8)
    return {
      kind: 'rename',
      path,
      to: chance.happens(0.5) ? freshPath(known) : otherThan(path, known),
    };
  if (kind < 9 || known.length < 4) return { kind: 'replace', path, length: someLength(), seed };
  return { kind: 'remove', path };
}

function freshPath(known: readonly string[]): string {
  if (known.length >= maximumFiles) return chance.pick(known);
  return `${folder}/${chance.below(maximumFiles * 4)}`;
}

function otherThan(path: string, known: readonly string[]): string {
  const to = chance.pick(known);
  return to === path ? `${path}-moved`.slice(0, 60) : to;
}

/** Mostly small, sometimes of several blocks. */
function someLength(): number {
  return 1 + chance.below(chance.happens(0.2) ? 200_000 : 3000);
}
