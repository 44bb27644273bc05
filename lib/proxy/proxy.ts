import type { Json } from "../engine/json.ts";
import type { Rng } from "../engine/rng.ts";
import type { Batch } from "../data/dataset.ts";
import type { Graph } from "../graph/mod.ts";
import type { Model } from "../model/mod.ts";
import type { EvaluateRecipe } from "../space/mod.ts";
import type { Direction } from "../stats/mod.ts";

/**
 * The most that a proxy looks at: the graph alone, weights as well, images on top of those, or images
 * with their labels.
 */
export type ProxyNeeds = "graph" | "weights" | "images" | "labels";

/**
 * What a score takes: nothing but counting; runs forward; runs forward and back; or something of each
 * image's own gradient.
 */
export type ProxyCost = "counting" | "forward" | "backward" | "per image";

/**
 * A training-free score that is to rank networks as their accuracies after training would.
 *
 * In a notebook import the type by `import type`, best under another name: Deno's kernel takes a `type`
 * within braces for a value, and a cell that binds `Proxy` hides JavaScript's own from all modules.
 *
 * @example
 * ```ts
 * import { proxies } from "naskit";
 * import type { Proxy as ScoreProxy } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const quick = (proxy: ScoreProxy) => proxy.cost === "counting";
 * assert(quick(proxies.params) && !quick(proxies.snip));
 * ```
 */
export interface Proxy {
  /** Its name, as a column of a table has it: `snake_case`. */
  readonly name: string;
  /** Whether more or less of it promises a better network. */
  readonly direction: Direction;
  /** The most that it looks at. */
  readonly needs: ProxyNeeds;
  /** What a score takes. */
  readonly cost: ProxyCost;
  /** Who proposed it where; empty for one that was not published. */
  readonly paper: string;
  /** What it is known to favour whether or not that is better; empty where nothing is known. */
  readonly bias: string;
  /** The settings that decide the score, for the record. */
  readonly options: { readonly [name: string]: Json };
  /** How another thread makes it. Those of the kit have one. */
  readonly recipe?: EvaluateRecipe;
  /**
   * Scores a network. Equal arguments give equal scores. A proxy that computes without waiting for
   * anything gives a number at once, as those of the kit do; one that waits gives a promise.
   *
   * @param network A graph, whose weights are drawn; or a model, whose weights are taken as they are. It
   * is not changed.
   * @param batch The images, and their labels; what `needs` leaves out is not looked at.
   * @param rng Draws the weights, and whatever else is drawn.
   * @returns The score. `NaN` or an infinity where the proxy is not defined for this network.
   * @throws {RangeError} When the images do not fit the network.
   */
  score(network: Graph | Model, batch: Batch, rng: Rng): number | Promise<number>;
}
