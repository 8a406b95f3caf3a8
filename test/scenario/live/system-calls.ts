import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';

/** Calls that Node lacks, by a program that is compiled into a folder that its user removes. Paths and names are raw bytes. */
export class SystemCalls {
  readonly #program: string;

  constructor(folder: string) {
    this.#program = join(folder, 'hands');
    const source = join(import.meta.dirname, 'hands.c');
    execFileSync('cc', ['-O1', '-Wall', '-o', this.#program, source]);
  }

  async call(name: string, ...words: readonly string[]): Promise<void> {
    await this.#run([name, ...words.map(hexOf)], '');
  }

  /** The extended attributes of each path, by path. */
  async xattrs(paths: readonly string[]): Promise<Map<string, Map<string, string>>> {
    const output = await this.#run(['xattrs'], paths.map((path) => `${hexOf(path)}\n`).join(''));
    const found = new Map(paths.map((path) => [path, new Map<string, string>()]));
    for (const line of output.split('\n').filter((each) => each !== '')) {
      const [path = '', name = '', value = ''] = line.split(' ').map(bytesOf);
      found.get(path)?.set(name, value);
    }
    return found;
  }

  #run(words: string[], input: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        this.#program,
        words,
        { maxBuffer: 1 << 28, timeout: patienceMs },
        (error, output) => {
          if (error === null) resolve(output);
          else reject(typeof error.code === 'number' ? systemError(error.code) : error);
        },
      );
      child.stdin?.end(input);
    });
  }
}

/** No call on a mount that is alive takes that long. */
const patienceMs = 30_000;

function systemError(errno: number): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(code), { code });
}

function hexOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('hex');
}

function bytesOf(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}
