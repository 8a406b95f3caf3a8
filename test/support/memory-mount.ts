// Serves the file system in memory at the directory given as first argument, as a process of its own: whoever uses the mount must not be
// the one who serves it. With an IPC channel it takes commands that act like a remote peer's changes, and answers each when the kernel
// has been told. Prints `mounted` when the mountpoint answers; ends with the mount.
import { mountFileSystem, type Mounted } from '../../src/fuse/mount-file-system.ts';
import type { InodeId } from '../../src/metadata/ids.ts';
import { rootInode } from '../../src/metadata/ids.ts';
import { type Name, nameFromText } from '../../src/metadata/name.ts';
import type { LogFields, Logger } from '../../src/platform/logger.ts';
import type { Attributes, Caller } from '../../src/vfs/file-system.ts';
import { MemoryFileSystem } from './memory-file-system.ts';

/** Changes happen in the root directory. */
export type MemoryCommand =
  | { readonly kind: 'add'; readonly name: string; readonly text: string }
  | { readonly kind: 'overwrite'; readonly name: string; readonly text: string }
  /** While the answer to the next lookup of the name is under way. */
  | { readonly kind: 'overwrite-when-found'; readonly name: string; readonly text: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'rename'; readonly name: string; readonly newName: string }
  | { readonly kind: 'usage' }
  | { readonly kind: 'unmount'; readonly lazy: boolean };

export interface MemoryUsage {
  readonly openHandles: number;
  readonly referencedInodes: number;
}

/** Long enough for another thread to write a few bytes to the kernel. */
const headStartMs = 50;

const [mountpoint = '', ...options] = process.argv.slice(2);
const stranger = { uid: 0, gid: 0, pid: 0, umask: 0 };

/** The answer to a lookup that is held back so that what is announced meanwhile overtakes it. */
class OvertakenFileSystem extends MemoryFileSystem {
  readonly whenFound = new Map<Name, () => void>();

  override find(caller: Caller, parent: InodeId, name: Name): Attributes | undefined {
    const answer = super.find(caller, parent, name);
    this.whenFound.get(name)?.();
    this.whenFound.delete(name);
    return answer;
  }
}

const fileSystem = new OvertakenFileSystem();

try {
  const mounted = await mountFileSystem({
    mountpoint,
    fileSystem,
    logger: logger(),
    allowOther: options.includes('--allow-other'),
    kernelChecksPermissions: options.includes('--kernel-checks'),
    honoursSetIdAndDevices: options.includes('--set-id'),
  });
  process.on('message', (command: MemoryCommand) => void answer(mounted, command));
  // The process lives as long as its mount, whoever may still send commands.
  process.channel?.unref();
  process.on('SIGTERM', () => void mounted.unmount({ lazy: true }));
  process.stdout.write('mounted\n');
  await mounted.closed;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

async function answer(mounted: Mounted, command: MemoryCommand): Promise<void> {
  try {
    const answer = await obey(mounted, command);
    process.send?.({ answer });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) });
  }
}

async function obey(mounted: Mounted, command: MemoryCommand): Promise<MemoryUsage | null> {
  if (command.kind === 'usage') {
    const { openHandles, referencedInodes } = fileSystem;
    return { openHandles, referencedInodes };
  }
  if (command.kind === 'unmount') {
    await mounted.unmount({ lazy: command.lazy });
  } else if (command.kind === 'overwrite-when-found') {
    fileSystem.whenFound.set(nameFromText(command.name), () => overtake(mounted, command));
  } else {
    change(mounted, command);
    await mounted.told();
  }
  return null;
}

function overtake(mounted: Mounted, { name, text }: { name: string; text: string }): void {
  change(mounted, { kind: 'overwrite', name, text });
  void mounted.told();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, headStartMs);
}

type Change = Exclude<MemoryCommand, { kind: 'usage' | 'unmount' | 'overwrite-when-found' }>;

function change({ observer }: Mounted, command: Change): void {
  const name = nameFromText(command.name);
  if (command.kind === 'add') {
    const node = fileSystem.add(stranger, rootInode, name, 'file', 0o644);
    node.write(0, Buffer.from(command.text));
    return observer.entryChanged(rootInode, name, null);
  }
  const { inode } = fileSystem.child(rootInode, name);
  if (command.kind === 'overwrite') {
    const text = Buffer.from(command.text);
    fileSystem.node(inode).resize(text.length);
    fileSystem.node(inode).write(0, text);
    return observer.contentChanged(inode, 0, 0);
  }
  if (command.kind === 'remove') {
    fileSystem.unlink(stranger, rootInode, name);
    return observer.entryChanged(rootInode, name, inode);
  }
  renameChange(observer, name, nameFromText(command.newName), inode);
}

function renameChange(
  observer: Mounted['observer'],
  name: ReturnType<typeof nameFromText>,
  newName: ReturnType<typeof nameFromText>,
  inode: InodeId,
): void {
  fileSystem.rename(stranger, rootInode, name, rootInode, newName, 'replace');
  observer.entryChanged(rootInode, name, null);
  observer.entryChanged(rootInode, newName, null);
  observer.attributesChanged(inode);
}

/** What is logged is a failure of the test that caused it. */
function logger(): Logger {
  const complain = (fields: LogFields, message: string): void => {
    process.stderr.write(`${message} ${JSON.stringify(fields)} ${String(fields.error)}\n`);
  };
  return { debug() {}, info() {}, warn: complain, error: complain };
}
