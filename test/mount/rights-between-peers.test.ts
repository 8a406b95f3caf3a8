import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LiveNetwork, reasonForNoMounts } from '../support/live-network.ts';
import { type LivePeer, until } from '../support/live-peer.ts';

const run = promisify(execFile);
const isRoot = process.geteuid?.() === 0;
const reason = reasonForNoMounts() ?? (isRoot ? undefined : 'only root acts for others');

/** Who is nobody's owner. */
const stranger = { uid: 64_102, gid: 64_102 };

/** Bytes that the user may read, or the name of what keeps him from it. */
async function reads(path: string, user: { uid: number; gid: number }): Promise<string> {
  try {
    return (await run('cat', [path], user)).stdout;
  } catch (error) {
    return /Permission denied/.test(String(error)) ? 'EACCES' : String(error);
  }
}

async function setList(path: string, ...entries: string[]): Promise<void> {
  await run('setfacl', [...entries, path]);
}

async function listOf(path: string): Promise<string[]> {
  const { stdout } = await run('getfacl', ['--numeric', '--omit-header', path]);
  return stdout.trim().split('\n');
}

function openForAll(network: LiveNetwork): void {
  fs.chmodSync(network.directory, 0o755);
  for (const { mountpoint } of network.peers) fs.chmodSync(`${mountpoint}/..`, 0o755);
}

// The kernel of each mount obeys lists that it keeps; what another peer changes must reach it.
describe.skipIf(reason)('access lists of a lan', () => {
  let network: LiveNetwork;
  let one: LivePeer;
  let other: LivePeer;

  beforeAll(async () => {
    network = await LiveNetwork.create('one', { flavour: 'lan', mount: ['--allow-other'] });
    one = network.first;
    other = await network.join('other', 'not');
    await other.mount('--allow-other');
    openForAll(network);
    await network.connected(one, other);
  });

  afterAll(() => network[Symbol.asyncDispose]());

  test('let in and keep out on the other machine, also when its kernel knew others', async () => {
    fs.writeFileSync(one.path('file'), 'text', { mode: 0o600 });
    await until('it is there', () => fs.existsSync(other.path('file')));
    expect(await reads(other.path('file'), stranger)).toBe('EACCES');
    await setList(one.path('file'), '-m', `u:${stranger.uid}:r`);
    await until('he may', async () => (await reads(other.path('file'), stranger)) === 'text');
    expect(await listOf(other.path('file'))).toContain(`user:${stranger.uid}:r--`);
    fs.chmodSync(one.path('file'), 0o600);
    await until('he may not', async () => (await reads(other.path('file'), stranger)) === 'EACCES');
    await setList(other.path('file'), '-b');
    await until('it is gone', async () => (await listOf(one.path('file'))).length === 3);
  });

  test('of directories are handed down to what is made on the other machine', async () => {
    fs.mkdirSync(one.path('folder'), { mode: 0o755 });
    await setList(one.path('folder'), '-d', '-m', `u:${stranger.uid}:rw,o::-`);
    const known = async () => (await listOf(other.path('folder'))).join(' ');
    await until('the list is there', async () => {
      return fs.existsSync(other.path('folder')) && (await known()).includes('default:user:64102');
    });
    fs.writeFileSync(other.path('folder', 'file'), 'text');
    await until('it is there', async () => {
      return (await reads(one.path('folder', 'file'), stranger)) === 'text';
    });
    expect(fs.statSync(one.path('folder', 'file')).mode & 0o777).toBe(0o660);
    expect(await reads(one.path('folder', 'file'), { uid: 64_103, gid: 64_103 })).toBe('EACCES');
  });
});

describe.skipIf(reason)('the user of a net mount', () => {
  let network: LiveNetwork;
  let alice: LivePeer;
  let bob: LivePeer;

  beforeAll(async () => {
    const mount = ['--allow-other', '--owner', `${stranger.uid}:${stranger.gid}`];
    network = await LiveNetwork.create('alice', { mount });
    alice = network.first;
    bob = await network.join('bob');
    openForAll(network);
    await network.connected(alice, bob);
  });

  afterAll(() => network[Symbol.asyncDispose]());

  test('is the local one on his machine, and has his number in the network on others', async () => {
    fs.writeFileSync(alice.path('hers'), 'text');
    await until('it is there', () => fs.existsSync(bob.path('hers')));
    const hers = fs.statSync(alice.path('hers'));
    expect([hers.uid, hers.gid]).toEqual([stranger.uid, stranger.gid]);
    expect(fs.statSync(bob.path('hers')).uid).toBeGreaterThan(10_000);
    // What the kernel itself allows to owners alone.
    await run('ln', ['-s', 'hers', alice.path('symbolic')], stranger);
    await run('ln', ['-P', alice.path('symbolic'), alice.path('linked')], stranger);
    expect(fs.readlinkSync(alice.path('linked'))).toBe('hers');
  });

  test('lets single others in, who judge by his list what they may do', async () => {
    fs.writeFileSync(bob.path('his'), '');
    await until('it is there', () => fs.existsSync(alice.path('his')));
    const number = fs.statSync(alice.path('his')).uid;
    fs.writeFileSync(alice.path('closed'), 'text', { mode: 0o600 });
    const readByBob = () => reads(bob.path('closed'), { uid: 0, gid: 0 });
    await until('it is there', () => fs.existsSync(bob.path('closed')));
    expect(await readByBob()).toBe('EACCES');
    await setList(alice.path('closed'), '-m', `u:${number}:rw`);
    await until('bob may', async () => (await readByBob()) === 'text');
    // To bob, who is root on his machine, the list names root.
    expect(await listOf(bob.path('closed'))).toContain('user:0:rw-');
    fs.appendFileSync(bob.path('closed'), ', and more');
    await until('alice sees it', () => fs.statSync(alice.path('closed')).size === 14);
    await expect(setList(bob.path('closed'), '-b')).rejects.toThrow('Operation not permitted');
  });
});
