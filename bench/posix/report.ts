import { percentile } from '../percentile.ts';
import { human } from '../row.ts';
import type { Answers, Sample } from './measure.ts';
import type { Question } from './questions.ts';
import type { SubjectName } from './subjects.ts';

/** One line of the table: medians, and medians of the ratios within each round. */
export interface Line {
  readonly question: string;
  readonly unit: string;
  readonly plain: number;
  readonly passthrough: number;
  readonly peerfuse: number;
  readonly toPlain: number;
  readonly toPassthrough: number;
  readonly passthroughMicroseconds: number;
  readonly peerfuseMicroseconds: number;
  readonly aim: string;
}

export function lineOf({ text, unit, aim }: Question, answers: Answers): Line {
  const rate = (name: SubjectName) => median(answers[name].map(scaled(unit)));
  const ratio = (than: SubjectName) =>
    median(answers.peerfuse.map(({ perSecond }, at) => perSecond / rateAt(answers[than], at)));
  const cost = (name: SubjectName) =>
    median(answers[name].map(({ serverMicroseconds }) => serverMicroseconds));
  const reached = aim && ratio(aim.than) >= aim.ratio;
  return {
    ...{ question: text, unit },
    ...{ plain: rate('plain'), passthrough: rate('passthrough'), peerfuse: rate('peerfuse') },
    ...{ toPlain: ratio('plain'), toPassthrough: ratio('passthrough') },
    passthroughMicroseconds: cost('passthrough'),
    peerfuseMicroseconds: cost('peerfuse'),
    aim: aim ? `${aim.ratio.toFixed(2)} of ${aim.than}: ${reached ? 'met' : 'missed'}` : '',
  };
}

export function table(lines: readonly Line[]): string {
  const head = [
    '| question | unit | plain folder | C passthrough | Peerfuse | / plain | / C | server µs each: C | Peerfuse | aim |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  const rows = lines.map((line) => {
    // A byte costs nothing that could be told.
    const cost = (value: number) => (line.unit === 'MB/s' ? '' : value.toFixed(1));
    const cells = [
      ...[line.question, line.unit, human(line.plain), human(line.passthrough)],
      ...[human(line.peerfuse), line.toPlain.toFixed(2), line.toPassthrough.toFixed(2)],
      ...[cost(line.passthroughMicroseconds), cost(line.peerfuseMicroseconds), line.aim],
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [...head, ...rows].join('\n');
}

function scaled(unit: Question['unit']): (sample: Sample) => number {
  return ({ perSecond }) => (unit === 'MB/s' ? perSecond / 1e6 : perSecond);
}

function rateAt(samples: readonly Sample[], at: number): number {
  return samples[at]?.perSecond ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
