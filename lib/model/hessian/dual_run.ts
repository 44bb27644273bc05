import { heap } from "../../engine/heap.ts";
import { floatsOf, type Machine } from "../../engine/machine.ts";
import { type GraphNode, paramsOf, type Shape } from "../../graph/mod.ts";
import type { Model } from "../model.ts";
import type { Analysis } from "../plan/analyse.ts";
import { sizeOf } from "../plan/lowering.ts";
import type { PlanStatistics } from "../plan/schedule.ts";
import { Pool } from "./pool.ts";

/**
 * Two arrays of the images' values, the second right after the first, so that together they are an array of
 * twice the images: what is linear does its work on both at once.
 */
export interface Pair {
  /** Floats for each image. */
  readonly size: number;
  /** The address of a value, or of the slope by a value. */
  readonly value: number;
  /** The address of that value's tangent, or of the slope by the tangent. */
  readonly tangent: number;
}

/** What a node's op computes, and how that changes along the direction. */
export interface Dual extends Pair {
  /** Whether any weights lie behind it. */
  readonly differentiable: boolean;
  /** The slope of the directional derivative by both, once a reader has contributed to it. */
  slope?: Pair;
}

/** A trained array, by addresses. */
export interface DualParam {
  /** How many floats it holds. */
  readonly floats: number;
  /** Its values. */
  readonly value: number;
  /** How it moves; 0 where it does not. */
  readonly direction: number;
  /** Where the gradient of the loss by it is written. */
  readonly gradient: number;
  /** Where its part of the product of the Hessian and the direction is written. */
  readonly product: number;
}

/** Goes back through a node, given the slope of the directional derivative by its dual. */
export type Backward = (slope: Pair) => void;

/** What a run is of. */
export interface DualRunOptions {
  readonly model: Model;
  readonly analysis: Analysis;
  readonly images: Float32Array;
  readonly count: number;
  readonly direction: ReadonlyMap<string, ArrayLike<number>>;
  readonly statistics: PlanStatistics;
}

/** One run of a network on duals, at once: where ops find their inputs, and memory. */
export class DualRun {
  /** Runs the kernels. */
  readonly machine: Machine = heap;
  /** The pixels. */
  readonly images: Float32Array;
  /** How many images there are. */
  readonly count: number;
  /** Which statistics batch norms use. */
  readonly statistics: PlanStatistics;
  readonly #model: Model;
  readonly #analysis: Analysis;
  readonly #direction: ReadonlyMap<string, ArrayLike<number>>;
  readonly #pool = new Pool();
  readonly #duals = new Map<string, Dual>();
  readonly #params = new Map<string, DualParam>();

  /** Starts without values. */
  constructor({ model, analysis, images, count, direction, statistics }: DualRunOptions) {
    this.#model = model;
    this.#analysis = analysis;
    this.images = images;
    this.count = count;
    this.#direction = direction;
    this.statistics = statistics;
  }

  /** The shape of the value that a node returns. */
  shapeOf(node: string): Shape {
    return this.#analysis.shapes.get(node) as Shape;
  }

  /** The shape of one of the values that a node reads. */
  inputShape(node: GraphNode, index = 0): Shape {
    return this.shapeOf(node.inputs[index] as string);
  }

  /** A node's dual. */
  dual(node: string): Dual {
    return this.#duals.get(this.#analysis.rootOf(node)) as Dual;
  }

  /** The duals that a node reads. */
  inputs(node: GraphNode): Dual[] {
    return node.inputs.map((name) => this.dual(name));
  }

  /** The only dual that a node reads. */
  input(node: GraphNode): Dual {
    return this.dual(node.inputs[0] as string);
  }

  /** Makes a node's dual, which holds anything. */
  define(node: GraphNode, differentiable = this.#dependsOnWeights(node)): Dual {
    const dual = { ...this.pair(sizeOf(this.shapeOf(node.name))), differentiable };
    this.#duals.set(node.name, dual);
    return dual;
  }

  /** Memory for a pair. */
  pair(size: number): Pair {
    const floats = size * this.count;
    const value = this.#pool.take(8 * floats);
    return { size, value, tangent: value + 4 * floats };
  }

  /** Gives a pair's memory back. */
  release({ value }: Pair): void {
    this.#pool.give(value);
  }

  /** Memory that lasts as long as the run. */
  take(bytes: number): number {
    return this.#pool.take(bytes);
  }

  /** Memory that lasts as long as a function runs. */
  borrow(floats: number, use: (address: number) => void): void {
    const address = this.#pool.take(4 * floats);
    use(address);
    this.#pool.give(address);
  }

  /** A view on floats. It is dead after the next allocation: use it at once. */
  floats(address: number, count: number): Float32Array {
    return floatsOf(this.machine, address, count);
  }

  /** One of a node's trained arrays. */
  param(node: GraphNode, name: "weight" | "bias" | "gamma" | "beta"): DualParam | undefined {
    const full = `${node.name}.${name}`;
    const variable = this.#model.params.get(full);
    if (variable === undefined) return undefined;
    const { size: floats } = variable, moves = this.#direction.get(full);
    const put = (values: ArrayLike<number>) => {
      const address = this.take(4 * floats);
      this.floats(address, floats).set(values);
      return address;
    };
    const made = {
      floats,
      value: put(variable.dataSync()),
      direction: moves ? put(moves) : 0,
      gradient: this.take(4 * floats),
      product: this.take(4 * floats),
    };
    this.#params.set(full, made);
    return made;
  }

  /** One of a batch norm's running statistics. */
  statistic(node: GraphNode, name: "mean" | "variance"): Float32Array {
    return this.#model.statistics.get(`${node.name}.${name}`)?.dataSync() as Float32Array;
  }

  /**
   * Adds to the slope by a dual: calls `write` with where it is, and whether it is to be added to or,
   * as the first, written over. Does nothing where no weights lie behind.
   */
  contribute(to: Dual, write: (slope: Pair, accumulate: 0 | 1) => void): void {
    if (!to.differentiable) return;
    const accumulate = to.slope ? 1 : 0;
    to.slope ??= this.pair(to.size);
    write(to.slope, accumulate);
  }

  /** Copies of the gradients, or of the products, in the order of the model; zeros where none was written. */
  results(of: "gradient" | "product"): Map<string, Float32Array> {
    return new Map(
      [...this.#model.params].map(([name, { size }]) => {
        const param = this.#params.get(name);
        return [name, param ? this.floats(param[of], size).slice() : new Float32Array(size)];
      }),
    );
  }

  /** Frees all memory. */
  dispose(): void {
    this.#pool.dispose();
  }

  #dependsOnWeights(node: GraphNode): boolean {
    const shapes = node.inputs.map((name) => this.shapeOf(name));
    return paramsOf(node, shapes).length > 0 ||
      this.inputs(node).some(({ differentiable }) => differentiable);
  }
}
