import type { FuzzAgent } from './agent.ts';
import { chooseSteps, type Choices } from './choose-steps.ts';
import type { Step } from './step.ts';

/** Until the mounts agree, once nobody does anything any more. */
const agreedWithinMs = 30_000;

/** A file that stays comes after so many steps. */
const stepsPerKeptFile = 8;

const slots = ['#0', '#1', '#2', '#3', '#4', '#5'];
const keptSlot = '#7';
const exactly: Step = { actor: '-', words: ['exact-survey'] };
const survey: Step = { actor: '-', words: ['survey'] };

/** What is wrong after two processes have made random steps on two mounts at the same time; nothing when all is well. */
export async function playTogether(
  agents: readonly [FuzzAgent, FuzzAgent],
  seed: number,
  choices: Choices,
): Promise<readonly string[]> {
  const kept = await Promise.all(
    agents.map((agent, index) => playAlone(agent, `kept-${index}`, seed + index, choices)),
  );
  const different = await untilTheyAgree(agents);
  if (different.length > 0) return different;
  const [one = '', other = ''] = await Promise.all(agents.map((agent) => answer(agent, survey)));
  return [...differences(contents(one), contents(other)), ...lost(kept.flat(), contents(one))];
}

interface KeptFile {
  readonly name: string;
  /** As the agent tells it: a hash. */
  readonly content: string;
}

/** The files that no step names, and that hence must be there afterwards, wherever directories were moved meanwhile. */
async function playAlone(
  agent: FuzzAgent,
  prefix: string,
  seed: number,
  choices: Choices,
): Promise<readonly KeptFile[]> {
  const steps: Step[] = [];
  for (const [index, step] of chooseSteps(seed, choices).entries()) {
    steps.push(step);
    if (index % stepsPerKeptFile === 0) steps.push(...keep(`${prefix}-${index}`, index));
  }
  const all = [...steps, ...slots.map((slot): Step => ({ actor: '-', words: ['drop', slot] }))];
  all.push({ actor: '-', words: ['unmap', '%0'] }, { actor: '-', words: ['unmap', '%1'] });
  const answers = await agent.run(all);
  if (answers.length < all.length) throw new Error(answers.at(-1));
  return all.flatMap(({ words: [call, slot, path = ''] }, index) => {
    // The directory may have gone, been closed or become something else.
    const isMade = call === 'hold' && slot === keptSlot && answers[index]?.startsWith('0');
    const content = answers[index + 2]?.split(' | ')[0] ?? '';
    return isMade ? [{ name: path.split('/').at(-1) ?? '', content }] : [];
  });
}

function keep(name: string, index: number): readonly Step[] {
  const directory = ['', 'd/', 'd/e/', 'x/'][(index / stepsPerKeptFile) % 4] ?? '';
  return [
    ['hold', keptSlot, directory + name, 'O_RDWR|O_CREAT|O_EXCL', '0644'],
    ['write-noise', keptSlot, String(500 + index), String(index)],
    ['survey-held', keptSlot],
    ['drop', keptSlot],
  ].map((words) => ({ actor: '-', words }));
}

async function untilTheyAgree(agents: readonly FuzzAgent[]): Promise<readonly string[]> {
  const endMs = performance.now() + agreedWithinMs;
  for (;;) {
    const [one = '', other = ''] = await Promise.all(agents.map((agent) => answer(agent, exactly)));
    if (one === other) return [];
    if (performance.now() > endMs) return differences(one.split(' | '), other.split(' | '));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function differences(one: readonly string[], other: readonly string[]): readonly string[] {
  return [
    ...one.filter((part) => !other.includes(part)).map((part) => `only on the first: ${part}`),
    ...other.filter((part) => !one.includes(part)).map((part) => `only on the second: ${part}`),
  ];
}

/** What a survey says, without what only one agent can know. */
function contents(text: string): readonly string[] {
  return text
    .split(' | ')
    .map((part) => part.replace(/ is \d+: /, ' is ').replaceAll(/ [amc]=\S+/g, ''));
}

function lost(kept: readonly KeptFile[], found: readonly string[]): readonly string[] {
  return kept
    .filter(({ name, content }) => {
      const isIt = (part: string): boolean => part.includes(`/${name}"`) && part.includes(content);
      return !found.some(isIt);
    })
    .map(({ name }) => `lost: ${name}`);
}

async function answer(agent: FuzzAgent, step: Step): Promise<string> {
  return (await agent.run([step])).at(-1) ?? 'nothing';
}
