/**
 * How the learning rate goes over a training, as plain data: a factor of the recipe's learning rate for each
 * step. Schedules compose: `warmUp`, `repeat` and `sequence` are made of others.
 *
 * - `constant`: 1 all the time.
 * - `cosine`: from 1 to `end` along half a cosine (Loshchilov & Hutter 2017). `end` is 0 when absent.
 * - `linear`: from 1 to `end` along a straight line.
 * - `exponential`: from 1 to `end`, by the same factor at every step.
 * - `step`: 1, times `factor` from each of `at` on, shares of the training. `factor` is 0.1 when absent.
 * - `oneCycle`: along half cosines from `start` up to 1 and down to `end` (Smith & Topin 2018), the highest
 *   after the share `peak` of the training. They are 1/25, 1/250000 and 0.3 when absent.
 * - `warmUp`: for the share `share` of the training along a straight line from `start` to where `then`
 *   begins, which has the rest (Goyal et al. 2017). `start` is 0.1 when absent.
 * - `repeat`: `each`, so many `times` from the beginning: warm restarts (Loshchilov & Hutter 2017).
 * - `sequence`: each of the parts in turn, for its share of the training; they add up to 1.
 */
export type RateSchedule =
  | { readonly kind: "constant" }
  | { readonly kind: "cosine" | "linear"; readonly end?: number }
  | { readonly kind: "exponential"; readonly end: number }
  | { readonly kind: "step"; readonly at: readonly number[]; readonly factor?: number }
  | {
    readonly kind: "oneCycle";
    readonly peak?: number;
    readonly start?: number;
    readonly end?: number;
  }
  | {
    readonly kind: "warmUp";
    readonly share: number;
    readonly start?: number;
    readonly then: RateSchedule;
  }
  | { readonly kind: "repeat"; readonly times: number; readonly each: RateSchedule }
  | {
    readonly kind: "sequence";
    readonly parts: readonly { readonly share: number; readonly schedule: RateSchedule }[];
  };

/** Where in a training a step is. */
export interface StepPlace {
  /** Which step it is, from 0. */
  readonly step: number;
  /** How many there are. */
  readonly steps: number;
}

/**
 * The factor of the learning rate that a schedule gives a step. Nothing but the arguments goes into it.
 *
 * @param schedule The schedule.
 * @param place The step.
 * @returns The factor, at least 0.
 * @throws {RangeError} When a number of the schedule is out of range, or there is no such step.
 *
 * @example A tenth of the training to warm up, then a cosine
 * ```ts
 * import { rateFactor, type RateSchedule } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const schedule: RateSchedule = { kind: "warmUp", share: 0.1, then: { kind: "cosine" } };
 * const factors = [0, 5, 10, 55].map((step) => rateFactor(schedule, { step, steps: 100 }));
 * [0.1, 0.55, 1, 0.5].forEach((factor, i) => assertAlmostEquals(factors[i] ?? NaN, factor, 1e-12));
 * ```
 */
export function rateFactor(schedule: RateSchedule, { step, steps }: StepPlace): number {
  checkSchedule(schedule);
  const isPlace = Number.isSafeInteger(steps) && Number.isSafeInteger(step) && step >= 0;
  if (!isPlace || step >= steps) {
    throw new RangeError(
      `Cannot find a learning rate: step must be a whole number from 0 to below steps, ` +
        `got ${step} of ${steps}`,
    );
  }
  return factorAt(schedule, step, steps);
}

