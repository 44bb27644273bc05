import seedrandom from "seedrandom";
import { choicesOf } from "./choices_of.ts";
import type { Rng } from "./rng.ts";
import { drawNormal } from "./ziggurat.ts";

/**
 * Makes a seeded stream like {@linkcode createRng}'s that draws five to ten times as fast, for millions of
 * numbers at a time such as weights and noise: Baagøe's Alea (2010), of seedrandom as well. Its floats have 32
 * random bits and its normal numbers 25, where those of `createRng` fill double precision; single precision
 * holds 24. Whole numbers below more than 2^32 leave some out.
 *
 * @param seed Any text or number; equal seeds give equal streams, other ones than those of `createRng`.
 *
 * @example A million weights
 * ```ts
 * import { createRng, quickRng } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const rng = quickRng(createRng("nas").split("weights").seed);
 * let squares = 0;
 * for (let i = 0; i < 1e6; i++) squares += rng.normal() ** 2;
 * assertAlmostEquals(squares / 1e6, 1, 0.01);
 * ```
 */
export function quickRng(seed: string | number): Rng {
  const text = String(seed);
  let source: (() => number) | undefined;

  const draw = (): number => (source ??= seedrandom.alea(text))();
  const normal = (): number => drawNormal(draw);
  const split = (label: string | number): Rng => quickRng(`${text}/${label}`);
  return Object.assign(draw, { seed: text, split, normal }, choicesOf(draw));
}
