import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * The home of the daemon of this machine that has this TCP connection to 127.0.0.1:`port` open, from 127.0.0.1:`ownPort`; undefined when
 * that is no daemon.
 */
export function callerOf(ownPort: number, port: number): string | undefined {
  const inode = socketInode(ownPort, port);
  const pid = inode === undefined ? undefined : processes().find((pid) => hasOpen(pid, inode));
  return pid === undefined ? undefined : homeOf(pid);
}

function socketInode(ownPort: number, port: number): string | undefined {
  const addresses = `${loopback(ownPort)} ${loopback(port)}`;
  const line = readFileSync('/proc/self/net/tcp', 'latin1')
    .split('\n')
    .find((each) => each.includes(addresses));
  return line?.trim().split(/\s+/)[9];
}

/** As the kernel writes it: the address in the order of its bytes here, the port as a number. */
function loopback(port: number): string {
  return `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The youngest first: daemons have not been running for long. */
function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .sort((one, other) => Number(other) - Number(one));
}

function hasOpen(pid: string, inode: string): boolean {
  return (
    attempt(() =>
      readdirSync(`/proc/${pid}/fd`).some(
        (descriptor) =>
          attempt(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`)) === `socket:[${inode}]`,
      ),
    ) === true
  );
}

function homeOf(pid: string): string | undefined {
  const words = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')) ?? [];
  const option = words.indexOf('--home');
  return option === -1 ? undefined : words[option + 1];
}

/** Processes of others, and such as have just ended, do not show what they have. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
