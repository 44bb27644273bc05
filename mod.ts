/**
 * Neural architecture search in Deno notebooks: composable search spaces, strategies, estimators
 * and costs on TensorFlow.js.
 *
 * An architecture is plain data, a network graph is plain data, and everything else is a function of
 * them: a {@linkcode SearchSpace} turns an architecture into a {@linkcode Graph}; the graph is
 * costed, built, trained and drawn; {@linkcode search} lets a strategy choose architectures and
 * records what came of them in a {@linkcode Study}.
 *
 * @example A search in one call
 * ```ts
 * import { atMost, digits, maximize, nasBench201, randomSearch, search, trainFromScratch } from "naskit";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 }),
 *   strategy: randomSearch(),
 *   evaluate: trainFromScratch(await digits(), { epochs: 1 }),
 *   objective: maximize("accuracy"),
 *   constraints: [atMost("macs", 200_000)],
 *   budget: { trials: 3 },
 *   seed: "nas",
 * });
 * console.log(study.best().key);
 * ```
 *
 * @module
 */
export * from "./lib/cost/mod.ts";
export * from "./lib/data/mod.ts";
export * from "./lib/engine/mod.ts";
export * from "./lib/estimate/mod.ts";
export * from "./lib/graph/mod.ts";
export * from "./lib/judge/mod.ts";
export * from "./lib/model/mod.ts";
export * from "./lib/plot/mod.ts";
export * from "./lib/predict/mod.ts";
export * from "./lib/proxy/mod.ts";
export * from "./lib/search/mod.ts";
export * from "./lib/space/mod.ts";
export * from "./lib/stats/mod.ts";
export * from "./lib/supernet/mod.ts";
