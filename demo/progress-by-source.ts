import cliProgress from 'cli-progress';
import type { LivePeer } from '../test/support/live-peer.ts';

const intervalMs = 100;
const fileBar = 'of the film are here';

/** One bar for the file and one for each peer from which its bytes come, as the reading peer's `status` tells it. */
export class ProgressBySource implements AsyncDisposable {
  readonly #peer: LivePeer;
  readonly #totalBytes: number;
  readonly #bars: cliProgress.MultiBar;
  readonly #barsByName = new Map<string, cliProgress.SingleBar>();
  readonly #running: Promise<void>;
  #finished = false;

  constructor(peer: LivePeer, totalBytes: number) {
    this.#peer = peer;
    this.#totalBytes = totalBytes;
    this.#bars = new cliProgress.MultiBar({
      format: '  {bar} {percentage} % {name}',
      noTTYOutput: true,
      notTTYSchedule: 1000,
    });
    this.#running = this.#follow();
  }

  /** Stops drawing, with so many bytes here. Returns nothing to print, for use in a template. */
  finish(residentBytes?: number): '' {
    this.#finished = true;
    if (residentBytes !== undefined) this.#update(fileBar, residentBytes);
    this.#bars.stop();
    return '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#finished) this.finish();
    await this.#running;
  }

  async #follow(): Promise<void> {
    while (!this.#finished) {
      const { transfers } = await this.#peer.status();
      if (this.#finished) return;
      for (const transfer of transfers) {
        this.#update(fileBar, transfer.residentBytes);
        for (const [source, bytes] of Object.entries(transfer.bytesByPeer)) {
          this.#update(`came from ${source}`, bytes);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
  }

  #update(name: string, bytes: number): void {
    let bar = this.#barsByName.get(name);
    if (bar === undefined) {
      bar = this.#bars.create(this.#totalBytes, 0, { name });
      this.#barsByName.set(name, bar);
    }
    bar.update(bytes);
  }
}
