import { floatsOf, type Machine } from "../../engine/machine.ts";
import { tf } from "../../engine/tf.ts";
import { requireFinite } from "../all_finite.ts";
import { initialValues } from "../init.ts";
import type { BuildOptions, Model } from "../model.ts";
import type { Parameters } from "./parameters.ts";
import type { Plan } from "./plan.ts";
import type { Region } from "./region.ts";

/** A plan's weights and statistics, read and written as whole arrays. */
export class Arrays {
  readonly #machine: Machine;
  readonly #parameters: Parameters;
  readonly #regions: ReadonlyMap<string, Region>;

  /** Takes the regions, which must have their addresses. */
  constructor(machine: Machine, parameters: Parameters) {
    this.#machine = machine;
    this.#parameters = parameters;
    const params = [...parameters.params].map(([name, { values }]) => [name, values] as const);
    this.#regions = new Map([...params, ...parameters.statistics]);
  }

  /** A view on an array. It is dead after the next allocation. */
  view(name: string): Float32Array {
    const region = this.#regions.get(name);
    if (region === undefined) {
      throw new RangeError(`Cannot find the array "${name}": the plan has none of this name`);
    }
    return floatsOf(this.#machine, region.address, region.floats);
  }

  /** Writes an array. */
  write(name: string, values: ArrayLike<number>): void {
    const view = this.view(name);
    if (values.length !== view.length) {
      throw new RangeError(
        `Cannot write the array "${name}": it holds ${view.length} numbers, got ${values.length}`,
      );
    }
    requireFinite(name, values, "Cannot write the array:");
    view.set(values);
  }

  /** Copies from a model. */
  load(model: Model): void {
    const variables = this.#variablesOf(model, "load");
    const arrays = [...variables].map(([name, variable]) => [name, variable.dataSync()] as const);
    for (const [name, values] of arrays) {
      requireFinite(name, values, "Cannot load the model:");
    }
    for (const [name, values] of arrays) this.view(name).set(values);
  }

  /** Copies to a model. */
  store(model: Model): void {
    const variables = this.#variablesOf(model, "store");
    for (const [name, variable] of variables) {
      // Sliced because tfjs may keep the array, and the heap may move under a view.
      const values = this.view(name).slice();
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
    }
  }

  /** Copies to another plan of the same graph. */
  copyTo(plan: Plan): void {
    for (const name of this.#regions.keys()) plan.setWeights(name, this.view(name));
  }

  #variablesOf(model: Model, action: string): Map<string, tf.Variable> {
    const variables = new Map([...model.params, ...model.statistics]);
    for (const [name, { floats }] of this.#regions) {
      const size = variables.get(name)?.size;
      if (size !== floats) {
        throw new RangeError(
          `Cannot ${action} the model: the plan's "${name}" holds ${floats} numbers, the model's ` +
            `${size ?? "does not exist"}`,
        );
      }
    }
    const extra = [...variables.keys()].find((name) => !this.#regions.has(name));
    if (extra !== undefined) {
      throw new RangeError(`Cannot ${action} the model: the plan has no array "${extra}"`);
    }
    return variables;
  }

  /** Draws fresh weights; statistics start at mean 0, variance 1. */
  initialise({ rng, init = "heNormal" }: BuildOptions): void {
    for (const [name, { spec }] of this.#parameters.params) {
      this.view(name).set(initialValues(spec, init, rng.split(name)));
    }
    for (const name of this.#parameters.statistics.keys()) {
      this.view(name).fill(name.endsWith(".mean") ? 0 : 1);
    }
  }

  /** Throws a `RangeError` naming the first array that is not finite. */
  requireFinite(): void {
    for (const name of this.#regions.keys()) {
      requireFinite(name, this.view(name), "The array");
    }
  }
}
