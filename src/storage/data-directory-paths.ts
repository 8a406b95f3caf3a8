import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where everything lies in a peer's home: docs/formats/home.md. */
export interface HomePaths {
  readonly home: string;
  /** The number of this layout. */
  readonly version: string;
  readonly config: string;
  readonly identity: string;
  readonly authorityCertificate: string;
  /** Only on the machine that issues certificates. */
  readonly authorityKey: string;
  readonly deviceKey: string;
  readonly deviceCertificate: string;
  /** What the authority has issued. */
  readonly register: string;
  readonly invitations: string;
  /** The signed operation logs, one per device: the truth, of which the database is a cache. */
  readonly logs: string;
  /** The daemon's messages, as JSON lines. */
  readonly logFile: string;
  /** What a daemon in the background wrote to its terminal, which it has not: the last words of one that crashed. */
  readonly lastOutput: string;
  /** The database. */
  readonly state: string;
  readonly content: string;
  /** What this device did and had no right to any more: for its user, who may take it from there. */
  readonly rescued: string;
  /** Peers that were met and their addresses. */
  readonly peers: string;
  readonly controlSocket: string;
  /** Who holds this home: for people, and for other network namespaces. */
  readonly lock: string;
  /** Exists while a daemon runs, and after it died: see data-directory-run-marker. */
  readonly runMarker: string;
  /** Nothing but room: see reserve.ts. */
  readonly reserve: string;
}

export function homePaths(home: string): HomePaths {
  const inHome = (...parts: string[]): string => join(home, ...parts);
  return {
    home,
    version: inHome('version'),
    config: inHome('config.toml'),
    identity: inHome('identity'),
    authorityCertificate: inHome('identity', 'authority.crt'),
    authorityKey: inHome('identity', 'authority.key'),
    deviceKey: inHome('identity', 'device.key'),
    deviceCertificate: inHome('identity', 'device.crt'),
    register: inHome('identity', 'register'),
    invitations: inHome('identity', 'invitations.json'),
    logs: inHome('log'),
    logFile: inHome('peerfuse.log'),
    lastOutput: inHome('output.log'),
    state: inHome('state'),
    content: inHome('content'),
    rescued: inHome('rescued'),
    peers: inHome('peers.json'),
    controlSocket: inHome('control.sock'),
    lock: inHome('lock'),
    runMarker: inHome('running'),
    reserve: inHome('reserve'),
  };
}

/** $PEERFUSE_HOME, else $XDG_DATA_HOME/peerfuse, else ~/.local/share/peerfuse; absolute. */
export function defaultHome(environment: Readonly<Record<string, string | undefined>>): string {
  const { PEERFUSE_HOME: named, XDG_DATA_HOME: data } = environment;
  if (named !== undefined && named !== '') return resolve(named);
  // The XDG specification says that a relative path there is to be ignored.
  if (data?.startsWith('/') === true) return join(data, 'peerfuse');
  return join(homedir(), '.local', 'share', 'peerfuse');
}
