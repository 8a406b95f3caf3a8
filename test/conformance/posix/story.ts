/** What a line of a story does: one call of one actor, or something that is done to an actor. */
export interface Step {
  readonly actor: string;
  /** The call and its arguments, or one of the words of `Deed`. */
  readonly words: readonly string[];
  /** What must be answered; null: anything but a failure. */
  readonly expected: string | null;
  /** The call is begun; its answer is asked for by a later `answers`. */
  readonly inBackground: boolean;
  /** As it was written, for people. */
  readonly text: string;
}

/** Steps that are no calls: what happens to an actor who is in the middle of one. */
export const deeds = ['waits', 'answers', 'gets', 'dies'] as const;
export type Deed = (typeof deeds)[number];

export interface Story {
  /** `CALL: SENTENCE`, which no other story has. */
  readonly title: string;
  readonly steps: readonly Step[];
  /** Where it is played; null: wherever its actors are. */
  readonly places: readonly string[] | null;
}

/** Who acts when nobody is named: an ordinary user, so that nothing works just because root did it. */
export const usualActor = 'alice';

/** The users and groups that a story names, be it as `NAME:`, as `NAME2:`, or as `@NAME`. */
export function peopleOf(story: Story): string[] {
  const names = story.steps.flatMap(({ actor, text }) => {
    const numbers = [...text.matchAll(/@([a-z]+)/g)].map(([, name]) => name ?? '');
    return [actor.replace(/\d+$/, ''), ...numbers];
  });
  return [...new Set(names)];
}
