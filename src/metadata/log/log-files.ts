import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DeviceId, maximumDeviceId } from '../../identity/ids.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Disk } from '../../storage/disk.ts';
import { LogFile } from './log-file.ts';

export interface LogFilesOptions {
  readonly directory: string;
  readonly disk: Disk;
  readonly logger: Logger;
}

/** The files that hold the logs, one for each device, which stay open. */
export class LogFiles {
  readonly #options: LogFilesOptions;
  readonly #open = new Map<DeviceId, LogFile>();

  constructor(options: LogFilesOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  }

  /** Devices that have a file. */
  devices(): DeviceId[] {
    return readdirSync(this.#options.directory)
      .map((name) => Number(/^(\d{1,7})\.log$/.exec(name)?.[1] ?? 0))
      .filter((device) => device >= 1 && device <= maximumDeviceId)
      .sort((a, b) => a - b) as DeviceId[];
  }

  /** Made when it is not there; undefined when what is there is no log. */
  open(device: DeviceId): LogFile | undefined {
    const known = this.#open.get(device);
    if (known) return known;
    const path = join(this.#options.directory, `${device}.log`);
    const file = LogFile.open(path, device, this.#options.disk);
    if (file) this.#open.set(device, file);
    else this.#options.logger.error({ path }, 'not a log of this device in a known version');
    return file;
  }

  /** Throws where `open` gives nothing. */
  require(device: DeviceId): LogFile {
    const file = this.open(device);
    if (!file) throw new Error(`the log file of device ${device} is not a log`);
    return file;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((file) => file.close()));
  }
}
