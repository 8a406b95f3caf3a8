import { Agent } from './agent.ts';
import type { Place } from './place.ts';
import { deedOf } from './read-stories.ts';
import type { Step, Story } from './story.ts';
import { numberOf, userOf } from './users.ts';

/** Plays stories in one place, with processes that are started when a story first needs them. */
export class Player implements AsyncDisposable {
  readonly #place: Place;
  readonly #program: string;
  readonly #agents = new Map<string, Agent>();

  constructor(place: Place, program: string) {
    this.#place = place;
    this.#program = program;
  }

  /** Throws what was called, what was expected and what was answered. */
  async play(story: Story): Promise<void> {
    const folder = await this.#place.newFolder();
    const acting = new Set<string>();
    try {
      for (const [index, step] of story.steps.entries()) {
        if (!acting.has(step.actor)) await this.#agent(step.actor).begin(folder);
        acting.add(step.actor);
        const answer = await this.#act(step);
        if (!matches(answer, this.#expected(step))) throw this.#failure(story, index, answer);
      }
    } finally {
      for (const actor of acting) await this.#agent(actor).die();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents.values()) await agent[Symbol.asyncDispose]();
  }

  async #act(step: Step): Promise<string> {
    const agent = this.#agent(step.actor);
    const deed = deedOf(step);
    if (deed === 'waits') return agent.waits();
    if (deed === 'answers') return agent.answer();
    if (deed === 'gets') return agent.signal(step.words[1] as NodeJS.Signals);
    if (deed === 'dies') return agent.die();
    const words = step.words.map(withNumbers);
    if (!step.inBackground) return agent.call(words);
    agent.start(words);
    return 'begun';
  }

  #agent(actor: string): Agent {
    const known = this.#agents.get(actor);
    if (known !== undefined) return known;
    const agent = new Agent(this.#program, userOf(actor));
    this.#agents.set(actor, agent);
    return agent;
  }

  #expected(step: Step): string | null {
    const shown = (_: string, name: string) => String(numberOf(name));
    if (deedOf(step) === 'waits') return 'waits';
    return step.expected?.replace(/@([a-z]+)/g, shown) ?? null;
  }

  #failure(story: Story, failed: number, answer: string): Error {
    const lines = story.steps.slice(0, failed + 1).map((step, index) => {
      return `${index === failed ? '>' : ' '} ${step.text}`;
    });
    const step = story.steps[failed];
    const wanted = step === undefined ? null : this.#expected(step);
    lines.push(`  expected: ${shortened(wanted ?? 'no failure')}`);
    lines.push(`  answered: ${shortened(answer)}`);
    const error = new Error([`on ${this.#place.name}: ${story.title}`, ...lines].join('\n'));
    // Where in the player it was noticed tells nobody anything.
    error.stack = error.message;
    return error;
  }
}

const mostShownCharacters = 300;

function shortened(text: string): string {
  const rest = text.length - mostShownCharacters;
  return rest <= 0 ? text : `${text.slice(0, mostShownCharacters)}... (${rest} more)`;
}

function withNumbers(word: string): string {
  return word.replace(/(?<=^|:)@([a-z]+)(?=$|:)/g, (_, name: string) => String(numberOf(name)));
}

/** Several expected words may stand anywhere in the answer; `not X` is anything but X. */
function matches(answer: string, expected: string | null): boolean {
  if (expected === null) return !isFailure(answer);
  if (expected.startsWith('not ')) return !isFailure(answer) && !matches(answer, expected.slice(4));
  if (answer === expected) return true;
  const words = answer.split(' ');
  return expected.includes('=') && expected.split(' ').every((word) => words.includes(word));
}

function isFailure(answer: string): boolean {
  return /^(E[A-Z0-9]+$|SIG|wrong story|ended|nothing within|the agent)/.test(answer);
}
