import { existsSync, readFileSync } from 'node:fs';
import { until } from '../../support/live-peer.ts';
import { copy } from './copy.ts';
import type { Actor } from './act.ts';
import type { Hands, HowToOpen, SpecialType } from './stage.ts';
import { git } from './git.ts';

type Verb = (actor: Actor, words: readonly string[]) => Promise<void>;

/** What people can do. Each is what the program of that name asks of the system, or what an editor does to save. */
export const verbs: Readonly<Record<string, Verb>> = {
  async write({ hands }, [path, text, word, mode]) {
    if (word !== undefined && word !== 'mode') throw new Error(`"${word}" is not "mode"`);
    await put(hands, must(path), must(text), 'write', mode === undefined ? undefined : octal(mode));
  },
  append: ({ hands }, [path, text]) => put(hands, must(path), must(text), 'append'),
  async 'write-at'({ hands }, [path, position, text]) {
    await put(hands, must(path), must(text), 'change', undefined, Number(must(position)));
  },
  truncate: ({ hands }, [path, size]) => hands.truncate(must(path), Number(must(size))),
  // As a careful program: the new text becomes durable under another name, then takes the file's.
  async 'save-by-rename'({ hands }, [path, text]) {
    const temporary = `${must(path)}.new`;
    const file = await hands.open(temporary, 'write');
    await file.write(bytesOf(must(text)), 0);
    await file.sync();
    await file.close();
    await hands.rename(temporary, must(path));
  },
  // As vim with its default options for a file whose owner it is: the old one becomes the backup, which goes when all is well.
  async 'save-with-backup'({ hands }, [path, text]) {
    const backup = `${must(path)}~`;
    await hands.rename(must(path), backup);
    await put(hands, must(path), must(text), 'write');
    await hands.unlink(backup);
  },
  async sync({ hands }, [path]) {
    const file = await hands.open(must(path), 'read');
    await file.sync();
    await file.close();
  },
  async open({ who, hands, open }, [path, as, name]) {
    if (as !== 'as') throw new Error('open PATH as NAME');
    open.set(`${who} ${must(name)}`, await hands.open(must(path), 'change'));
  },
  put: (actor, [name, position, text]) =>
    openFile(actor, name).write(bytesOf(must(text)), Number(must(position))),
  fsync: (actor, [name]) => openFile(actor, name).sync(),
  async close(actor, [name]) {
    await openFile(actor, name).close();
    actor.open.delete(`${actor.who} ${must(name)}`);
  },
  async mkdir({ hands }, paths) {
    for (const path of paths) await hands.mkdir(path);
  },
  async rmdir({ hands }, paths) {
    for (const path of paths) await hands.rmdir(path);
  },
  async rm({ hands }, [first, ...others]) {
    if (first === '-r') for (const path of others) await removeAll(hands, path);
    else for (const path of [must(first), ...others]) await hands.unlink(path);
  },
  mv: ({ hands }, [from, to]) => hands.rename(must(from), within(must(to), must(from))),
  swap: ({ hands }, [one, other]) => hands.exchange(must(one), must(other)),
  async ln({ hands }, [first, second, third]) {
    if (first === '-s') await hands.symlink(must(second), must(third));
    else await hands.link(must(first), within(must(second), must(first)));
  },
  async cp({ hands }, words) {
    const [from, to] = words.filter((word) => word !== '-r');
    await copy(hands, must(from), within(must(to), must(from)));
  },
  chmod: ({ hands }, [mode, path]) => hands.chmod(must(path), octal(must(mode))),
  async chown({ stage, hands }, [owner, path]) {
    const [uid, gid] = ownerOf(stage, must(owner));
    await hands.chown(must(path), uid, gid);
  },
  touch: ({ hands }, [path, seconds]) => hands.touch(must(path), Number(must(seconds))),
  async setfattr({ hands }, [path, name, value]) {
    if (path === '-x') await hands.removeXattr(must(name), must(value));
    else await hands.setXattr(must(path), must(name), must(value));
  },
  mkfifo: ({ hands }, [path]) => hands.mknod(must(path), 'fifo'),
  mknod: ({ hands }, [path, type]) => hands.mknod(must(path), must(type) as SpecialType),
  /** Makes many files in a directory, each of which holds its own name. */
  async fill({ hands }, [path, prefix, count]) {
    for (let index = 1; index <= Number(must(count)); index += 1) {
      await put(hands, `${must(path)}/${must(prefix)}${index}`, `${must(prefix)}${index}`, 'write');
    }
  },
  take: ({ who, stage }, [path]) => stage.take(who, must(path)),
  'keep-both': ({ who, stage }, [path]) => stage.keepBoth(who, must(path)),
  /** Not in the tree any more, but kept on this person's disk. */
  async 'finds-kept'({ who, stage }, [path, text]) {
    const file = stage.keptFile(who, must(path));
    await until(`${file} is there`, () => existsSync(file));
    const found = readFileSync(file, 'latin1');
    if (found !== must(text)) throw new Error(`"${found}" was kept`);
  },
  async git({ hands }, [folder, ...words]) {
    await git(hands, must(folder), words);
  },
  async 'git-says'({ hands }, [folder, text, ...words]) {
    const output = await git(hands, must(folder), words);
    if (output.trimEnd() !== must(text)) throw new Error(`git says "${output}"`);
  },
};

async function put(
  hands: Hands,
  path: string,
  text: string,
  how: HowToOpen,
  mode?: number,
  position = 0,
): Promise<void> {
  const file = await hands.open(path, how, mode);
  try {
    if (text !== '') await file.write(bytesOf(text), position);
  } finally {
    await file.close();
  }
}

async function removeAll(hands: Hands, path: string): Promise<void> {
  const found = await hands.list(path);
  for (const { path: each, type } of found.reverse()) {
    await (type === 'directory' ? hands.rmdir(each) : hands.unlink(each));
  }
}

/** `directory/` as a destination means the same name in it. */
function within(to: string, from: string): string {
  return to.endsWith('/') ? `${to}${from.split('/').at(-1) ?? ''}` : to;
}

function openFile({ who, open }: Actor, name: string | undefined) {
  const file = open.get(`${who} ${must(name)}`);
  if (!file) throw new Error(`${who} has nothing open as "${must(name)}"`);
  return file;
}

export function ownerOf(stage: Actor['stage'], owner: string): [uid: number, gid: number] {
  const person = stage.people.find((who) => who === owner);
  if (person !== undefined) return [stage.uidOf(person), stage.uidOf(person)];
  const [uid = '', gid = ''] = owner.split(':');
  if (!/^\d+$/.test(uid) || !/^\d+$/.test(gid)) throw new Error('an owner is UID:GID or a person');
  return [Number(uid), Number(gid)];
}

function octal(text: string): number {
  if (!/^[0-7]{3,4}$/.test(text)) throw new Error(`"${text}" is no mode`);
  return Number.parseInt(text, 8);
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function must(word: string | undefined): string {
  if (word === undefined) throw new Error('something is missing at the end of the line');
  return word;
}