/** The same for a schedule and a step that were checked. */
export function factorAt(schedule: RateSchedule, step: number, steps: number): number {
  switch (schedule.kind) {
    case "constant":
      return 1;
    case "cosine":
      return cosine(1, schedule.end ?? 0, (Math.PI * step) / steps);
    case "linear":
      return 1 + ((schedule.end ?? 0) - 1) * (step / steps);
    case "exponential":
      return schedule.end ** (step / steps);
    case "step":
      return (schedule.factor ?? 0.1) **
        schedule.at.filter((share) => step >= share * steps).length;
    case "oneCycle": {
      const { peak = 0.3, start = 1 / 25, end = start / 1e4 } = schedule;
      // The last step of either way is at its end.
      const top = Math.max(peak * steps - 1, 0), last = steps - 1;
      return step <= top
        ? cosine(start, 1, top === 0 ? Math.PI : (Math.PI * step) / top)
        : cosine(1, end, (Math.PI * (step - top)) / (last - top));
    }
    case "warmUp": {
      const { share, start = 0.1, then } = schedule;
      const own = Math.round(share * steps);
      if (step >= own) return factorAt(then, step - own, steps - own);
      const goal = own < steps ? factorAt(then, 0, steps - own) : 1;
      return goal * (start + (1 - start) * (step / own));
    }
    case "repeat": {
      const { times, each } = schedule;
      const at = partAt(step, Array.from({ length: times - 1 }, (_, i) => (i + 1) / times), steps);
      return factorAt(each, at.step, at.steps);
    }
    case "sequence": {
      let sum = 0;
      const ends = schedule.parts.slice(0, -1).map(({ share }) => sum += share);
      const at = partAt(step, ends, steps);
      const part = schedule.parts[at.part] as typeof schedule.parts[number];
      return factorAt(part.schedule, at.step, at.steps);
    }
  }
}

/** From one factor to another while the angle goes from 0 to pi. */
function cosine(from: number, to: number, angle: number): number {
  return to + 0.5 * (from - to) * (1 + Math.cos(angle));
}

/** In which part of a training a step is, and where in that part; parts end after shares of the training. */
function partAt(
  step: number,
  ends: readonly number[],
  steps: number,
): StepPlace & { readonly part: number } {
  const borders = [0, ...ends.map((end) => Math.round(end * steps)), steps];
  const part = borders.findLastIndex((border, i) => i <= ends.length && border <= step);
  const first = borders[part] as number;
  return { part, step: step - first, steps: (borders[part + 1] as number) - first };
}

/** Throws a `RangeError` naming the number of a schedule that is out of range. */
export function checkSchedule(schedule: RateSchedule): void {
  const check = (name: string, value: unknown, holds: boolean, expected: string) => {
    if (holds) return;
    throw new RangeError(
      `Cannot schedule the learning rate: ${name} of "${schedule.kind}" must be ${expected}, ` +
        `got ${JSON.stringify(value)}`,
    );
  };
  const checkFactor = (name: string, value: number | undefined) =>
    check(name, value, value === undefined || value >= 0 && value < Infinity, "at least 0");
  const isShare = (value: number) => value > 0 && value < 1;
  switch (schedule.kind) {
    case "constant":
      return;
    case "cosine":
    case "linear":
      return checkFactor("end", schedule.end);
    case "exponential":
      return check("end", schedule.end, schedule.end > 0 && schedule.end < Infinity, "above 0");
    case "step":
      checkFactor("factor", schedule.factor);
      return check("at", schedule.at, schedule.at.every(isShare), "shares in (0, 1)");
    case "oneCycle": {
      const { peak = 0.3, start, end } = schedule;
      check("peak", peak, isShare(peak), "in (0, 1)");
      checkFactor("start", start);
      return checkFactor("end", end);
    }
    case "warmUp":
      check("share", schedule.share, schedule.share >= 0 && schedule.share < 1, "in [0, 1)");
      checkFactor("start", schedule.start);
      return checkSchedule(schedule.then);
    case "repeat": {
      const { times, each } = schedule;
      check("times", times, Number.isSafeInteger(times) && times > 0, "a positive whole number");
      return checkSchedule(each);
    }
    case "sequence": {
      const shares = schedule.parts.map(({ share }) => share);
      const sum = shares.reduce((sum, share) => sum + share, 0);
      const holds = shares.every((share) => share > 0) && Math.abs(sum - 1) < 1e-9;
      check("parts", shares, holds, "shares above 0 that add up to 1");
      return schedule.parts.forEach((part) => checkSchedule(part.schedule));
    }
    default:
      check("kind", (schedule satisfies never as RateSchedule).kind, false, "a known one");
  }
}
