import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A folder of the running Node's installation with some thousands of files. */
export function nodeInstallation(): string {
  const prefix = dirname(dirname(process.execPath));
  const candidates = [
    join(prefix, 'node_modules', `node-linux-${process.arch}`),
    join(prefix, 'lib/node_modules'),
    join(prefix, 'include/node'),
    prefix,
  ];
  const found = candidates.find((folder) => existsSync(folder) && readdirSync(folder).length > 0);
  if (found === undefined) throw new Error(`no files of Node were found below ${prefix}`);
  return found;
}
