import type { Json } from "../engine/json.ts";
import { type Init, inits } from "../model/mod.ts";
import type { EvaluateRecipe } from "../space/mod.ts";
import { Probe } from "./probe.ts";
import type { Proxy, ProxyCost, ProxyNeeds } from "./proxy.ts";

/** What makes a proxy. */
export interface ProxyDefinition {
  /** Its name, as a column of a table has it: `snake_case`. */
  readonly name: string;
  /** The most that it looks at. */
  readonly needs: ProxyNeeds;
  /** The score; more of it promises a better network unless `direction` says otherwise. */
  readonly score: (probe: Probe) => number | Promise<number>;
  /** Whether more or less of it promises a better network; `"maximize"` when absent. */
  readonly direction?: Proxy["direction"];
  /** What a score takes; when absent, what `needs` makes likely. */
  readonly cost?: ProxyCost;
  /** Who proposed it where. */
  readonly paper?: string;
  /** What it is known to favour whether or not that is better. */
  readonly bias?: string;
  /** How the weights of a graph start; `"torchDefault"` when absent, as in most published code. */
  readonly init?: Init;
  /** The settings that decide the score, for the record; `init` is added where weights matter. */
  readonly options?: { readonly [name: string]: Json };
  /**
   * How another thread makes it: by which exported function of which module, with which arguments.
   * Without one it is scored in the thread it was made in.
   */
  readonly recipe?: EvaluateRecipe;
}

const usualCost: { readonly [needs in ProxyNeeds]: ProxyCost } = {
  graph: "counting",
  weights: "counting",
  images: "forward",
  labels: "backward",
};

/**
 * Makes a proxy of a function. The function is given a {@linkcode Probe}, which hands out weights,
 * gradients, activations and statistics of the network as plain arrays, and is disposed of when the
 * function has returned.
 *
 * @throws {TypeError} When the name is no `snake_case` word, `needs` or `init` is something else, or
 * `score` is no function.
 *
 * @example A new proxy: how evenly the ReLUs split the images
 * ```ts
 * import { createRng, defineProxy, nasBench201, noiseBatch } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const balance = defineProxy({
 *   name: "relu_balance",
 *   needs: "images",
 *   score: (net) => {
 *     const shares = net.taps(net.nodesOf("relu")).map(({ values }) =>
 *       values.filter((value) => value > 0).length / values.length
 *     );
 *     return -Math.max(...shares.map((share) => Math.abs(share - 0.5)));
 *   },
 * });
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.sample(createRng("cell")));
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 * const score = await balance.score(graph, batch, createRng("weights"));
 * assert(score <= 0 && score >= -0.5);
 * ```
 */
export function defineProxy(definition: ProxyDefinition): Proxy {
  const { name, needs, score, direction = "maximize", init = "torchDefault" } = definition;
  const { recipe } = definition;
  if (typeof name !== "string" || !/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new TypeError(`Cannot define a proxy: name must be a snake_case word, got "${name}"`);
  }
  const refuse = (option: string, wanted: string, got: unknown) =>
    new TypeError(`Cannot define the proxy ${name}: ${option} must be ${wanted}, got ${got}`);
  if (!Object.hasOwn(usualCost, needs)) {
    throw refuse("needs", `one of ${Object.keys(usualCost).join(", ")}`, needs);
  }
  if (!inits.includes(init)) throw refuse("init", `one of ${inits.join(", ")}`, init);
  if (direction !== "maximize" && direction !== "minimize") {
    throw refuse("direction", "maximize or minimize", direction);
  }
  if (typeof score !== "function") throw refuse("score", "a function", typeof score);
  return {
    name,
    direction,
    needs,
    cost: definition.cost ?? usualCost[needs],
    paper: definition.paper ?? "",
    bias: definition.bias ?? "",
    options: { ...(needs === "graph" ? {} : { init }), ...definition.options },
    ...(recipe === undefined ? {} : { recipe }),
    score: (network, batch, rng) => {
      const probe = new Probe({ network, batch, rng, init });
      const finish = (value: unknown): number => {
        if (typeof value === "number") return value;
        throw new TypeError(`Cannot score: ${name} must give a number, got ${typeof value}`);
      };
      let isWaiting = false;
      try {
        const value = score(probe);
        if (!(value instanceof Promise)) return finish(value);
        isWaiting = true;
        return value.then(finish).finally(() => probe.dispose());
      } finally {
        if (!isWaiting) probe.dispose();
      }
    },
  };
}
