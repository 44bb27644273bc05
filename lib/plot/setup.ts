import config from "../../deno.json" with { type: "json" };
import { createRng, engineInfo, type Rng } from "../engine/mod.ts";
import { interruptible } from "./interrupt.ts";
import { show } from "./show.ts";

/** Options of {@linkcode setup}. */
export interface SetupOptions {
  /** The seed of everything that is drawn. */
  readonly seed: string | number;
}

/**
 * What a notebook starts with: makes the Stop button safe, shows the versions that the results come
 * from, and gives the notebook its randomness.
 *
 * @param options The seed.
 * @returns A stream of random numbers made from the seed.
 *
 * @example
 * ```ts ignore
 * import { setup } from "naskit";
 *
 * const rng = await setup({ seed: "my notebook" });
 * ```
 */
export async function setup({ seed }: SetupOptions): Promise<Rng> {
  const rng = createRng(seed);
  interruptible();
  await show(setupLine(rng.seed));
  return rng;
}

function setupLine(seed: string): string {
  const { tfjs, backend, simd } = engineInfo();
  const cores = navigator.hardwareConcurrency;
  return [
    `naskit ${config.version}`,
    `Deno ${Deno.version.deno}`,
    `TensorFlow.js ${tfjs} (${backend}, ${simd} SIMD)`,
    `${cores} ${cores === 1 ? "core" : "cores"}`,
    `seed ${JSON.stringify(seed)}`,
  ].join(" · ");
}
