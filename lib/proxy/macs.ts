import { cost } from "../cost/mod.ts";
import { kitProxy } from "./kit_proxy.ts";
import type { Proxy } from "./proxy.ts";

/**
 * The number of multiply-accumulates for one image, as {@linkcode cost} counts them; most papers call it
 * FLOPs.
 *
 * @example
 * ```ts
 * import { createRng, macsProxy, nasBench201, noiseBatch } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201();
 * const graph = space.lower(space.fromChoices([3, 3, 3, 3, 3, 3]));
 * const batch = noiseBatch(graph, { count: 1, rng: createRng("noise") });
 * assertEquals(await macsProxy().score(graph, batch, createRng("weights")), 220_119_690);
 * ```
 */
export function macsProxy(): Proxy {
  return kitProxy(import.meta.url, "macsProxy", {
    name: "macs",
    needs: "graph",
    bias: "networks that compute much: it is what they compute",
    score: ({ graph }) => cost(graph).macs,
  });
}
