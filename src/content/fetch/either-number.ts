import type { PageQuery } from '../content-store.ts';
import type { FileId } from '../version.ts';
import type { BlockOutcome, BlockRequest, BlockSource } from './block-source.ts';

// A version that is shown beside its file has a number of its own, but a peer that has not heard of that yet, or has not come to it, has
// the bytes under the file's number. Blocks and pages are asked for by hash, so it does not matter which one answers.

export async function fetchBlocks(
  source: BlockSource,
  request: BlockRequest,
  elsewhere: FileId | undefined,
  signal: AbortSignal,
): Promise<BlockOutcome[]> {
  const outcomes = await source.fetchBlocks(request, signal);
  if (elsewhere === undefined || !outcomes.includes('missing')) return outcomes;
  const others = await source.fetchBlocks({ ...request, file: elsewhere }, signal);
  return outcomes.map((outcome, at) => (outcome === 'missing' ? (others[at] ?? outcome) : outcome));
}

export async function fetchPage(
  source: BlockSource,
  query: PageQuery,
  elsewhere: FileId | undefined,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const page = await source.fetchPage(query, signal);
  if (page !== undefined || elsewhere === undefined) return page;
  return source.fetchPage({ ...query, file: elsewhere }, signal);
}
