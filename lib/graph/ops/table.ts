import type { Shape } from "../graph.ts";
import type { Op, OpName } from "../op.ts";
import { batchNorm } from "./batch_norm.ts";
import { conv, depthwise } from "./convolution.ts";
import { flatten, linear } from "./dense.ts";
import { activation, add, concat, identity, input, mixed, multiply, zero } from "./pointwise.ts";
import { avgPool, globalAvgPool, maxPool } from "./pooling.ts";
import { upsample } from "./resample.ts";
import type { OpRules, ParamSpec, RulesFor } from "./rules.ts";

// Costs are counted once: shapes, parameters and MACs of every op come from this table.
const table: { readonly [K in OpName]: RulesFor<K> } = {
  input,
  conv,
  depthwise,
  batchNorm,
  relu: activation,
  relu6: activation,
  hswish: activation,
  swish: activation,
  sigmoid: activation,
  hsigmoid: activation,
  tanh: activation,
  avgPool,
  maxPool,
  globalAvgPool,
  upsample,
  flatten,
  linear,
  add,
  multiply,
  concat,
  mixed,
  identity,
  zero,
};

/** The rules of a node's op. */
export function rulesOf(node: Op): OpRules<Op> {
  const rules = Object.hasOwn(table, node.op) ? table[node.op] : undefined;
  if (rules === undefined) {
    throw new RangeError(
      `op must be one of ${Object.keys(table).join(", ")}, got ${JSON.stringify(node.op)}`,
    );
  }
  return rules as OpRules<Op>;
}

/** A node's trained arrays, given the shapes it reads. */
export function paramsOf(node: Op, inputs: readonly Shape[]): ParamSpec[] {
  return rulesOf(node).params?.(node, inputs) ?? [];
}

/** What a reader calls a node, e.g. `conv 3x3, 16, stride 2`. */
export function labelOf(node: Op): string {
  return rulesOf(node).label(node);
}
