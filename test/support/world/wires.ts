import type { Chance } from './chance.ts';
import { Wire, type Mail } from './wire.ts';
import type { WorldPeer } from './world-peer.ts';

/** Who is connected to whom, and what is on its way between them. */
export class Wires {
  readonly #peer: (name: string) => WorldPeer;
  readonly #running = new Set<string>();
  readonly #offline = new Set<string>();
  readonly #wireByPair = new Map<string, Wire>();
  #groups: readonly (readonly string[])[] | undefined;
  #mayConnect: (one: string, other: string) => boolean = () => true;
  #mail: Mail[] = [];

  constructor(peer: (name: string) => WorldPeer) {
    this.#peer = peer;
  }

  /** On its way, in the order in which it was sent. */
  get mail(): readonly Mail[] {
    return this.#mail;
  }

  add(name: string): void {
    this.#running.add(name);
    this.#rewire();
  }

  remove(name: string): void {
    this.#running.delete(name);
    this.#rewire();
  }

  offline(name: string): void {
    this.#offline.add(name);
    this.#rewire();
  }

  online(name: string): void {
    this.#offline.delete(name);
    this.#rewire();
  }

  partition(groups: readonly (readonly string[])[] | undefined): void {
    this.#groups = groups;
    this.#rewire();
  }

  /** Which pairs connect at all; all unless told otherwise. */
  restrict(mayConnect: (one: string, other: string) => boolean): void {
    this.#mayConnect = mayConnect;
    this.#rewire();
  }

  /** Breaks the connections and makes them again; what was on its way is lost. */
  reconnect(): void {
    for (const wire of this.#wireByPair.values()) wire.break('the connection broke');
    this.#rewire();
  }

  isConnected(one: string, other: string): boolean {
    return this.#wireByPair.get(pairKey(one, other))?.broken === false;
  }

  /** The oldest message arrives; false when there is none. */
  deliverNext(): boolean {
    const mail = this.#mail.shift();
    if (mail === undefined) return false;
    arrive(mail);
    this.#connectAgain();
    return true;
  }

  /** The next message of some connection, chosen by chance, arrives. Order holds only within a connection's direction. */
  deliverAny(chance: Chance): boolean {
    const first = this.#firstOfEach();
    const mail = chance.pickAny(first);
    if (mail === undefined) return false;
    this.#mail.splice(this.#mail.indexOf(mail), 1);
    arrive(mail);
    this.#connectAgain();
    return true;
  }

  /** A message arrives without having been sent again, or does not arrive, or out of turn: a network that breaks its promises. */
  misbehave(chance: Chance, how: 'repeat' | 'lose' | 'overtake'): void {
    const messages = this.#mail.filter(({ wire, kind }) => kind === 'message' && !wire.dead);
    const mail = chance.pickAny(messages);
    if (mail === undefined) return;
    if (how !== 'repeat') this.#mail.splice(this.#mail.indexOf(mail), 1);
    if (how !== 'lose') arrive(mail);
    this.#connectAgain();
  }

  #firstOfEach(): Mail[] {
    this.#mail = this.#mail.filter(({ wire }) => !wire.dead);
    const first = new Map<string, Mail>();
    for (const mail of this.#mail) {
      const key = `${mail.from} ${mail.to} ${mail.kind}`;
      if (!first.has(key)) first.set(key, mail);
    }
    return [...first.values()];
  }

  /** A connection that an end closed is made again, as the network would do after a while. */
  #connectAgain(): void {
    if ([...this.#wireByPair.values()].some(({ broken }) => broken)) this.#rewire();
  }

  #rewire(): void {
    for (const [key, wire] of this.#wireByPair) {
      const [one, other] = wire.ends.map(({ own }) => own.name) as [string, string];
      if (!wire.broken && this.#shouldConnect(one, other)) continue;
      this.#wireByPair.delete(key);
      wire.break('the connection broke');
    }
    const names = [...this.#running];
    for (const [index, one] of names.entries()) {
      for (const other of names.slice(index + 1)) this.#connect(one, other);
    }
  }

  #connect(one: string, other: string): void {
    const key = pairKey(one, other);
    if (this.#wireByPair.has(key) || !this.#shouldConnect(one, other)) return;
    const post = (mail: Mail): void => void this.#mail.push(mail);
    const wire = new Wire(this.#peer(one).end, this.#peer(other).end, post);
    this.#wireByPair.set(key, wire);
    wire.open();
  }

  #shouldConnect(one: string, other: string): boolean {
    if (![one, other].every((name) => this.#running.has(name) && !this.#offline.has(name))) {
      return false;
    }
    const together =
      this.#groups?.some((group) => group.includes(one) && group.includes(other)) ?? true;
    return together && this.#mayConnect(one, other);
  }
}

function pairKey(one: string, other: string): string {
  return [one, other].sort().join(' ');
}

/** What a process that dies of it throws reaches nobody. */
function arrive(mail: Mail): void {
  if (mail.wire.dead) return;
  try {
    mail.arrive();
  } catch (error) {
    if (!mail.wire.dead) throw error;
  }
}
