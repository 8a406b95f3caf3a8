import type { WorldPeer } from '../support/world/world-peer.ts';

/** Something done, with paths and bytes: at a peer, and in a plain model of what it must come to. */
export type Command =
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly text: string;
      readonly fsync: boolean;
    }
  | { readonly kind: 'append'; readonly path: string; readonly text: string }
  | {
      readonly kind: 'write-at';
      readonly path: string;
      readonly position: number;
      readonly text: string;
    }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'read' | 'unlink' | 'rmdir' | 'mkdir' | 'fifo'; readonly path: string }
  | { readonly kind: 'rename' | 'exchange' | 'link'; readonly path: string; readonly to: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly kind: 'chown'; readonly path: string; readonly uid: number }
  | { readonly kind: 'touch'; readonly path: string; readonly seconds: number }
  | {
      readonly kind: 'setxattr';
      readonly path: string;
      readonly name: string;
      readonly value: string;
    }
  | { readonly kind: 'removexattr'; readonly path: string; readonly name: string };

/** Throws a PosixError when it may not be done. */
export async function execute(peer: WorldPeer, command: Command): Promise<void> {
  const { path } = command;
  switch (command.kind) {
    case 'write':
      return write(peer, path, command.text, command.fsync);
    case 'append':
      return peer.append(path, command.text);
    case 'write-at':
      return peer.writeAt(path, command.position, command.text);
    case 'truncate':
      return peer.truncate(path, command.size);
    case 'read':
      return void (await peer.readBytes(path));
    case 'unlink':
      return peer.unlink(path);
    case 'rmdir':
      return peer.rmdir(path);
    case 'mkdir':
      return peer.mkdir(path, 0o777);
    case 'fifo':
      return peer.mknod(path, 'fifo', 0o666);
    case 'rename':
      return peer.rename(path, command.to);
    case 'exchange':
      return peer.exchange(path, command.to);
    case 'link':
      return peer.link(path, command.to);
    case 'symlink':
      return peer.symlink(path, command.target);
    case 'chmod':
      return peer.chmod(path, command.mode);
    case 'chown':
      return peer.chown(path, command.uid);
    case 'touch':
      return peer.touch(path, command.seconds);
    case 'setxattr':
      return peer.setxattr(path, command.name, command.value);
    case 'removexattr':
      return peer.removexattr(path, command.name);
    default:
      return command satisfies never;
  }
}

async function write(peer: WorldPeer, path: string, text: string, fsync: boolean): Promise<void> {
  const open = await peer.open(path, 'write', 0o666);
  try {
    await open.write(text);
    if (fsync) await open.fsync();
  } finally {
    await open.close();
  }
}

export function describeCommand(command: Command): string {
  const { kind, path, ...rest } = command;
  return `${kind} ${path} ${JSON.stringify(rest).slice(0, 120)}`;
}
