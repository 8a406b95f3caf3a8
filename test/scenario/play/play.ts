import { type Person, people, type Scenario, type Step } from '../language/scenario.ts';
import { act, type Actor } from './act.ts';
import { Calendar } from './calendar.ts';
import { checkConflicts, checkReads, checkSees } from './checks.ts';
import type { OpenFile, Stage } from './stage.ts';
import { Whereabouts } from './whereabouts.ts';

/** Plays a scenario to its end; rejects with what was not as its text says. */
export async function play(scenario: Scenario, stage: Stage): Promise<void> {
  await new Play(scenario, stage).run();
}

class Play {
  readonly #scenario: Scenario;
  readonly #stage: Stage;
  readonly #calendar: Calendar;
  readonly #whereabouts: Whereabouts;
  readonly #open = new Map<string, OpenFile>();
  /** Whose doings others may not know yet. */
  #untold: Person | undefined;
  #together = false;

  constructor(scenario: Scenario, stage: Stage) {
    this.#scenario = scenario;
    this.#stage = stage;
    this.#calendar = new Calendar(stage.nowMs());
    this.#whereabouts = new Whereabouts(stage.people);
  }

  async run(): Promise<void> {
    await this.#tell();
    try {
      for (const step of this.#scenario.steps) await this.#located(step);
    } finally {
      await this.#abandon(() => true);
    }
    const problems = await this.#stage.check();
    if (problems.length > 0) throw new Error(`check found: ${problems.join('; ')}`);
  }

  async #located(step: Step): Promise<void> {
    try {
      await this.#step(step);
    } catch (error) {
      if (error instanceof StepFailed) throw error;
      throw new StepFailed(this.#scenario, step, error);
    }
  }

  async #step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'act':
        return this.#act(step);
      case 'together':
        return this.#doTogether(step.steps);
      case 'partition':
        return this.#move(() => this.#whereabouts.partition(step.groups));
      case 'offline':
        return this.#move(() => this.#whereabouts.offline(this.#persons(step.who)));
      case 'online':
        return this.#move(() => this.#whereabouts.online(this.#persons(step.who)));
      case 'stop':
      case 'start':
      case 'restart':
      case 'crash':
        return this.#changeLife(step.kind, this.#persons(step.who));
      case 'advance':
        await this.#tell();
        return this.#stage.advance(step.byMs);
      case 'clock':
        return this.#stage.setClock(step.who, step.aheadMs);
      case 'sees':
        if (step === this.#scenario.steps.at(-1)) this.#whereabouts.requireEverybody();
        await this.#tell();
        return checkSees(this.#stage, this.#calendar, step, this.#persons(step.who));
      case 'reads':
        await this.#tell();
        return checkReads(this.#stage, this.#calendar, step, this.#persons(step.who));
      case 'conflicts':
        await this.#tell();
        return checkConflicts(this.#stage, this.#calendar, step, this.#persons(step.who));
    }
  }

  async #act(step: Extract<Step, { kind: 'act' }>): Promise<void> {
    // Everybody who can knows what the other did before he does something himself.
    if (this.#untold !== undefined && this.#untold !== step.who) await this.#tell();
    await this.#stage.tick(this.#together);
    const actor: Actor = {
      who: step.who,
      stage: this.#stage,
      hands: this.#stage.hands(step.who),
      open: this.#open,
    };
    await act(actor, step, this.#calendar);
    if (!this.#together) this.#untold = step.who;
  }

  async #doTogether(steps: readonly Step[]): Promise<void> {
    await this.#tell();
    this.#together = true;
    for (const step of steps) await this.#located(step);
    this.#together = false;
    this.#untold = people[0];
    await this.#tell();
  }

  async #move(change: () => void): Promise<void> {
    await this.#tell();
    change();
    await this.#stage.connect(this.#whereabouts.groups());
    this.#untold = people[0];
    await this.#tell();
  }

  async #changeLife(
    kind: 'stop' | 'start' | 'restart' | 'crash',
    who: readonly Person[],
  ): Promise<void> {
    await this.#tell();
    for (const person of who) {
      if (kind === 'crash') await this.#stage.crash(person);
      if (kind === 'stop' || kind === 'restart') await this.#stage.stop(person);
      await this.#abandon((key) => key.startsWith(`${person} `));
      if (kind !== 'stop') await this.#stage.start(person);
    }
    this.#whereabouts[kind === 'stop' ? 'gone' : 'back'](who);
    await this.#stage.connect(this.#whereabouts.groups());
    this.#untold = people[0];
    await this.#tell();
  }

  async #abandon(isGone: (key: string) => boolean): Promise<void> {
    for (const [key, file] of this.#open) {
      if (!isGone(key)) continue;
      await file.abandon();
      this.#open.delete(key);
    }
  }

  async #tell(): Promise<void> {
    if (this.#together) return;
    await this.#stage.settle();
    this.#untold = undefined;
  }

  #persons(who: readonly Person[] | 'everyone'): readonly Person[] {
    return who === 'everyone' ? this.#stage.people : who;
  }
}

/** A step that did not go as the text says, with where it stands. */
class StepFailed extends Error {
  constructor({ file, title }: Scenario, { line, text }: Step, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${title}\n${file}, line ${line}: ${text}\n${reason}`, { cause });
  }
}
