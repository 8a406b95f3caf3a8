import { open } from 'node:fs/promises';
import { type LivePeer, until } from '../../test/support/live-peer.ts';
import { humanBytes, say } from '../say.ts';

interface Roles {
  readonly editor: LivePeer;
  readonly watcher: LivePeer;
}

const position = 512 * 1024 ** 2 + 12_345;
const edit = Buffer.from('this was edited in place');

/** A change in the middle of a large file moves what it touched, not the file. */
export async function editInPlace({ editor, watcher }: Roles): Promise<void> {
  await say(
    `${editor.name} edits ${humanBytes(edit.length)} in the middle of the film, and ${watcher.name} sees it`,
    async () => {
      await write(editor);
      await until(`${watcher.name} sees the edit`, () => hasEdit(watcher));
    },
    [editor, watcher],
  );
}

async function write(peer: LivePeer): Promise<void> {
  await using file = await open(peer.path('film.bin'), 'r+');
  await file.write(edit, 0, edit.length, position);
}

async function hasEdit(peer: LivePeer): Promise<boolean> {
  await using file = await open(peer.path('film.bin'));
  const target = Buffer.alloc(edit.length);
  await file.read(target, 0, target.length, position);
  return target.equals(edit);
}
