import type { Shape } from "../graph.ts";
import type { Op, OpName } from "../op.ts";

/** A trained array of a node. */
export interface ParamSpec {
  /** Its name within the node. */
  readonly name: "weight" | "bias" | "gamma" | "beta";
  /** Its shape: filters `[kernel, kernel, in, out]`, linear weights `[in, out]`, others `[channels]`. */
  readonly shape: readonly number[];
  /** Values that meet in one output, for initialisers; 0 for scales and shifts. */
  readonly fanIn: number;
}

/**
 * Where an op's value goes on a device. `"own"`: into memory of its own. `"overwrites"`: element by
 * element, so it may take the place of an input that nothing reads later. `"view"`: it is its input's
 * memory, read in another shape. `"constant"`: into memory of its own, and the input is not read.
 */
export type Storage = "own" | "overwrites" | "view" | "constant";

/** All that the kit needs to know of an op to reason about it without running it. */
export interface OpRules<N extends Op> {
  /** How many inputs it takes, at least and at most. */
  readonly arity: readonly [least: number, most: number];
  /** The shape it returns. Throws a `RangeError` with the reason when the inputs do not fit. */
  shape(node: N, inputs: readonly Shape[]): Shape;
  /** Its trained arrays; none when absent. */
  params?(node: N, inputs: readonly Shape[]): ParamSpec[];
  /** Multiply-accumulates for one sample, bias additions left out; 0 when absent. */
  macs?(node: N, inputs: readonly Shape[], output: Shape): number;
  /** Where its value goes on a device; `"own"` when absent. */
  readonly storage?: Storage;
  /** What a reader calls it, e.g. `conv 3x3, 16, stride 2`. */
  label(node: N): string;
}

/** The rules for the op with a given name. */
export type RulesFor<K extends OpName> = OpRules<OpNamed<K, Op>>;

// Distributes over the union; members that share one shape (the activations) match each of their names.
type OpNamed<K, N> = N extends Op ? K extends N["op"] ? N : never : never;

/** The one input of an op that takes one. */
export function only(inputs: readonly Shape[]): Shape {
  return inputs[0] as Shape;
}

/** The one input of an op that takes an image. */
export function image(inputs: readonly Shape[]): readonly [number, number, number] {
  const shape = only(inputs);
  if (shape.length !== 3) {
    throw new RangeError(`needs an image [height, width, channels], got ${formatShape(shape)}`);
  }
  return shape;
}

/** The channels (or features) of a shape: its last axis. */
export function channelsOf(shape: Shape): number {
  return shape[shape.length - 1] as number;
}

/** How many numbers a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** A shape as text, e.g. `[16, 16, 8]`. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** Throws unless the value is a whole number of at least `least`. */
export function requireWhole(value: number, name: string, least = 1): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be a whole number of at least ${least}, got ${value}`);
  }
  return value;
}
