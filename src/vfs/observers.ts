import type { ChangeObserver } from './file-system.ts';

/** Tells each observer, in the order in which they came. */
export class Observers implements ChangeObserver {
  readonly #observers: ChangeObserver[] = [];

  add(observer: ChangeObserver): void {
    this.#observers.push(observer);
  }

  entryChanged(...change: Parameters<ChangeObserver['entryChanged']>): void {
    for (const observer of this.#observers) observer.entryChanged(...change);
  }

  attributesChanged(...change: Parameters<ChangeObserver['attributesChanged']>): void {
    for (const observer of this.#observers) observer.attributesChanged(...change);
  }

  told(): Promise<void> | undefined {
    const waiting = this.#observers.flatMap((observer) => observer.told() ?? []);
    return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined);
  }

  contentChanged(...change: Parameters<ChangeObserver['contentChanged']>): void {
    for (const observer of this.#observers) observer.contentChanged(...change);
  }
}
