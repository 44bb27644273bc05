/**
 * All networks of a space in one, and the way back from it to one network.
 *
 * @module
 */
export {
  describeSupernet,
  type DescribeSupernetOptions,
  type SupernetDescription,
  type SupernetStep,
} from "./describe.ts";
export { discretise } from "./discretise.ts";
export { inheritWeights } from "./inherit_weights.ts";
export { pathGates } from "./path.ts";
export { keepWeights, shiftWeights } from "./shift_weights.ts";
export { type Supernet, supernetOf } from "./supernet.ts";
