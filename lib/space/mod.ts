/**
 * What can be built: search spaces, and the contract that all of them keep.
 *
 * @module
 */
export { spaceContract, type SpaceContractOptions } from "./contract.ts";
export { defineSpace, type SpaceDefinition } from "./define.ts";
export {
  type Evaluate,
  type EvaluateContext,
  type EvaluateRecipe,
  type Metrics,
  portable,
} from "./evaluate.ts";
export {
  nasBench201,
  type NasBench201Arch,
  nasBench201Cell,
  nasBench201Class,
  nasBench201Edges,
  type NasBench201Op,
  nasBench201Ops,
  type NasBench201Options,
} from "./nas_bench_201.ts";
export type { Decision, SearchSpace } from "./space.ts";
export { subspace, type SubspaceOptions } from "./subspace.ts";
