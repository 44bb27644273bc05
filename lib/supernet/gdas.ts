import type { Rng } from "../engine/mod.ts";
import { dartsLogits } from "./darts.ts";
import { gatesOf, likeliestPath, oneHot, placeOfHighest, pullBackGates } from "./gating.ts";
import type { GradientMethod } from "./gradient_method.ts";
import type { Logits } from "./logits.ts";

/** Options of {@linkcode gdas}. */
export interface GdasOptions {
  /** The temperature of the first step, and of the last, between which it falls evenly; 10 and 0.1 when absent. */
  readonly temperature?: { readonly from: number; readonly to: number };
}

/** An option of a choice drawn by the Gumbel-max trick. */
export interface GumbelDraw {
  /** Its place. */
  readonly place: number;
  /** The softmax at the temperature, whose slope stands for that of the draw. */
  readonly soft: Float64Array;
}

/** Epochs of the published search, and the steps of each. */
const publishedSteps = 250 * 391;

/**
 * GDAS (Dong & Yang 2019): each step runs one path alone, drawn by the Gumbel-max trick, so that an option is taken as
 * often as a softmax of the logits says. On the way back the draw is taken for the Gumbel-softmax of a temperature
 * that falls from 10 to 0.1 (Jang, Gu & Poole 2017): the option that ran pulls on the logits of all.
 *
 * The published program lets options that did not run add a 0 to the output, which gives their gates a slope all the
 * same, the sum of that of the output; here it is 0, as the paper has it. The supernet is validated by its most likely
 * path.
 *
 * @param options The temperatures.
 * @throws {RangeError} When a temperature is not above 0.
 *
 * @example
 * ```ts
 * import { digits, gdas, gradientSearch, nasBench201, supernetOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const { arch } = await gradientSearch(supernetOf(space), gdas(), await digits(), {
 *   epochs: 1,
 *   seed: "nas",
 * });
 * assertEquals(arch.length, 6);
 * ```
 */
export function gdas({ temperature = { from: 10, to: 0.1 } }: GdasOptions = {}): GradientMethod {
  const { from, to } = temperature;
  for (const [name, value] of Object.entries({ from, to })) {
    if (value > 0 && value < Infinity) continue;
    throw new RangeError(`Cannot make GDAS: temperature.${name} must be above 0, got ${value}`);
  }
  return {
    name: "GDAS",
    settings: { temperature: { from, to } },
    gating: "softmax",
    logits: dartsLogits,
    publishedSteps,
    evaluated: likeliestPath,
    step: ({ plan, logits, nextBatch, progress, isFrozen, rng, moveLogits, trainWeights }) => {
      const temperature = from + (to - from) * progress;
      if (!isFrozen) {
        const draws = drawPath(logits, { temperature, rng: rng.split("logits") });
        plan.setGates(hardGates(draws));
        const { loss, gates } = plan.backward(nextBatch(), { weights: false });
        const gradient = new Map([...draws].map(([choice, { soft }]) => {
          const slopes = gates?.get(choice) ?? new Float64Array(soft.length);
          return [choice, pullBackGates(soft, slopes, { gating: "softmax", temperature })];
        }));
        moveLogits({ loss, gradient });
      }
      return trainWeights(hardGates(drawPath(logits, { temperature, rng: rng.split("weights") })));
    },
  };
}

/**
 * Draws an option by adding Gumbel noise to log probabilities: the highest sum is at each place as often as its
 * probability says, at any temperature. Sums that are not finite are drawn again.
 *
 * @param logits Of the options of a choice.
 * @param options The options that are to be had, the temperature of the softmax, and where chance comes from.
 * @throws {RangeError} When a logit is not finite.
 *
 * @example
 * ```ts
 * import { createRng, drawGumbel } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const rng = createRng("gumbel");
 * const draws = Array.from({ length: 1000 }, () => drawGumbel([0, Math.log(3)], { temperature: 1, rng }));
 * const share = draws.filter(({ place }) => place === 1).length / 1000;
 * assertEquals(Math.abs(share - 0.75) < 0.05, true);
 * ```
 */
export function drawGumbel(
  logits: ArrayLike<number>,
  { candidates = Array.from(logits, (_, place) => place), temperature, rng }: {
    readonly candidates?: readonly number[];
    readonly temperature: number;
    readonly rng: Rng;
  },
): GumbelDraw {
  const wrong = candidates.find((place) => !Number.isFinite(logits[place]));
  if (wrong !== undefined) {
    throw new RangeError(`Cannot draw: logits must be finite, got ${logits[wrong]} at ${wrong}`);
  }
  const noisy = new Float64Array(logits.length).fill(-Infinity);
  for (;;) {
    // What a softmax takes from all logits alike changes neither the draw nor the softmax.
    for (const place of candidates) {
      noisy[place] = (logits[place] as number) - Math.log(-Math.log(rng()));
    }
    if (!candidates.every((place) => Number.isFinite(noisy[place]))) continue;
    const soft = gatesOf(noisy, { gating: "softmax", candidates, temperature });
    return { place: placeOfHighest(noisy), soft };
  }
}

function drawPath(
  logits: Logits,
  { temperature, rng }: { readonly temperature: number; readonly rng: Rng },
): Map<string, GumbelDraw> {
  return new Map(logits.choices.map((choice) => {
    const candidates = logits.candidatesOf(choice);
    return [choice, drawGumbel(logits.of(choice), { candidates, temperature, rng })];
  }));
}

function hardGates(draws: ReadonlyMap<string, GumbelDraw>): Map<string, Float64Array> {
  return new Map(
    [...draws].map(([choice, { place, soft }]) => [choice, oneHot(soft.length, place)]),
  );
}
