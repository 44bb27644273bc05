/**
 * Networks as plain data: typed ops, shape inference, a builder and a text summary.
 *
 * @module
 */
export { GraphBuilder } from "./builder.ts";
export { choicesOf } from "./choices.ts";
export type { Graph, GraphNode, Shape } from "./graph.ts";
export { GraphError, inferShapes, inputShapes } from "./infer.ts";
export type { Op, OpName, Window } from "./op.ts";
export type { OpRules, ParamSpec, Storage } from "./ops/rules.ts";
export { formatShape } from "./ops/rules.ts";
export { labelOf, paramsOf, rulesOf } from "./ops/table.ts";
export { type FullWindow, fullWindow } from "./ops/window.ts";
export { withoutResiduals } from "./without_residuals.ts";
export { withInputSize, withWidth } from "./with_size.ts";
