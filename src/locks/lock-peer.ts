import type { CoordinatorEnvironment } from './coordinator-environment.ts';
import { Coordinator } from './coordinator.ts';
import { Holder } from './holder.ts';
import type { HolderEnvironment } from './holder-state.ts';
import { isFromCoordinator, type LockMessage } from './messages.ts';
import { coordinatorOf } from './rendezvous.ts';

/** The world of a peer's locks. */
export interface LockEnvironment
  extends
    Omit<CoordinatorEnvironment, 'send' | 'coordinatorOf'>,
    Omit<HolderEnvironment, 'send' | 'coordinatorOf'> {
  /** To another member of the present view. */
  send(to: number, message: LockMessage): void;
}

/**
 * What one peer has to do with locks: as a holder, whose processes want them, and as a coordinator of its share of the files. What it
 * says to itself arrives before the call returns that said it, so that a peer which needs nobody else answers at once.
 */
export class LockPeer {
  readonly holder: Holder;
  readonly coordinator: Coordinator;
  readonly #environment: LockEnvironment;
  #members: readonly number[];
  #toSelf: LockMessage[] = [];
  #delivering = false;

  /** Alone, until `view` says otherwise. */
  constructor(environment: LockEnvironment) {
    this.#environment = environment;
    this.#members = [environment.self];
    const roles = {
      ...environment,
      send: (to: number, message: LockMessage) => this.#send(to, message),
      coordinatorOf: (inode: number) => coordinatorOf(inode, this.#members),
    };
    this.coordinator = new Coordinator(roles);
    this.holder = new Holder(roles);
    this.view(this.#members);
  }

  get members(): readonly number[] {
    return this.#members;
  }

  /** Others are in reach than before, or what was on its way to them may be lost. */
  view(members: readonly number[]): void {
    this.#members = members;
    this.#toSelf = [];
    this.coordinator.view(members);
    this.holder.view(members);
  }

  take(from: number, message: LockMessage): void {
    if (!isFromCoordinator(message)) return this.coordinator.take(from, message);
    if (coordinatorOf(message.inode, this.#members) === from) this.holder.take(message);
  }

  /** Time has passed, or the tree has changed. */
  look(): void {
    this.coordinator.look();
    this.holder.look();
  }

  #send(to: number, message: LockMessage): void {
    if (to !== this.#environment.self) return this.#environment.send(to, message);
    this.#toSelf.push(message);
    if (!this.#delivering) this.#deliver();
  }

  #deliver(): void {
    this.#delivering = true;
    try {
      for (let next = this.#toSelf.shift(); next !== undefined; next = this.#toSelf.shift()) {
        this.take(this.#environment.self, next);
      }
    } finally {
      this.#delivering = false;
    }
  }
}
