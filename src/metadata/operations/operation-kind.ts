import type { DeviceId } from '../../identity/ids.ts';
import type { CborReader } from '../codec/cbor-reader.ts';
import type { CborWriter } from '../codec/cbor-writer.ts';
import type { Acting, OperationFields } from '../operation.ts';
import type { Stamp } from '../stamp.ts';
import type { TreeTransaction } from '../state/tree-transaction.ts';

/** Everything about one kind of operation: its bytes, what is taken from a peer, and its effect. */
export interface OperationKind<Fields extends OperationFields> {
  readonly kind: Fields['kind'];
  /** In the log. Never given to another kind. */
  readonly number: number;
  readonly fieldCount: number;
  /** Fields that stand behind those only where they say something. */
  readonly extraFields?: { readonly most: number; count(fields: Fields): number };
  write(writer: CborWriter, fields: Fields): void;
  /** Throws Malformed when a field is out of its bounds or not this author's to name. */
  read(reader: CborReader, author: DeviceId, extraFields: number): Fields;
  /** Changes the tree, or throws RefusedOperation; what it wrote before that is taken back by the caller. */
  apply(tree: TreeTransaction, fields: Fields, context: ApplyContext): void;
}

/** All that an operation's effect may depend on besides the tree. */
export interface ApplyContext {
  readonly flavour: Flavour;
  readonly author: Author;
  /** Of any device that has a log. */
  readonly authorOf: (device: DeviceId) => Author;
  readonly acting: Acting;
  readonly stamp: Stamp;
  /**
   * Others may have done things that the author did not see, so conflict rules apply. False while he performs it, when he sees all
   * that is here: then a taken name is simply taken.
   */
  readonly unseenPossible: boolean;
}

export type Flavour = 'net' | 'lan';

/** Whose operations are applied, and by which policy. */
export interface Members {
  readonly flavour: Flavour;
  /** Of any device that has a log. */
  readonly authorOf: (device: DeviceId) => Author;
}

/** Whom the certificate of a device names. */
export interface Author {
  readonly device: DeviceId;
  readonly uid: number;
  readonly user: string;
}
