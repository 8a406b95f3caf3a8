import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs of Debian that these tests need, and the packages that bring them. */
const packages: Readonly<Record<string, string>> = {
  fio: 'fio',
  'stress-ng': 'stress-ng',
  dbench: 'dbench',
  git: 'git',
  sqlite3: 'sqlite3',
  rsync: 'rsync',
  tar: 'tar',
  ffmpeg: 'ffmpeg',
  ffprobe: 'ffmpeg',
  make: 'make',
  cc: 'gcc',
  vim: 'vim',
  sed: 'sed',
  'bonnie++': 'bonnie++',
  setfacl: 'acl',
  getfacl: 'acl',
  setfattr: 'attr',
  getfattr: 'attr',
  diff: 'diffutils',
  find: 'findutils',
};

export interface ToolOptions {
  readonly in?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Fails where a program is missing: what is not installed must not count as having passed. */
export function requireTools(...names: readonly string[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const wanted = [...new Set(missing.map((name) => packages[name] ?? name))].join(' ');
  throw new Error(`${missing.join(', ')} cannot be found: run \`apt-get install ${wanted}\`.`);
}

/** Runs a program that must succeed; what it wrote. */
export async function tool(command: readonly string[], options: ToolOptions = {}): Promise<string> {
  const { exitCode, output } = await attempt(command, options);
  if (exitCode === 0) return output;
  throw new Error(`${command.join(' ')}: exit ${exitCode}\n${output.slice(-4000)}`);
}

/** Runs a program to its end, however that is. Standard output and errors come together, as on a terminal. */
export function attempt(
  [file = '', ...words]: readonly string[],
  options: ToolOptions = {},
): Promise<{ readonly exitCode: number; readonly output: string }> {
  requireTools(file);
  const { promise, resolve, reject } = Promise.withResolvers<{
    exitCode: number;
    output: string;
  }>();
  const child = spawn(file, words, {
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.environment },
    ...(options.in !== undefined && { cwd: options.in }),
    ...(options.uid !== undefined && { uid: options.uid }),
    ...(options.gid !== undefined && { gid: options.gid }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  child.on('error', reject);
  child.on('close', (exitCode) => resolve({ exitCode: exitCode ?? 255, output }));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return promise;
}

function isInstalled(name: string): boolean {
  if (name.includes('/')) return true;
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
