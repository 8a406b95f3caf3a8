import { join } from 'node:path';
import { rmSync, unlinkSync } from 'node:fs';
import { copyPage } from '../file/clone.ts';
import { FileState, sameVersion } from '../file/file-state.ts';
import { NewerVersion } from '../file/newer-version.ts';
import { bring, bringPage, type BlockSpan } from '../file/residency.ts';
import type { FileId, Version } from '../version.ts';
import { differingSpans, isOfZeros } from './differing.ts';
import { pageFanOut } from '../version.ts';

// The kernel reads some backing files by itself, and then nobody can keep a reader waiting for bytes that are missing. Another version of
// such a file is brought to the disk aside first, as far as it differs, and takes its place when all of it is there.

/** Backing files of versions that are being brought. Nothing in it outlives the process. */
const asideFolder = 'aside';

/** What a process that died left. */
export function removeAsides(directory: string): void {
  rmSync(join(directory, asideFolder), { recursive: true, force: true });
}

/**
 * Resolves when all that differs in `version` from what is here is on this disk, beside the file. `number` is nobody else's. Rejects as
 * OpenContent.read does, and with NewerVersion when another version is wanted meanwhile.
 */
export async function bringAside(
  state: FileState,
  version: Version,
  number: FileId,
  signal?: AbortSignal,
): Promise<void> {
  const aside = asideFor(state, version, number);
  const pages = Math.ceil(aside.manifest.geometry.blocks / pageFanOut);
  for (let page = 0; page < pages; page += 1) {
    await bringPageAside(state, aside, page);
    signal?.throwIfAborted();
    await copyFromFormer(aside, page);
    for (const span of missingSpans(state, aside, page)) await bringSpan(aside, span, signal);
    if (state.aside !== aside) throw new NewerVersion('another version has come');
  }
  stopBringing(aside);
}

/** What was brought for the version wanted before may do for this one. */
async function copyFromFormer(aside: FileState, page: number): Promise<void> {
  const former = aside.aside;
  await former?.turns.take(async () => {
    if (aside.aside === former) await copyPage(former, aside, page);
  });
}

/** The version that was brought, with all that differs in it, for the caller to drop; undefined while something is missing. */
export function takeReadyAside(state: FileState, version: Version): FileState | undefined {
  const { aside } = state;
  if (!aside || !sameVersion(aside.base, version)) return undefined;
  const pages = Math.ceil(aside.manifest.geometry.blocks / pageFanOut);
  for (let page = 0; page < pages; page += 1) {
    if (aside.manifest.missingOnTheWay(0, page)) return undefined;
    if (missingSpans(state, aside, page).length > 0) return undefined;
  }
  state.aside = undefined;
  return aside;
}

/** What is being brought for it is not wanted any more. */
export function stopBringing(state: FileState): void {
  const { aside } = state;
  state.aside = undefined;
  if (aside) dropAside(aside);
}

/** Its place on the disk is free once nobody writes there. */
export function dropAside(aside: FileState): void {
  stopBringing(aside);
  aside.stopWaiting(new NewerVersion('another version has come'));
  const remove = async (): Promise<void> => {
    await aside.fetcher.forget(aside);
    // Somebody may be copying from it.
    await aside.turns.take(() => removeFiles(aside));
  };
  remove().catch((error: unknown) => {
    aside.context.logger.warn({ error }, 'what was brought for another version stays');
  });
}

function removeFiles(aside: FileState): void {
  aside.manifest.clear();
  aside.manifest.map.remove();
  const existed = aside.backing.exists;
  aside.backing.forget();
  if (existed) unlinkSync(aside.backing.path);
}

function asideFor(state: FileState, version: Version, number: FileId): FileState {
  if (state.aside && sameVersion(state.aside.base, version)) return state.aside;
  const former = state.aside;
  if (former) stopBringing(former);
  former?.stopWaiting(new NewerVersion('another version has come'));
  const directory = join(state.context.directory, asideFolder);
  const aside = new FileState({ ...state.context, directory }, state.fetcher, number, true);
  aside.elsewhere = state.file;
  aside.aside = former;
  aside.published = version;
  aside.manifest.become(version, 0);
  aside.baseBlocks = aside.manifest.geometry.blocks;
  aside.setSize(version.size, version.blockSize);
  state.aside = aside;
  return aside;
}

/** Pages that the version here has too need not be asked for. */
async function bringPageAside(state: FileState, aside: FileState, page: number): Promise<void> {
  for (let missing = aside.manifest.missingOnTheWay(0, page); missing;) {
    const own = state.manifest.page(missing.level, missing.index);
    if (!own?.pageHash.equals(missing.hash)) break;
    aside.manifest.install(missing.level, missing.index, Buffer.from(own.hashes));
    missing = aside.manifest.missingOnTheWay(0, page);
  }
  if (aside.manifest.missingOnTheWay(0, page)) await bringPage(aside, page, Infinity);
}

function missingSpans(state: FileState, aside: FileState, page: number): BlockSpan[] {
  return differingSpans(
    state,
    aside,
    page,
    (block) => !isOfZeros(aside, block) && !aside.isHere(block),
  );
}

async function bringSpan(
  aside: FileState,
  span: BlockSpan,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { waitSignal } = aside;
  await bring(aside, span, signal ? AbortSignal.any([signal, waitSignal]) : waitSignal);
}
