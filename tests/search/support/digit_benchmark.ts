import { GraphBuilder } from "naskit/graph/mod.ts";
import { defineStrategy, type StrategyMaker } from "naskit/search/mod.ts";
import {
  type Benchmark,
  choice,
  defineSpace,
  type Evaluate,
  type EvaluateContext,
  type Metrics,
  portable,
  product,
  type SearchSpace,
} from "naskit/space/mod.ts";

/** Two digits. */
export type Digits = readonly number[];

/** A space of a hundred architectures. */
export const digitSpace: SearchSpace<Digits> = defineSpace<Digits>({
  name: "two digits",
  part: product([0, 1].map(() => choice([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))),
  lower: () => {
    const net = new GraphBuilder([4, 4, 1]);
    return net.build(net.add("pool", { op: "globalAvgPool" }, net.input));
  },
});

const valueOf = ([a, b]: Digits) => (37 * (10 * a! + b!)) % 101;

/** A benchmark whose accuracies are all different, with a test that differs, and a time. */
export function digitBenchmark(): Benchmark<Digits> {
  const metrics = (digits: Digits): { [name: string]: number } => ({
    accuracy: valueOf(digits),
    testAccuracy: valueOf(digits) + 5 * (digits[1]! % 3),
    seconds: 1 + digits[0]!,
  });
  const evaluate: Evaluate<Digits> = portable(
    { module: import.meta.url, factory: "digitBenchmark", args: [] },
    (digits: Digits, { signal }: EvaluateContext): Metrics => {
      signal.throwIfAborted();
      return metrics(digits);
    },
    { simulated: true },
  );
  const lookUp = (digits: Digits, metric: string) => metrics(digits)[metric] as number;
  const values = (metric: string) =>
    Array.from(digitSpace.enumerate(), (digits) => lookUp(digits, metric));
  return Object.assign(evaluate, { space: digitSpace, lookUp, values });
}

/** A strategy that takes the architectures in order, from a digit on. */
export function inOrder(options: { readonly from: number }): StrategyMaker {
  return defineStrategy(`inOrder(${options.from})`, (space, _rng) => {
    let next = 10 * options.from;
    return {
      ask: () => ({ arch: space.fromChoices([Math.floor(next / 10) % 10, next++ % 10]) }),
      tell() {},
      snapshot: () => next,
      restore: (state) => next = state as number,
    };
  }, { module: import.meta.url, factory: "inOrder", args: [options] });
}
