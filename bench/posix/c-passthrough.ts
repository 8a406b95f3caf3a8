// libfuse's own example of a fast file system that passes everything on to a folder (example/passthrough_hp.cc), built from what Debian
// ships: the headers and the library of libfuse3-dev, the example of the source package. Nothing of it is kept, and nothing is installed.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMounted, until } from '../../test/support/live-peer.ts';

const distribution = /^VERSION_CODENAME=(.*)$/m;

/** What its own build would find out about the system. */
const definitions = [
  '-D_FILE_OFFSET_BITS=64',
  '-DHAVE_UTIMENSAT',
  '-DHAVE_POSIX_FALLOCATE',
  '-DHAVE_SETXATTR',
];

/** The program. Needs the network, a C++ compiler and some seconds. */
export function buildPassthrough(directory: string): string {
  mkdirSync(directory);
  const run = (program: string, ...parameters: string[]) =>
    execFileSync(program, parameters, { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });
  const sources = sourcesOnly(directory);
  run('apt-get', '--quiet=2', '-o', 'APT::Sandbox::User=root', 'download', 'libfuse3-dev');
  run('dpkg', '--extract', find(directory, /^libfuse3-dev_.*\.deb$/), 'development');
  run('apt-get', '--quiet=2', ...sources, 'update');
  run('apt-get', '--quiet=2', ...sources, '--download-only', 'source', 'fuse3');
  mkdirSync(join(directory, 'source'));
  const archive = find(directory, /^fuse3_.*\.orig\.tar\.[a-z0-9]+$/);
  run('tar', '--extract', '--strip-components=1', '--directory=source', `--file=${archive}`);
  const [headers, library] = developmentFiles(join(directory, 'development'));
  const source = join('source', 'example', 'passthrough_hp.cc');
  const flags = ['-O2', '-w', ...definitions, '-I', headers];
  run('c++', ...flags, '-o', 'passthrough', source, library, '-lpthread', '-ldl');
  return join(directory, 'passthrough');
}

/** Serves `folder` at `mountpoint`. */
export async function startPassthrough(
  program: string,
  folder: string,
  mountpoint: string,
): Promise<ChildProcess> {
  const parameters = ['--foreground', folder, mountpoint];
  const server = spawn(program, parameters, { stdio: 'ignore' });
  await until('the C passthrough is mounted', () => isMounted(mountpoint));
  return server;
}

/** apt-get with the system's distribution and mirror, for source packages, and with its own folders. */
function sourcesOnly(directory: string): string[] {
  const [, codename = 'stable'] = distribution.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  const lists = join(directory, 'lists');
  const cache = join(directory, 'cache');
  mkdirSync(join(lists, 'partial'), { recursive: true });
  mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
  const list = join(directory, 'sources.list');
  writeFileSync(list, `deb-src http://deb.debian.org/debian ${codename} main\n`);
  const settings = {
    // Its own user may not write here.
    'APT::Sandbox::User': 'root',
    'Dir::Etc::SourceList': list,
    'Dir::Etc::SourceParts': '-',
    'Dir::State::Lists': lists,
    'Dir::Cache': cache,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** The folder of the headers, and the static library: the shared one may be of another version. */
function developmentFiles(directory: string): [string, string] {
  const libraries = join(directory, 'usr', 'lib');
  const architecture = find(libraries, /-linux-gnu/);
  return [join(directory, 'usr', 'include', 'fuse3'), join(libraries, architecture, 'libfuse3.a')];
}

function find(directory: string, pattern: RegExp): string {
  const name = readdirSync(directory).find((entry) => pattern.test(entry));
  if (name === undefined) throw new Error(`${directory} holds nothing like ${pattern}`);
  return name;
}
