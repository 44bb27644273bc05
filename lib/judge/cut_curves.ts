import { MedianStopping, type MedianStoppingOptions } from "../estimate/mod.ts";

/** What a rule makes of trainings that it may cut, for a number of epochs in all. */
export interface CutCurves {
  /** How many epochs each training had; 0 where it was never begun. */
  readonly epochs: readonly number[];
  /** The place of the one that is chosen: of those that were trained to the end, the most accurate. */
  readonly chosen: number;
}

/**
 * A rule that spends a number of epochs on trainings, and cuts some of them.
 *
 * @param curves The accuracies of each training by epoch, all as long, in the order in which they may begin.
 * @param budget How many epochs there are to spend.
 * @throws {RangeError} When there are no curves, lengths differ, an accuracy is not finite, or the budget
 * does not train one to its end.
 */
export type CutRule = (curves: readonly (readonly number[])[], budget: number) => CutCurves;

/**
 * Trains as many networks for some epochs as the budget pays for, and the best of them to the end. With all
 * epochs it cuts nothing.
 *
 * @throws {RangeError} When `epochs` is no positive whole number.
 *
 * @example
 * ```ts
 * import { cutAfter } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const curves = [[0.3, 0.5], [0.4, 0.6], [0.2, 0.9]];
 * // Four epochs: three for the first of each, one for the end of the best.
 * assertEquals(cutAfter(1)(curves, 4), { epochs: [1, 2, 1], chosen: 1 });
 * assertEquals(cutAfter(2)(curves, 4), { epochs: [2, 2, 0], chosen: 1 });
 * ```
 */
export function cutAfter(epochs: number): CutRule {
  checkEpochs("epochs", epochs);
  return (curves, budget) => {
    const length = checkCurves(curves, budget);
    const until = Math.min(epochs, length);
    const count = Math.floor((budget - (length - until)) / until);
    const spent = curves.map((_, i) => i < count ? until : 0);
    const chosen = best(curves, spent, until)[0] as number;
    spent[chosen] = length;
    return { epochs: spent, chosen };
  };
}

/**
 * Successive halving: all begin with one epoch, and of those at a rung the best `eta`-th goes on until it has `eta`
 * times as many, up to the end (Jamieson & Talwalkar 2016). Begins with as many as the budget pays for, each
 * training going on where it paused.
 *
 * @param eta What part goes on, 2 or more; 2 when absent.
 * @throws {RangeError} When `eta` is no whole number from 2 on.
 *
 * @example
 * ```ts
 * import { cutByHalving } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const curves = [[0.1, 0.2, 0.2, 0.3], [0.3, 0.3, 0.4, 0.5], [0.4, 0.2, 0.4, 0.9], [0.2, 0.6, 0.8, 1]];
 * // 4 begin, 2 have two epochs, 1 has four.
 * assertEquals(cutByHalving()(curves, 8), { epochs: [1, 4, 2, 1], chosen: 1 });
 * ```
 */
export function cutByHalving(eta = 2): CutRule {
  if (!Number.isSafeInteger(eta) || eta < 2) {
    throw new RangeError(`Cannot halve: eta must be a whole number from 2 on, got ${eta}`);
  }
  return (curves, budget) => {
    const length = checkCurves(curves, budget);
    const rungs = [1];
    while (rungs.at(-1)! < length) rungs.push(Math.min(length, rungs.at(-1)! * eta));
    const sizes = (count: number) => rungs.map((_, k) => Math.max(1, Math.floor(count / eta ** k)));
    const price = (count: number) =>
      sizes(count).reduce((sum, size, k) => sum + size * (rungs[k]! - (rungs[k - 1] ?? 0)), 0);
    let count = 1;
    while (count < curves.length && price(count + 1) <= budget) count++;
    const spent = curves.map((_, i): number => i < count ? 1 : 0);
    sizes(count).forEach((size, k) => {
      if (k === 0) return;
      const before = rungs[k - 1] as number;
      for (const i of best(curves, spent, before).slice(0, size)) spent[i] = rungs[k] as number;
    });
    return { epochs: spent, chosen: best(curves, spent, length)[0] as number };
  };
}

/**
 * Trains one after the other, each until its end or until {@linkcode MedianStopping} ends it, as long as the
 * budget lasts; what it cannot pay for whole is not begun.
 *
 * @param rule The rule's options.
 * @throws {RangeError} When an option is no positive whole number.
 *
 * @example
 * ```ts
 * import { cutByMedian } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const curves = [[0.5, 0.7], [0.1, 0.9], [0.6, 0.8]];
 * const rule = cutByMedian({ minTrainings: 1 });
 * assertEquals(rule(curves, 5), { epochs: [2, 1, 2], chosen: 2 });
 * assertEquals(rule(curves, 4), { epochs: [2, 1, 0], chosen: 0 });
 * ```
 */
export function cutByMedian(rule: MedianStoppingOptions = {}): CutRule {
  new MedianStopping(rule); // checks the options
  return (curves, budget) => {
    const length = checkCurves(curves, budget);
    let left = budget;
    const stopping = new MedianStopping(rule);
    const spent = curves.map((curve) => {
      // What the last epochs would come to is not known beforehand: it must be able to end.
      if (left < length) return 0;
      const epochs = stopping.replay([curve])[0]!.epochs;
      left -= epochs;
      return epochs;
    });
    return { epochs: spent, chosen: best(curves, spent, length)[0] as number };
  };
}

/** The places of the trainings that had so many epochs, the most accurate after them first. */
function best(
  curves: readonly (readonly number[])[],
  spent: readonly number[],
  epochs: number,
): number[] {
  const after = (i: number) => curves[i]![epochs - 1] as number;
  return [...spent.keys()].filter((i) => spent[i] === epochs).sort((a, b) => after(b) - after(a));
}

/** How long the curves are. */
function checkCurves(curves: readonly (readonly number[])[], budget: number): number {
  const fail = (rule: string): never => {
    throw new RangeError(`Cannot cut curves: ${rule}`);
  };
  const length = curves[0]?.length ?? 0;
  if (length === 0) fail("there must be at least one, of one epoch or more");
  curves.forEach((curve, i) => {
    if (curve.length !== length) {
      fail(`curves[${i}] must have ${length} epochs, got ${curve.length}`);
    }
    const bad = curve.find((accuracy) => !Number.isFinite(accuracy));
    if (bad !== undefined) fail(`curves[${i}] must be of finite numbers, got ${bad}`);
  });
  if (!Number.isSafeInteger(budget) || budget < length) {
    fail(`budget must be a whole number of ${length} epochs or more, got ${budget}`);
  }
  return length;
}

function checkEpochs(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RangeError(`Cannot cut curves: ${name} must be a positive whole number, got ${value}`);
}
