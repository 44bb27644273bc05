import type { Graph, OpName, Shape } from "../graph/mod.ts";
import { checkEnergyModel, type EnergyModel, int8Energy } from "./energy.ts";
import { checkMemoryOptions, memoryOf, type MemoryOptions } from "./memory_profile.ts";
import { moved, storedBytes, survey, type WeightFormat } from "./survey.ts";

/** What one node costs. */
export interface NodeCost {
  /** The node. */
  readonly name: string;
  /** Its op. */
  readonly op: OpName;
  /** The shape of its value, without the batch. */
  readonly shape: Shape;
  /** Trained numbers. */
  readonly params: number;
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
  /** Elements of its value if it is a convolution or linear layer, 0 otherwise. */
  readonly activations: number;
  /** Bytes of values in memory while it runs; 0 where the rule does not count it. */
  readonly memory: number;
  /** Bytes of its weights as a device stores them. */
  readonly flash: number;
  /** Energy for one sample, in microjoules. */
  readonly energy: number;
}

/** What a graph costs. Every number in it can be constrained by name in a search. */
export interface Costs {
  /** Trained numbers: filters, weights, biases, batch-norm scales and shifts. */
  readonly params: number;
  /** Multiply-accumulates for one sample (papers often call them FLOPs; one MAC is two). */
  readonly macs: number;
  /** Elements of the outputs of all convolutions and linear layers (Radosavovic et al. 2020). */
  readonly activations: number;
  /** The most bytes of values in memory at any node, for one sample: what SRAM must hold. */
  readonly peakMemory: number;
  /** Bytes of all weights as a device stores them, batch norms folded: what flash must hold. */
  readonly flash: number;
  /** Energy for one sample, in microjoules. */
  readonly energy: number;
  /** The same, node by node. */
  readonly nodes: readonly NodeCost[];
}

/** How to count. */
export interface CostOptions extends MemoryOptions, WeightFormat {
  /** Whether each addition of a bias counts as one MAC, as NAS-Bench-201 counts; `true` when absent. */
  readonly countBias?: boolean;
  /** What MACs and bytes cost in energy; {@linkcode int8Energy} when absent. */
  readonly energy?: EnergyModel;
}

/**
 * Counts what a graph costs on one sample, from the graph alone.
 *
 * - `params` and `macs`: convolutions and linear layers count; activations, pooling, normalisation and
 *   sums are free, and padded pixels count as work, which is the convention of NAS-Bench-201 (Dong &
 *   Yang 2020) and most of the literature.
 * - `activations`: the output elements of convolutions, depthwise ones too, and linear layers
 *   (Radosavovic et al. 2020).
 * - `peakMemory`: as {@linkcode memoryProfile} counts, int8 and by exact liveness unless told.
 * - `flash`: each weight at 1 byte, a bias for each output channel at 4 bytes where there is one or a
 *   batch norm is folded in, and scale and shift at 4 bytes each for batch norms that cannot be folded
 *   (those that do not stand right behind a convolution or linear layer as its only reader). A
 *   runtime's own code is not in it.
 * - `energy`: MACs and bytes moved, at the prices of an {@linkcode EnergyModel}. Each op reads its
 *   inputs once and writes its value once, and reads its weights once; batch norms and activations
 *   computed on the way out of the op before them move nothing. Hardware that reads anything twice
 *   takes more: the figure compares networks and does not predict a battery.
 *
 * @param graph The network.
 * @param options The conventions; int8 throughout when absent.
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When an option is not what it must be.
 *
 * @example
 * ```ts
 * import { cost, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201();
 * const { params, macs } = cost(space.lower(space.fromChoices([3, 3, 3, 3, 3, 3])));
 * assertEquals([params, macs], [1_531_546, 220_119_690]);
 * ```
 *
 * @example Memory by MCUNet's rule, for 32-bit numbers
 * ```ts
 * import { cost, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201();
 * const graph = space.lower(space.fromChoices([3, 3, 3, 3, 3, 3]));
 * const { peakMemory } = cost(graph, { rule: "mcunet", bytesPerElement: 4 });
 * assertEquals(peakMemory, 4 * (32 * 32 * 16 + 32 * 32 * 16));
 * ```
 */
export function cost(graph: Graph, options: CostOptions = {}): Costs {
  const { countBias = true, energy: prices = int8Energy, bytesPerElement = 1 } = options;
  const { bytesPerWeight = 1 } = options;
  checkMemoryOptions(options, "cost the graph");
  checkWeightFormat(options);
  checkEnergyModel(prices, "cost the graph");
  const all = survey(graph);
  const memory = memoryOf(all, options);
  const total = { params: 0, macs: 0, activations: 0, peakMemory: 0, flash: 0, energy: 0 };
  const nodes = all.map((each, place): NodeCost => {
    const { node, shape, params, size, weights } = each;
    const macs = (each.macs ?? 0) + (countBias && each.biases > 0 ? size : 0);
    const picojoules = (each.macs ?? 0) * prices.perMac +
      moved(each, all) * bytesPerElement * prices.perValueByte +
      weights * bytesPerWeight * prices.perWeightByte;
    const costs: NodeCost = {
      name: node.name,
      op: node.op,
      shape,
      params,
      macs,
      activations: each.macs === undefined ? 0 : size,
      memory: memory[place] as number,
      flash: storedBytes(each, all, options),
      energy: picojoules * 1e-6,
    };
    total.params += costs.params;
    total.macs += costs.macs;
    total.activations += costs.activations;
    total.peakMemory = Math.max(total.peakMemory, costs.memory);
    total.flash += costs.flash;
    total.energy += costs.energy;
    return costs;
  });
  return { ...total, nodes };
}

function checkWeightFormat(format: WeightFormat): void {
  for (const field of ["bytesPerWeight", "bytesPerBias", "bytesPerScale"] as const) {
    const bytes = format[field] ?? 0;
    if (!(bytes >= 0 && bytes < Infinity)) {
      throw new RangeError(
        `Cannot cost the graph: ${field} must be a number from 0, got ${bytes}`,
      );
    }
  }
}
