import type { Hands, Seen } from './stage.ts';

/** As `cp -r`: files get content and mode, hard links become files of their own. */
export async function copy(hands: Hands, from: string, to: string): Promise<void> {
  for (const found of await hands.look(from)) {
    await copyOne(hands, found, to + found.path.slice(from.length));
  }
}

async function copyOne(hands: Hands, { type, mode, target, content }: Seen, to: string) {
  switch (type) {
    case 'directory':
      return hands.mkdir(to, mode);
    case 'symlink':
      return hands.symlink(target, to);
    case 'file': {
      const file = await hands.open(to, 'write', mode);
      if (content !== undefined && content.length > 0) await file.write(content, 0);
      return file.close();
    }
    case 'fifo':
    case 'socket':
    case 'character-device':
    case 'block-device':
      return hands.mknod(to, type);
  }
}
