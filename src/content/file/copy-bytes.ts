import { constants } from 'node:os';
import { read, write } from 'node:fs';
import { getSystemErrorName, promisify } from 'node:util';
import { native } from '../../platform/native.ts';

const readAsync = promisify(read);
const writeAsync = promisify(write);

/** Read and written at once where the kernel cannot copy between the two files by itself. */
const bufferBytes = 1024 * 1024;

/** Copies bytes to the same place of another file: some of them, at least one. Shared on the disk where its file system can. */
export async function copyBytes(
  source: number,
  target: number,
  position: number,
  length: number,
): Promise<number> {
  const outcome = await native.copyRange(source, position, target, position, length);
  if (outcome > 0) return outcome;
  if (outcome < 0 && !kernelCannot.has(-outcome)) throw systemError(outcome);
  return copyThroughMemory(source, target, position, length);
}

/** Not between these two, or not on this disk file system. */
const kernelCannot: ReadonlySet<number> = new Set([
  constants.errno.EXDEV,
  constants.errno.EINVAL,
  constants.errno.ENOSYS,
  constants.errno.EOPNOTSUPP,
]);

async function copyThroughMemory(
  source: number,
  target: number,
  position: number,
  length: number,
): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(bufferBytes, length));
  const { bytesRead } = await readAsync(source, buffer, 0, buffer.length, position);
  if (bytesRead === 0) throw new Error('a backing file is shorter than its map says');
  for (let done = 0; done < bytesRead;) {
    const { bytesWritten } = await writeAsync(
      ...([target, buffer, done, bytesRead - done, position + done] as const),
    );
    done += bytesWritten;
  }
  return bytesRead;
}

function systemError(outcome: number): Error {
  const code = getSystemErrorName(outcome);
  return Object.assign(new Error(`${code}: copy_file_range`), { code, errno: outcome });
}
