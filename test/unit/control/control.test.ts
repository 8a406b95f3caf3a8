import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createControlClient } from '../../../src/control/client.ts';
import type { DaemonControl } from '../../../src/control/daemon-control.ts';
import { startControlServer } from '../../../src/control/server.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger, type Logger } from '../../../src/platform/logger.ts';
import { ExpectedFailure } from '../../../src/util/expected-failure.ts';
import { fakeDaemonControl, fakeStatus } from '../../support/fake-daemon-control.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** A server and a client on a real socket. */
async function connected(control: DaemonControl, logger: Logger = silentLogger) {
  const directory = temporaryDirectory();
  const socketPath = join(directory.path, 'control.sock');
  const server = await startControlServer({ socketPath, control, clock: systemClock, logger });
  return {
    ...{ socketPath, server, client: createControlClient(socketPath) },
    async [Symbol.asyncDispose]() {
      await server.close();
      directory[Symbol.dispose]();
    },
  };
}

test('every call reaches the daemon and its answer comes back', async () => {
  const control = fakeDaemonControl();
  await using world = await connected(control);
  const { client } = world;
  expect(await client.status()).toEqual(fakeStatus);
  expect(await client.peers()).toEqual([]);
  expect(await client.invite('bob', 5000)).toEqual({
    ...{ token: 'peerfuse-x', user: 'bob', expiresAtMs: 5000 },
  });
  expect(await client.sign('PEM', null, 6000)).toMatchObject({ user: 'bob', device: 2 });
  expect(await client.reload()).toEqual({ needRestart: ['listen'] });
  expect(await client.check()).toEqual({ inodes: 2, entries: 1, problems: [] });
  expect(control.calls).toEqual(['invite bob 5000', 'sign null 6000', 'reload', 'check']);
});

test('a daemon of another version is said to be one, and can still be found and stopped', async () => {
  const { locks: _, ...olderStatus } = fakeStatus;
  const status = (): never => olderStatus as never;
  await using world = await connected(fakeDaemonControl({ status }));
  await expect(world.client.status()).rejects.toThrow(/of another version; end it with/);
  expect(await world.client.process()).toBe(fakeStatus.pid);
});

test('the socket is for its owner alone', async () => {
  await using world = await connected(fakeDaemonControl());
  expect(statSync(world.socketPath).mode & 0o777).toBe(0o600);
});

test('stop is answered first and done then', async () => {
  const stopped = Promise.withResolvers<void>();
  const stop = (): Promise<void> => Promise.resolve(stopped.resolve());
  await using world = await connected(fakeDaemonControl({ stop }));
  await world.client.stop();
  await stopped.promise;
});

test('umount is done first and answered then, and the daemon leaves after it', async () => {
  const stopped = Promise.withResolvers<void>();
  const stop = (): Promise<void> => Promise.resolve(stopped.resolve());
  const control = fakeDaemonControl({ stop });
  await using world = await connected(control);
  await world.client.umount();
  expect(control.calls).toEqual(['umount']);
  await stopped.promise;
});

test('a call that makes the daemon leave is answered all the same', async () => {
  const leave = Promise.withResolvers<() => Promise<void>>();
  const left = Promise.withResolvers<void>();
  const umount = async (): Promise<void> => {
    const close = await leave.promise;
    close().then(left.resolve, left.reject);
    // Long after the server was told to close.
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await using world = await connected(fakeDaemonControl({ umount }));
  leave.resolve(() => world.server.close());
  await world.client.umount();
  await left.promise;
  await expect(world.client.status()).rejects.toMatchObject({ kind: 'missing' });
});

test('a mount that is in use is said, and the daemon stays', async () => {
  const umount = (): Promise<void> => Promise.reject(new ExpectedFailure('refused', 'In use.'));
  const control = fakeDaemonControl({ umount });
  await using world = await connected(control);
  await expect(world.client.umount()).rejects.toMatchObject({
    kind: 'refused',
    message: 'In use.',
  });
  await world.client.status();
  expect(control.calls).toEqual([]);
});

test('a bug in the daemon is logged there and not told in detail', async () => {
  const logged: unknown[] = [];
  const logger = { ...silentLogger, error: (fields: unknown) => void logged.push(fields) };
  const check = (): never => {
    throw new TypeError('secret detail');
  };
  await using world = await connected(fakeDaemonControl({ check }), logger);
  await expect(world.client.check()).rejects.toThrow(/^The daemon failed unexpectedly/);
  expect(logged).toMatchObject([{ call: 'POST /check', error: { message: 'secret detail' } }]);
});

test('transfers are told again and again until the listener goes', async () => {
  await using world = await connected(fakeDaemonControl());
  let heard = 0;
  for await (const transfers of world.client.transfers()) {
    expect(transfers).toEqual(fakeStatus.transfers);
    if (++heard === 2) break;
  }
  expect(heard).toBe(2);
});

test('a listener of transfers does not keep the daemon from leaving', async () => {
  await using world = await connected(fakeDaemonControl());
  const listening = world.client.transfers()[Symbol.asyncIterator]();
  await listening.next();
  await world.server.close();
  expect(await listening.next()).toMatchObject({ done: true });
});

test('who finds no daemon is told how to start one', async () => {
  using directory = temporaryDirectory();
  const client = createControlClient(join(directory.path, 'control.sock'));
  await expect(client.status()).rejects.toMatchObject({ kind: 'missing' });
  const nowhere = createControlClient(join(directory.path, 'no', 'home', 'control.sock'));
  await expect(nowhere.status()).rejects.toMatchObject({ kind: 'missing' });
});

test('a socket that a dead daemon left is replaced', async () => {
  using directory = temporaryDirectory();
  const socketPath = join(directory.path, 'control.sock');
  writeFileSync(socketPath, '');
  const options = { control: fakeDaemonControl(), clock: systemClock, logger: silentLogger };
  const server = await startControlServer({ socketPath, ...options });
  await createControlClient(socketPath).status();
  await server.close();
});

test('a home may lie deeper than the name of a socket can be long', async () => {
  using directory = temporaryDirectory();
  const deep = join(directory.path, 'x'.repeat(200));
  mkdirSync(deep);
  const socketPath = join(deep, 'control.sock');
  const options = { control: fakeDaemonControl(), clock: systemClock, logger: silentLogger };
  const server = await startControlServer({ socketPath, ...options });
  expect(await createControlClient(socketPath).status()).toEqual(fakeStatus);
  await server.close();
});

test.each([
  ['GET', '/nothing', undefined],
  ['GET', '/constructor', undefined],
  ['POST', '/invite', '{"user":7}'],
  ['POST', '/invite', 'not JSON'],
  ['POST', '/invite', '{"user":"bob","validMs":-1}'],
  ['POST', '/sign', 'x'.repeat(300_000)],
])('a request that is none is refused: %s %s', async (method, path, body) => {
  const control = fakeDaemonControl();
  await using world = await connected(control);
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const call = request({ socketPath: world.socketPath, method, path }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  call.on('error', reject);
  call.end(body);
  expect(await promise).toBe(400);
  expect(control.calls).toEqual([]);
});
