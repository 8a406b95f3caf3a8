import { InvalidArgumentError } from 'commander';
import {
  isListenAddress,
  isPeerAddress,
  listenAddressRule,
  peerAddressRule,
} from '../config/listen-address.ts';
import { durationRule, parseDuration } from '../config/quantity.ts';
import { isNetworkName, isUserName, networkNameRule, userNameRule } from '../identity/names.ts';

// What commander calls with the text of an option or argument. Each throws a sentence about what is allowed.

export function listenOption(text: string, earlier: readonly string[] = []): string[] {
  if (!isListenAddress(text)) throw new InvalidArgumentError(`It must be ${listenAddressRule}.`);
  return [...earlier, text];
}

export function connectOption(text: string, earlier: readonly string[] = []): string[] {
  if (!isPeerAddress(text)) throw new InvalidArgumentError(`It must be ${peerAddressRule}.`);
  return [...earlier, text];
}

/** A user of this machine, and his own group. */
export interface LocalOwner {
  readonly uid: number;
  readonly gid: number;
}

/** `(uid_t) -1` means "unchanged" to chown(2), so nobody has it. */
const maximumId = 2 ** 32 - 2;

/** As chown(1) takes numbers; the group has the user's number unless it is said. */
export function ownerOption(text: string): LocalOwner {
  const [uid, gid = uid] = /^(\d+)(?::(\d+))?$/.exec(text)?.slice(1).map(optionalNumber) ?? [];
  if (uid === undefined || gid === undefined || Math.max(uid, gid) > maximumId) {
    throw new InvalidArgumentError(
      'It must be a number of a user, or UID:GID, as `id` shows them.',
    );
  }
  return { uid, gid };
}

function optionalNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** Milliseconds. */
export function durationOption(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined || durationMs < 1000) {
    throw new InvalidArgumentError(`It must be ${durationRule}, at least one second.`);
  }
  return durationMs;
}

export function networkArgument(text: string): string {
  if (!isNetworkName(text))
    throw new InvalidArgumentError(`A network's name is ${networkNameRule}.`);
  return text;
}

export function userArgument(text: string): string {
  const name = text.normalize('NFC');
  if (!isUserName(name)) throw new InvalidArgumentError(`A user's name is ${userNameRule}.`);
  return name;
}
