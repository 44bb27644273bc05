/**
 * What logits say of the options of a choice: how likely each is, in sum 1 (`"softmax"`), or how much there is
 * of each by itself, from 0 to 1 (`"sigmoid"`; Chu et al. 2020).
 */
export type Gating = "softmax" | "sigmoid";

/** What an option has of the logits of a choice; options that are not among the candidates have 0. */
export interface GatingOptions {
  /** How. */
  readonly gating: Gating;
  /** The places of the options that are to be had. */
  readonly candidates: readonly number[];
  /** What logits are divided by; 1 when absent. */
  readonly temperature?: number;
}

/** The gates that logits come to. */
export function gatesOf(
  logits: ArrayLike<number>,
  { gating, candidates, temperature = 1 }: GatingOptions,
): Float64Array {
  const gates = new Float64Array(logits.length);
  const at = (place: number) => logits[place] as number / temperature;
  if (gating === "sigmoid") {
    for (const place of candidates) gates[place] = 1 / (1 + Math.exp(-at(place)));
    return gates;
  }
  const highest = Math.max(...candidates.map(at));
  let sum = 0;
  for (const place of candidates) sum += gates[place] = Math.exp(at(place) - highest);
  for (const place of candidates) gates[place] = gates[place] as number / sum;
  return gates;
}

/**
 * The slope by the logits of something whose slope by the gates is known: `g_i (d_i - Σ_j g_j d_j)` for a
 * softmax, so that an option pulls on all others also where its own slope is 0, as that of `none` is; and
 * `g_i (1 - g_i) d_i` for sigmoids.
 */
export function pullBackGates(
  gates: ArrayLike<number>,
  slopes: ArrayLike<number>,
  { gating, temperature = 1 }: Pick<GatingOptions, "gating" | "temperature">,
): Float64Array {
  const pairs = Array.from(gates, (gate, i) => [gate, slopes[i] as number] as const);
  const mean = pairs.reduce((sum, [gate, slope]) => sum + gate * slope, 0);
  return Float64Array.from(
    pairs,
    ([gate, slope]) =>
      (gating === "softmax" ? gate * (slope - mean) : gate * (1 - gate) * slope) / temperature,
  );
}

/** The uncertainty of which option to take, in nats, by gates scaled to sum 1. */
export function entropyOf(gates: ArrayLike<number>): number {
  const all = Array.from(gates), sum = all.reduce((a, b) => a + b, 0);
  // + 0 because a sure choice would have -0.
  return -all.reduce(
    (total, gate) => gate > 0 ? total + gate / sum * Math.log(gate / sum) : total,
    0,
  ) +
    0;
}

/** The place of the highest number, the first of equal ones. */
export function placeOfHighest(values: ArrayLike<number>): number {
  let place = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) > (values[place] as number)) place = i;
  }
  return place;
}

/** 1 at a place, 0 elsewhere. */
export function oneHot(length: number, place: number): Float64Array {
  const gates = new Float64Array(length);
  gates[place] = 1;
  return gates;
}

/** The gates of the path that takes the most likely option of each choice. */
export function likeliestPath(
  probabilities: ReadonlyMap<string, ArrayLike<number>>,
): Map<string, Float64Array> {
  return new Map(
    [...probabilities].map((
      [choice, gates],
    ) => [choice, oneHot(gates.length, placeOfHighest(gates))]),
  );
}
