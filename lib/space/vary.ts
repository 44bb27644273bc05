import type { Rng } from "../engine/rng.ts";

/** The options of the next decision after these choices. */
export type Allowed = (prefix: readonly number[]) => readonly number[];

/** All lists of `length` choices that are allowed, in their order; each a new array. */
export function* allChoices(length: number, allowed: Allowed): Generator<number[]> {
  yield* completions([], { length, options: allowed });
}

/** The allowed lists that differ from these choices in one decision that both make. */
export function* neighbouring(
  choices: readonly number[],
  allowed: Allowed,
): Generator<number[]> {
  const { length } = choices;
  const isMade = madeDecisions(choices, allowed);
  // Behind the changed decision: what both make stays, what only the other makes takes all options.
  const options: Allowed = (prefix) => {
    const may = allowed(prefix);
    const own = choices[prefix.length] as number;
    if (may.length === 1 || !isMade[prefix.length]) return may;
    return may.includes(own) ? [own] : [];
  };
  for (let i = 0; i < length; i++) {
    if (!isMade[i]) continue;
    const prefix = choices.slice(0, i);
    for (const option of allowed(prefix)) {
      if (option !== choices[i]) yield* completions([...prefix, option], { length, options });
    }
  }
}

/** Which of the decisions these choices make: those with more than one option. */
export function madeDecisions(choices: readonly number[], allowed: Allowed): boolean[] {
  const prefix: number[] = [];
  return choices.map((choice) => {
    const isMade = allowed(prefix).length > 1;
    prefix.push(choice);
    return isMade;
  });
}

/** Changes one decision, each that is made as likely; `undefined` when none is. */
export function mutateOne(
  choices: readonly number[],
  allowed: Allowed,
  rng: Rng,
): number[] | undefined {
  const isMade = madeDecisions(choices, allowed);
  const made = choices.flatMap((_, i) => isMade[i] ? [i] : []);
  if (made.length === 0) return undefined;
  const changed = rng.pick(made);
  const child = choices.slice(0, changed);
  const options = allowed(child);
  // One of the other options, each as likely.
  const step = 1 + rng.int(options.length - 1);
  const at = options.indexOf(choices[changed] as number);
  child.push(options[(at + step) % options.length] as number);
  while (child.length < choices.length) {
    const i = child.length;
    const may = allowed(child);
    const own = choices[i] as number;
    child.push(isMade[i] && may.includes(own) ? own : drawn(may, rng));
  }
  return child;
}

/** Redraws each decision that is made with a probability, and those that are newly made. */
export function mutateEach(
  choices: readonly number[],
  allowed: Allowed,
  { rng, rate }: { readonly rng: Rng; readonly rate: number },
): number[] {
  const isMade = madeDecisions(choices, allowed);
  const child: number[] = [];
  choices.forEach((own, i) => {
    const may = allowed(child);
    const isKept = may.length > 1 && isMade[i] && rng() >= rate && may.includes(own);
    child.push(isKept ? own : drawn(may, rng));
  });
  return child;
}

/** Takes each decision from one of the two that make it, at random; what neither can give is drawn. */
export function cross(
  a: readonly number[],
  b: readonly number[],
  { allowed, rng }: { readonly allowed: Allowed; readonly rng: Rng },
): number[] {
  const madeInA = madeDecisions(a, allowed);
  const madeInB = madeDecisions(b, allowed);
  const child: number[] = [];
  a.forEach((first, i) => {
    const second = b[i] as number;
    const may = allowed(child);
    const canFirst = madeInA[i] && may.includes(first);
    const canSecond = madeInB[i] && may.includes(second);
    if (may.length === 1) child.push(may[0] as number);
    else if (canFirst && canSecond) child.push(rng() < 0.5 ? first : second);
    else if (canFirst) child.push(first);
    else if (canSecond) child.push(second);
    else child.push(drawn(may, rng));
  });
  return child;
}

function drawn(may: readonly number[], rng: Rng): number {
  return may.length === 1 ? may[0] as number : rng.pick(may);
}

/** All ways to go on from `start` to `length` choices with the options given, which may be none. */
function* completions(
  start: readonly number[],
  { length, options }: { readonly length: number; readonly options: Allowed },
): Generator<number[]> {
  const choices = [...start];
  const open: (readonly number[])[] = [];
  const taken: number[] = [];
  while (true) {
    if (choices.length === length) yield [...choices];
    else {
      open.push(options(choices));
      taken.push(-1);
    }
    // On to the next option of the last decision that has one.
    while (open.length > 0) {
      const last = open.length - 1;
      choices.length = start.length + last;
      const next = (taken[last] as number) + 1;
      const option = (open[last] as readonly number[])[next];
      if (option !== undefined) {
        taken[last] = next;
        choices.push(option);
        break;
      }
      open.pop();
      taken.pop();
    }
    if (open.length === 0) return;
  }
}
