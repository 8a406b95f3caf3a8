import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startControlServer } from '../../../src/control/server.ts';
import type { PassthroughStatus } from '../../../src/control/status.ts';
import { formatToken } from '../../../src/identity/token.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { lockHome } from '../../../src/storage/data-directory-lock.ts';
import { homePaths } from '../../../src/storage/data-directory-paths.ts';
import { realDisk } from '../../../src/storage/disk.ts';
import { ExpectedFailure } from '../../../src/util/expected-failure.ts';
import { fakeDaemonControl, fakeStatus } from '../../support/fake-daemon-control.ts';
import { runCommand } from '../../support/run-command.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

// The program itself, without a real daemon: what it answers, and with which exit code (docs/guide/exit-codes.md).

async function newNetwork(home: string): Promise<void> {
  const options = ['--user', 'alice', '--listen', '127.0.0.1:0'];
  const { exitCode, stderr } = await runCommand(home, ['network', 'create', 'garden', ...options]);
  expect([exitCode, stderr]).toEqual([0, '']);
}

/** A home with a network and something that answers as its daemon. */
async function withFakeDaemon(overrides: Parameters<typeof fakeDaemonControl>[0] = {}) {
  const directory = temporaryDirectory();
  const home = join(directory.path, 'home');
  await newNetwork(home);
  const control = fakeDaemonControl(overrides);
  const { controlSocket: socketPath } = homePaths(home);
  const options = { socketPath, control, clock: systemClock, logger: silentLogger };
  const server = await startControlServer(options);
  return {
    ...{ home, control },
    async [Symbol.asyncDispose]() {
      await server.close();
      directory[Symbol.dispose]();
    },
  };
}

test.each([
  [['nonsense'], "unknown command 'nonsense'"],
  [['mount'], "missing required argument 'dir'"],
  [['invite'], "missing required argument 'user'"],
  [['network', 'create', 'a b'], "A network's name is ASCII letters"],
  [['network', 'create', 'a', '--flavour', 'wan'], 'Allowed choices are net, lan'],
  [['network', 'create', 'a', '--user', 'a/b'], "A user's name is letters"],
  [['network', 'create', 'a', '--listen', '1777'], 'It must be HOST:PORT'],
  [['network', 'create', 'a', '--authority-key', 'x'], 'belong together'],
  [['invite', 'bob', '--valid', 'long'], 'It must be a duration'],
  [['status', '--loud'], "unknown option '--loud'"],
  [['join', 'hello'], 'This is no token: a token begins with "peerfuse-"'],
  [['mount', '/does/not/exist'], '/does/not/exist does not exist; make it with mkdir'],
  [['cert', 'request'], 'Name the network that you want to join with --network NAME.'],
])('%j is asked wrongly: 2, one sentence, nothing made', async (arguments_, sentence) => {
  using directory = temporaryDirectory();
  const home = join(directory.path, 'home');
  const { exitCode, stdout, stderr } = await runCommand(home, arguments_);
  expect(stderr).toContain(sentence);
  expect(stderr).toMatch(/^peerfuse: [^\n]+\n$/);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(existsSync(home)).toBe(false);
});

test.each([['status'], ['peers'], ['stop'], ['check'], ['reload'], ['serve'], ['invite', 'bob']])(
  '%s where there is no network: 3 and how to begin',
  async (...arguments_) => {
    using directory = temporaryDirectory();
    const { exitCode, stderr } = await runCommand(join(directory.path, 'home'), arguments_);
    expect(stderr).toContain('begin with "peerfuse network create NAME" or "peerfuse join TOKEN"');
    expect(exitCode).toBe(3);
  },
);

