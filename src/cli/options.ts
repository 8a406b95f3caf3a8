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
