/**
 * Every disk call that can lose data goes through here under its call site's name, so that a test can break exactly that call.
 * Sites are `part.step` in kebab case, for example `log.append`, `content.write-intent`.
 */
export interface Disk {
  attempt<T>(site: string, call: () => T): T;
  attemptAsync<T>(site: string, call: () => Promise<T>): Promise<T>;
}

export const realDisk: Disk = {
  attempt: (_site, call) => call(),
  attemptAsync: (_site, call) => call(),
};
