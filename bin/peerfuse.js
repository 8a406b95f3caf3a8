#!/usr/bin/env node
// Starts the program with a Node that is new enough: this one, or the one that was installed beside the package. Plain JavaScript
// of an older language, so that an old Node gets as far as saying what is wrong.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ownNode = join(root, 'node_modules', 'node', 'bin', 'node');

/** As in package.json. */
const oldest = [24, 12];

if (isNewEnough(process.versions.node)) {
  const program = entry();
  process.argv[1] = program;
  await import(pathToFileURL(program).href);
} else if (existsSync(ownNode) && process.env.PEERFUSE_NODE_TRIED === undefined) {
  startAgainWith(ownNode);
} else {
  process.stderr.write(
    `peerfuse: Node ${oldest.join('.')} or newer is needed and this is ${process.versions.node}; install it from https://nodejs.org/.\n`,
  );
  process.exitCode = 1;
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/** What was built; in a checkout that was not, or was changed since, the source itself. */
function entry() {
  const built = join(root, 'dist', 'cli', 'main.js');
  const source = join(root, 'src', 'cli', 'main.ts');
  if (!existsSync(source)) return built;
  return existsSync(built) && statSync(built).mtimeMs >= newestSource() ? built : source;
}

/** A few milliseconds for a few hundred files, and only in a checkout: a package that was installed has no source. */
function newestSource() {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true });
  const times = files.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs);
  return Math.max(...times);
}

/** The same command line in another process, of which this one is only the shell: same streams, signals and exit code. */
function startAgainWith(node) {
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, PEERFUSE_NODE_TRIED: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    process.stderr.write(`peerfuse: ${node} cannot be started (${error.message}).\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code === null ? 128 + constants.signals[signal] : code;
  });
}
