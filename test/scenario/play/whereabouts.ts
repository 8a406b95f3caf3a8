import type { Person } from '../language/scenario.ts';

/** Who reaches whom: people are online or not, and in one group or another. */
export class Whereabouts {
  readonly #people: readonly Person[];
  readonly #offline = new Set<Person>();
  readonly #gone = new Set<Person>();
  #groups: readonly (readonly Person[])[] = [];

  constructor(people: readonly Person[]) {
    this.#people = people;
  }

  offline(who: readonly Person[]): void {
    who.forEach((person) => this.#offline.add(person));
  }

  /** Everybody online at once ends a partition, too. */
  online(who: readonly Person[]): void {
    who.forEach((person) => this.#offline.delete(person));
    if (who.length === this.#people.length) this.#groups = [];
  }

  /** Whoever is not named is with the last group. */
  partition(groups: readonly (readonly Person[])[]): void {
    const rest = this.#people.filter((person) => !groups.flat().includes(person));
    this.#groups = groups.map((group, index) =>
      index === groups.length - 1 ? [...group, ...rest] : group,
    );
  }

  gone(who: readonly Person[]): void {
    who.forEach((person) => this.#gone.add(person));
  }

  back(who: readonly Person[]): void {
    who.forEach((person) => this.#gone.delete(person));
  }

  groups(): Person[][] {
    const reachable = this.#people.filter((person) => !this.#isAlone(person));
    const groups = this.#groups.length === 0 ? [reachable] : this.#groups;
    const together = groups.map((group) => group.filter((person) => !this.#isAlone(person)));
    const alone = this.#people.filter((person) => this.#isAlone(person)).map((person) => [person]);
    return [...together, ...alone].filter((group) => group.length > 0);
  }

  /** At the end of a scenario nobody may be missing. */
  requireEverybody(): void {
    if (this.groups().length !== 1) throw new Error('not everybody is online at the end');
  }

  #isAlone(person: Person): boolean {
    return this.#offline.has(person) || this.#gone.has(person);
  }
}
