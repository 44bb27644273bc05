import { inputShapes, paramsOf, type ParamSpec } from "../../graph/mod.ts";
import type { Analysis } from "./analyse.ts";
import type { Region } from "./region.ts";
import { Slab } from "./slab.ts";

/** A trained array of the graph. */
export interface Parameter {
  /** Its name in the model, `node.weight` and so on. */
  readonly name: string;
  /** Its node. */
  readonly node: string;
  /** Its shape and how it starts. */
  readonly spec: ParamSpec;
  /** Whether the output depends on it. */
  readonly reached: boolean;
  /** Its values. */
  readonly values: Region;
  /** Where its gradient is written; none where no gradient is computed. */
  readonly gradient: Region | undefined;
}

/** All arrays that a plan owns for its model, each kind in one slab. */
export interface Parameters {
  /** The trained arrays by name, in the order of the model. */
  readonly params: ReadonlyMap<string, Parameter>;
  /** The running statistics by name, in the order of the model. */
  readonly statistics: ReadonlyMap<string, Region>;
  /**
   * The values: those of weights of convolutions and linear layers, then of the other arrays, then of those
   * that the output does not depend on, so that no optimiser sees them.
   */
  readonly weightSlab: Slab;
  /** The gradients, laid out as the values are. */
  readonly gradientSlab: Slab;
  /** How many floats of the gradients are of weights of convolutions and linear layers. */
  readonly weightFloats: number;
  /** The running statistics. */
  readonly statisticsSlab: Slab;
}

/** Makes the arrays of a graph, with gradients for those that the output depends on when training. */
export function makeParameters({ graph, shapes, live }: Analysis, training: boolean): Parameters {
  const weightSlab = new Slab(), gradientSlab = new Slab(), statisticsSlab = new Slab();
  const specs: Pick<Parameter, "name" | "node" | "spec" | "reached">[] = [];
  const statistics = new Map<string, Region>();
  const reached = new Set(live);
  for (const node of graph.nodes) {
    const inputs = inputShapes(node, shapes);
    for (const spec of paramsOf(node, inputs)) {
      const name = `${node.name}.${spec.name}`;
      specs.push({ name, node: node.name, spec, reached: reached.has(node) });
    }
    if (node.op !== "batchNorm") continue;
    const channels = inputs[0]?.at(-1) as number;
    statistics.set(`${node.name}.mean`, statisticsSlab.add(channels));
    statistics.set(`${node.name}.variance`, statisticsSlab.add(channels));
  }
  const made = new Map<string, Parameter>();
  const add = (each: typeof specs[number]) => {
    const { name, spec, reached } = each;
    const floats = spec.shape.reduce((product, side) => product * side, 1);
    const gradient = training && reached ? gradientSlab.add(floats) : undefined;
    made.set(name, { ...each, values: weightSlab.add(floats), gradient });
  };
  const isWeight = ({ spec }: typeof specs[number]) => spec.name === "weight";
  specs.filter((each) => each.reached && isWeight(each)).forEach(add);
  const weightFloats = gradientSlab.floats;
  specs.filter((each) => each.reached && !isWeight(each)).forEach(add);
  specs.filter((each) => !each.reached).forEach(add);
  const params = new Map(specs.map(({ name }) => [name, made.get(name) as Parameter]));
  return { params, statistics, weightSlab, gradientSlab, weightFloats, statisticsSlab };
}
