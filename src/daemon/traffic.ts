import type { Company } from './company.ts';
import type { Link, LinkHandler, ServedChunk } from '../network/link.ts';

/** Counts what links carried, those that are gone included, and knows their peers' names. Passes everything on. */
export class Traffic implements LinkHandler {
  readonly #handler: LinkHandler;
  readonly #company: Company;
  readonly #links = new Set<Link>();
  readonly #namesByDevice = new Map<string, string>();
  #closedReceived = 0;
  #closedSent = 0;

  constructor(handler: LinkHandler, company: Company) {
    this.#handler = handler;
    this.#company = company;
  }

  /** Block bytes since the start. */
  get receivedBytes(): number {
    return [...this.#links].reduce((sum, link) => sum + link.bytesReceived, this.#closedReceived);
  }

  get sentBytes(): number {
    return [...this.#links].reduce((sum, link) => sum + link.bytesSent, this.#closedSent);
  }

  /** A device's user, as seen while it was connected. */
  nameOf(device: string): string {
    return this.#namesByDevice.get(device) ?? `device ${device}`;
  }

  opened(link: Link): void {
    this.#links.add(link);
    this.#company.changed(this.#links.size);
    this.#namesByDevice.set(String(link.peer.device), link.peer.user);
    this.#handler.opened(link);
  }

  message(link: Link, type: number, body: Buffer): void {
    this.#handler.message(link, type, body);
  }

  serve(link: Link, request: Buffer): readonly (ServedChunk | null)[] {
    return this.#handler.serve(link, request);
  }

  closed(link: Link, reason: string): void {
    this.#links.delete(link);
    this.#company.changed(this.#links.size);
    this.#closedReceived += link.bytesReceived;
    this.#closedSent += link.bytesSent;
    this.#handler.closed(link, reason);
  }
}
