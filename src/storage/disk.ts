// Every disk call that can lose data goes through here under its call site's name, so that a test can break exactly that call, and so
// that the daemon knows which of them fail. A new site is added to the list: a test breaks all that are in it.

/** Files that are replaced as a whole: data-directory-write.ts. */
const replacedFiles = [
  'checkpoint-redone',
  ...['config', 'content-era', 'create-home', 'evidence', 'import', 'invitations', 'lock', 'peers'],
  ...['run-marker', 'version'],
] as const;

const stepsOfReplacing = ['write', 'sync', 'rename', 'sync-directory'] as const;

/** `part.step`. */
const otherSites = [
  'checkpoint.create',
  'checkpoint.fetch',
  'checkpoint.rename',
  'checkpoint.sync',
  'checkpoint.sync-directory',
  'checkpoint.write',
  'content.allocate',
  'content.clone',
  'content.drop-slots',
  'content.flush-all',
  'content.flush-data',
  'content.flush-folder',
  'content.flush-intents',
  'content.flush-map',
  'content.open',
  'content.punch',
  'content.remove',
  'content.remove-intents',
  'content.remove-map',
  'content.resize',
  'content.rotate-intents',
  'content.write',
  'content.write-intent',
  'content.write-map',
  'database.commit',
  'log.append',
  'log.create',
  'log.cut',
  'log.fold-rename',
  'log.fold-sync',
  'log.fold-write',
  'log.open',
  'log.sync',
  'log.sync-directory',
  'register.append',
  'register.cut',
  'register.sync',
  'rescue.copy',
  'rescue.create',
  'rescue.link',
  'rescue.note',
  'rescue.sync',
  'rescue.sync-directory',
  'run-marker.remove',
  'run-marker.sync-state',
] as const;

export type ReplacedFile = (typeof replacedFiles)[number];
export type DiskSite =
  (typeof otherSites)[number] | `${ReplacedFile}.${(typeof stepsOfReplacing)[number]}`;

export const diskSites: readonly DiskSite[] = [
  ...otherSites,
  ...replacedFiles.flatMap((file) => stepsOfReplacing.map((step): DiskSite => `${file}.${step}`)),
];

/** What a call is about to do to which open file: a test lets half of it happen, or takes back what was not flushed. */
export type DiskEffect =
  | { readonly writes: number; readonly bytes: Uint8Array; readonly position: number }
  | { readonly resizes: number; readonly size: number }
  | { readonly flushes: number }
  | { readonly flushesAll: true };

export interface Disk {
  attempt<T>(site: DiskSite, call: () => T, effect?: DiskEffect): T;
  attemptAsync<T>(site: DiskSite, call: () => Promise<T>, effect?: DiskEffect): Promise<T>;
}

export const realDisk: Disk = {
  attempt: (_site, call) => call(),
  attemptAsync: (_site, call) => call(),
};
