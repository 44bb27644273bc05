import { cost } from "../cost/mod.ts";
import { kitProxy } from "./kit_proxy.ts";
import type { Proxy } from "./proxy.ts";

/**
 * The number of trained parameters: what another proxy must beat to be worth its name.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201, noiseBatch, paramsProxy } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201();
 * const graph = space.lower(space.fromChoices([2, 1, 2, 1, 1, 1]));
 * const batch = noiseBatch(graph, { count: 1, rng: createRng("noise") });
 * assertEquals(await paramsProxy().score(graph, batch, createRng("weights")), 129_306);
 * ```
 */
export function paramsProxy(): Proxy {
  return kitProxy(import.meta.url, "paramsProxy", {
    name: "params",
    needs: "graph",
    bias: "large networks: it is their size",
    score: ({ graph }) => cost(graph).params,
  });
}
