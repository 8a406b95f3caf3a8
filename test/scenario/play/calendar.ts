const dayMs = 86_400_000;

/** Puts the day at which the play began in place of `{day}`, and one later or earlier in place of `{day+1}` or `{day-1}`. */
export class Calendar {
  readonly #startMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  fill(text: string): string {
    return text.replaceAll(/\{day([+-]\d+)?\}/g, (_, days: string | undefined) =>
      new Date(this.#startMs + Number(days ?? 0) * dayMs).toISOString().slice(0, 10),
    );
  }
}
