import type { Rng } from "../engine/rng.ts";
import type { ParamSpec } from "../graph/mod.ts";

/**
 * How weights start. All give batch-norm scales of 1 and shifts of 0.
 *
 * - `heNormal`: weights from N(0, 2 / fanIn), biases 0 (He et al. 2015).
 * - `torchDefault`: weights and biases from U(-1/√fanIn, 1/√fanIn), as PyTorch's layers start.
 * - `standardNormal`: weights from N(0, 1), biases 0, as Zen-score has it (Lin et al. 2021); no start for
 *   training.
 * - `glorotUniform`: weights from U(-√(6 / (fanIn + fanOut)), …), biases 0 (Glorot & Bengio 2010).
 */
export type Init = "heNormal" | "torchDefault" | "glorotUniform" | "standardNormal";

/** The names of the initialisers. */
export const inits: readonly Init[] = [
  "heNormal",
  "torchDefault",
  "glorotUniform",
  "standardNormal",
];

/** Draws the starting values of one array. */
export function initialValues(spec: ParamSpec, init: Init, rng: Rng): Float32Array {
  const values = new Float32Array(spec.shape.reduce((product, side) => product * side, 1));
  if (spec.name === "gamma") return values.fill(1);
  if (spec.name === "beta") return values;
  if (spec.name === "bias" && init !== "torchDefault") return values;
  const draw = sampler(spec, init, rng);
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return values;
}

function sampler({ shape, fanIn }: ParamSpec, init: Init, rng: Rng): () => number {
  const uniform = (limit: number) => () => limit * (2 * rng() - 1);
  switch (init) {
    case "heNormal": {
      const deviation = Math.sqrt(2 / fanIn);
      return () => deviation * rng.normal();
    }
    case "torchDefault":
      return uniform(1 / Math.sqrt(fanIn));
    case "standardNormal":
      return () => rng.normal();
    case "glorotUniform": {
      // Filters are [kernel, kernel, in, out]: an output's taps are those of an input, per output.
      const [inner, outer] = shape.slice(-2) as [number, number];
      return uniform(Math.sqrt(6 / (fanIn + (fanIn / inner) * outer)));
    }
    default:
      throw new RangeError(
        `Cannot initialise weights: init must be one of ${
          inits.join(", ")
        }, got "${init satisfies never}"`,
      );
  }
}
