import type { Link, LinkHandler, ServedChunk } from '../../src/network/link.ts';

/** Remembers what the network told it. */
export class RecordingHandler implements LinkHandler {
  /** Open now. */
  links: Link[] = [];
  openedCount = 0;
  readonly messages: { readonly type: number; readonly body: Buffer }[] = [];
  readonly closedReasons: string[] = [];
  onOpened: (link: Link) => void = () => {};
  onServe: (link: Link, request: Buffer) => readonly (ServedChunk | null)[] = () => [];

  get link(): Link {
    const [link] = this.links;
    if (link === undefined) throw new Error('no link is open');
    return link;
  }

  opened(link: Link): void {
    this.links.push(link);
    this.openedCount += 1;
    this.onOpened(link);
  }

  message(_link: Link, type: number, body: Buffer): void {
    this.messages.push({ type, body });
  }

  serve(link: Link, request: Buffer): readonly (ServedChunk | null)[] {
    return this.onServe(link, request);
  }

  closed(link: Link, reason: string): void {
    this.links = this.links.filter((other) => other !== link);
    this.closedReasons.push(reason);
  }
}
