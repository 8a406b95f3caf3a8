import { userOf } from '../conformance/posix/users.ts';

/** One system call of a run: who makes it, its name, and its words, whose characters are bytes. */
export interface Step {
  readonly actor: string;
  readonly words: readonly string[];
}

/** How a step names a user other than the one who started the agent, who is `-`. */
export function actorOf(name: string): string {
  const { uid, gid, groups } = userOf(name);
  return `${uid}:${gid}:${groups[0] ?? gid}`;
}

/** A line as the agent reads it. */
export function lineOf({ actor, words }: Step): string {
  return [actor, ...words.map(escaped)].join('\t');
}

/** A step as people read it, from which `stepOf` makes the step again. */
export function textOf({ actor, words }: Step): string {
  return JSON.stringify([actor, ...words]);
}

export function stepOf(text: string): Step {
  const [actor = '', ...words] = JSON.parse(text) as string[];
  return { actor, words };
}

function escaped(word: string): string {
  return word.replace(
    // oxlint-disable-next-line no-control-regex
    /[\x00-\x1f\\\x7f-\xff]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
