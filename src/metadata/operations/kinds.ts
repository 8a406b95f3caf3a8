import type { OperationFields } from '../operation.ts';
import { acknowledge } from './acknowledge.ts';
import { checkpoint } from './checkpoint.ts';
import { create } from './create.ts';
import { exchange } from './exchange.ts';
import { link } from './link.ts';
import type { OperationKind } from './operation-kind.ts';
import { removeDirectory } from './remove-directory.ts';
import { removeXattr } from './remove-xattr.ts';
import { rename } from './rename.ts';
import { setAttributes } from './set-attributes.ts';
import { setContent } from './set-content.ts';
import { setXattr } from './set-xattr.ts';
import { settle } from './settle.ts';
import { unlink } from './unlink.ts';

type KindsByName = {
  readonly [Kind in OperationFields['kind']]: OperationKind<
    Extract<OperationFields, { kind: Kind }>
  >;
};

const kindsByName: KindsByName = {
  create,
  link,
  unlink,
  'remove-directory': removeDirectory,
  rename,
  exchange,
  'set-attributes': setAttributes,
  'set-content': setContent,
  'set-xattr': setXattr,
  'remove-xattr': removeXattr,
  settle,
  acknowledge,
  checkpoint,
};

const kindsByNumber = new Map(Object.values(kindsByName).map((kind) => [kind.number, kind]));

/** The kind takes any fields as far as its caller can tell; give it those of its own kind only. */
export function kindOf(fields: OperationFields): OperationKind<OperationFields> {
  return kindsByName[fields.kind];
}

export function kindOfNumber(number: number): OperationKind<OperationFields> | undefined {
  return kindsByNumber.get(number);
}
