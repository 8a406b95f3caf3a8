import type { Name } from '../metadata/name.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Acting } from '../metadata/operation.ts';
import type { PublishingContext } from './context.ts';

export const capabilityXattr = 'security.capability' as Name;

/** Whoever changes a program, or to whom it belongs, takes its capabilities away. */
export function removeCapability(context: PublishingContext, acting: Acting, inode: InodeId): void {
  if (context.nameless.xattr(inode, capabilityXattr) === undefined) return;
  context.perform(acting, { kind: 'remove-xattr', inode, name: capabilityXattr });
}
