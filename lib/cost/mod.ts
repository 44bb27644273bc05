/**
 * What a network costs before it is run, and limits on it.
 *
 * @module
 */
export { atLeast, atMost, type Constraint, describeConstraint, violated } from "./constraint.ts";
export { cost, type CostOptions, type Costs, type NodeCost } from "./cost.ts";
export { summary } from "./summary.ts";
