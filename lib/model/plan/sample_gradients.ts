import { sampleMode } from "../../engine/kernels.ts";
import type { SampleMode } from "./plan.ts";

/** What the kernels call what is added up of each image's gradient. */
export const sampleModes: { readonly [mode in SampleMode]: number } = {
  sign: sampleMode.sign,
  abs: sampleMode.absolute,
  square: sampleMode.square,
  sum: sampleMode.sum,
};

const adders: {
  readonly [mode in SampleMode]: (sums: Float32Array, values: Float32Array) => void;
} = {
  // A comparison with a number that is none does not hold: it has no sign, as in the kernels.
  sign: (sums, values) => {
    for (let i = 0; i < sums.length; i++) {
      const value = values[i] as number;
      sums[i]! += value > 0 ? 1 : value < 0 ? -1 : 0;
    }
  },
  abs: (sums, values) => {
    for (let i = 0; i < sums.length; i++) sums[i]! += Math.abs(values[i] as number);
  },
  square: (sums, values) => {
    for (let i = 0; i < sums.length; i++) sums[i]! += (values[i] as number) ** 2;
  },
  sum: (sums, values) => {
    for (let i = 0; i < sums.length; i++) sums[i]! += values[i] as number;
  },
};

/** Those of a plan's arrays that are weights of convolutions and linear layers. */
export function weightsAmong(
  arrays: ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array> {
  return new Map([...arrays].filter(([name]) => name.endsWith(".weight")));
}

/** Adds up something of the gradients of images that are found one after the other. */
export function addUpSamples(
  count: number,
  mode: SampleMode,
  gradientsOf: (image: number) => ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array> {
  const sums = new Map<string, Float32Array>();
  for (let image = 0; image < count; image++) {
    for (const [name, gradient] of weightsAmong(gradientsOf(image))) {
      if (image === 0) sums.set(name, new Float32Array(gradient.length));
      adders[mode](sums.get(name) as Float32Array, gradient);
    }
  }
  return sums;
}

/** Slopes by the output, of which all rows but one image's are zeros. */
export function onlyImage(slopes: Float32Array, image: number, count: number): Float32Array {
  const row = slopes.length / count, only = new Float32Array(slopes.length);
  only.set(slopes.subarray(image * row, (image + 1) * row), image * row);
  return only;
}