test('help and the version are no failures', async () => {
  using directory = temporaryDirectory();
  const help = await runCommand(directory.path, ['--help']);
  expect(help).toMatchObject({ exitCode: 0, stderr: '' });
  const version = await runCommand(directory.path, ['--version']);
  expect(version).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test('a network is created once in a home, its keys for their owner alone', async () => {
  using directory = temporaryDirectory();
  const home = join(directory.path, 'home');
  await newNetwork(home);
  for (const name of ['device.key', 'authority.key']) {
    expect(statSync(join(home, 'identity', name)).mode & 0o777).toBe(0o600);
  }
  const again = await runCommand(home, ['network', 'create', 'garden']);
  expect(again.exitCode).toBe(6);
  expect(again.stderr).toContain('belongs to a network already; name another home with --home');
  expect((await runCommand(home, ['status'])).exitCode).toBe(3);
});

test('on lan the computer is what is named, with uid 0', async () => {
  using directory = temporaryDirectory();
  const home = join(directory.path, 'home');
  await runCommand(home, ['network', 'create', 'office', '--flavour', 'lan', '--user', 'mill']);
  const { stdout } = await runCommand(home, ['cert', 'show', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ flavour: 'lan', user: 'mill', uid: 0, device: 1 });
});

test('a join that reaches nobody leaves nothing behind: 5', async () => {
  using directory = temporaryDirectory();
  const token = formatToken({
    ...{ network: 'garden', flavour: 'net', user: 'bob', authorityFingerprint: 'ab'.repeat(32) },
    // Nobody listens at port 1 of loopback.
    ...{ addresses: ['127.0.0.1:1'], secret: Buffer.alloc(16) },
  });
  const { exitCode, stderr } = await runCommand(join(directory.path, 'home'), ['join', token]);
  expect(stderr).toMatch(/^peerfuse: cannot reach the network \(127\.0\.0\.1:1: .+\n$/);
  expect(exitCode).toBe(5);
  expect(readdirSync(directory.path)).toEqual([]);
});

test('a mistake in config.toml is told by the command that would start the daemon: 2', async () => {
  using directory = temporaryDirectory();
  const home = join(directory.path, 'home');
  await newNetwork(home);
  writeFileSync(join(home, 'config.toml'), 'workers = "many"\n');
  const { exitCode, stderr } = await runCommand(home, ['serve']);
  expect(stderr).toContain('config.toml: "workers" must be a whole number from 1 to 16.');
  expect(exitCode).toBe(2);
});

test('the reason why a daemon in the background cannot start comes through, with its exit code', async () => {
  using directory = temporaryDirectory();
  const home = join(directory.path, 'home');
  await newNetwork(home);
  const lock = await lockHome(homePaths(home), realDisk);
  try {
    const { exitCode, stderr } = await runCommand(home, ['serve']);
    expect(stderr).toMatch(/^peerfuse: [^\n]+ is in use by process \d+; [^\n]+\n$/);
    expect(exitCode).toBe(6);
  } finally {
    await lock.release();
  }
});

test('the offline authority: request here, sign there, import here', async () => {
  using directory = temporaryDirectory();
  const [alice, bob] = [join(directory.path, 'alice'), join(directory.path, 'bob')];
  const [request, answer] = [join(directory.path, 'request'), join(directory.path, 'answer')];
  await newNetwork(alice);
  const asked = ['cert', 'request', '--network', 'garden', '--user', 'bob', '--output', request];
  expect(await runCommand(bob, asked)).toMatchObject({ exitCode: 0 });
  const pending = await runCommand(bob, ['serve']);
  expect(pending.exitCode).toBe(3);
  expect(pending.stderr).toContain('bring it with "peerfuse cert import FILE"');
  expect(await runCommand(bob, ['cert', 'sign', request])).toMatchObject({ exitCode: 3 });
  const wrong = await runCommand(alice, ['cert', 'sign', request, '--user', 'eve']);
  expect(wrong).toMatchObject({ exitCode: 4, stdout: '' });
  const signed = await runCommand(alice, ['cert', 'sign', '-'], readFileSync(request, 'utf8'));
  expect(signed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('CERTIFICATE') });
  writeFileSync(answer, signed.stdout);
  const imported = ['cert', 'import', answer, '--connect', '192.0.2.1:1777'];
  expect(await runCommand(bob, imported)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(readFileSync(join(bob, 'config.toml'), 'utf8')).toContain('connect = ["192.0.2.1:1777"]');
  const { stdout } = await runCommand(bob, ['cert', 'show', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ user: 'bob', device: 2, holdsAuthority: false });
  const refused = await runCommand(bob, ['cert', 'sign', request]);
  expect(refused.exitCode).toBe(4);
  expect(refused.stderr).toContain("does not hold the network's authority key");
});

test('a token is the last line of what invite prints', async () => {
  await using world = await withFakeDaemon();
  const { exitCode, stdout } = await runCommand(world.home, ['invite', 'bob', '--valid', '2h']);
  expect(exitCode).toBe(0);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('peerfuse-x');
  expect(world.control.calls).toEqual(['invite bob 7200000']);
});

test('what the daemon refuses is said as it says it: 4', async () => {
  const invite = (): never => {
    throw new ExpectedFailure('refused', 'Not here.');
  };
  await using world = await withFakeDaemon({ invite });
  const outcome = await runCommand(world.home, ['invite', 'bob']);
  expect(outcome).toEqual({ exitCode: 4, stdout: '', stderr: 'peerfuse: Not here.\n' });
});

test('status is for people and for programs', async () => {
  await using world = await withFakeDaemon();
  const people = await runCommand(world.home, ['status']);
  expect(people.stdout).toContain('fetching /film: 50 B of 100 B from bob 50 B');
  const { stdout } = await runCommand(world.home, ['status', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ network: 'garden', user: 'alice', mountpoint: null, connectedPeers: 0 },
    ...{ pendingOperations: 0, listen: ['127.0.0.1:1777'] },
  });
});

test('status says who is alone since when, what waits to be told, and what a person should know', async () => {
  const sinceMs = Date.UTC(2026, 0, 2, 3, 4);
  const status = () => ({
    ...fakeStatus,
    ...{ aloneSinceMs: sinceMs, pendingOperations: 7, pendingSinceMs: sinceMs },
    ...{ concerns: ["this machine's clock is 23 h ahead of its peers': set it"] },
  });
  await using world = await withFakeDaemon({ status });
  const { stdout } = await runCommand(world.home, ['status']);
  expect(stdout).toMatch(/^connected +alone since 2026-01-02 03:04 UTC \(.*\)$/m);
  expect(stdout).toMatch(/^unsynced +7 operations to tell, since 2026-01-02 03:04 UTC$/m);
  expect(stdout).toMatch(/^! this machine's clock is 23 h ahead of its peers': set it$/m);
});

test('status says of a mount whether the kernel reads by itself, or else why not', async () => {
  const lineFor = async (passthrough: PassthroughStatus | null): Promise<string | undefined> => {
    const status = () => ({ ...fakeStatus, mountpoint: '/mnt', passthrough });
    await using world = await withFakeDaemon({ status });
    const { stdout } = await runCommand(world.home, ['status']);
    return /^passthrough +(.*)$/m.exec(stdout)?.[1];
  };
  expect(await lineFor({ inUse: true, whyNot: null })).toMatch(/^in use: the kernel reads /);
  const whyNot = 'it needs Linux 6.9';
  expect(await lineFor({ inUse: false, whyNot })).toBe('not in use, since it needs Linux 6.9');
  expect(await lineFor(null)).toBeUndefined();
});

test('peers shows whose clock is wrong, and who signed two histories', async () => {
  const peer = {
    ...{ device: 2, user: 'bob', uid: 1001, connected: true, sinceMs: 0, lastError: null },
    ...{ clockAheadMs: -23 * 60 * 60 * 1000, isQuarantined: true, addresses: ['host:1777'] },
    ...{ roundTripMs: 1, receivedBytes: 0, sentBytes: 0 },
  };
  await using world = await withFakeDaemon({ peers: () => [peer] });
  const { stdout } = await runCommand(world.home, ['peers']);
  expect(stdout).toMatch(/bob +2 +connected, quarantined +23 h behind/);
});

test('a check that finds something ends with 1', async () => {
  const check = () => Promise.resolve({ inodes: 1, entries: 1, problems: ['/a leads nowhere'] });
  await using world = await withFakeDaemon({ check });
  const { exitCode, stdout } = await runCommand(world.home, ['check']);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('/a leads nowhere\n');
});

test('a second daemon of a home is not started: 6', async () => {
  await using world = await withFakeDaemon();
  const { exitCode, stderr } = await runCommand(world.home, ['serve']);
  expect(stderr).toMatch(
    /runs already \(process \d+, without a mount\); end it with "peerfuse stop"/,
  );
  expect(exitCode).toBe(6);
});

test('a certificate is signed by the daemon when it runs', async () => {
  await using world = await withFakeDaemon();
  const { stdout } = await runCommand(world.home, ['cert', 'sign', '-', '--valid', '30d'], 'PEM');
  expect(stdout).toBe('PEM\n');
  expect(world.control.calls).toEqual([`sign null ${30 * 24 * 60 * 60 * 1000}`]);
});

test('a directory on which nothing is mounted cannot be unmounted: 3', async () => {
  using directory = temporaryDirectory();
  mkdirSync(join(directory.path, 'mount'));
  const { exitCode, stderr } = await runCommand(join(directory.path, 'home'), [
    ...['umount', join(directory.path, 'mount')],
  ]);
  expect(stderr).toMatch(/Peerfuse is not mounted at .*mount; "peerfuse status" says where it is/);
  expect(exitCode).toBe(3);
});
