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

  contentChanged(...change: Parameters<ChangeObserver['contentChanged']>): void {
    for (const observer of this.#observers) observer.contentChanged(...change);
  }
}
