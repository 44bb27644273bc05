import type { Value } from "./lowering.ts";
import type { Region } from "./region.ts";
import type { Regions } from "./regions.ts";

/** Reads the values that a plan keeps, and their gradients. */
export class Taps {
  readonly #values: ReadonlyMap<string, Value>;
  readonly #regions: Regions;
  #count = 0;
  #wentBack = false;

  /** Takes the values by node, which must have their addresses. */
  constructor(values: ReadonlyMap<string, Value>, regions: Regions) {
    this.#values = values;
    this.#regions = regions;
  }

  /** A run begins, of so many images. */
  begin(count: number): void {
    this.#count = count;
    this.#wentBack = false;
  }

  /** The run went back to the gradients as well. */
  goBack(): void {
    this.#wentBack = true;
  }

  /** A copy of a node's value in the last run. */
  activation(node: string): Float32Array {
    const what = `activation of "${node}"`;
    const value = this.#find(node, what);
    return this.#read(value, value.region);
  }

  /** A copy of the gradient of a node's value in the last run. */
  gradient(node: string): Float32Array {
    const what = `gradient of the activation of "${node}"`;
    const value = this.#find(node, what);
    if (!this.#wentBack) {
      throw new TypeError(`Cannot read the ${what}: the last run computed no gradients`);
    }
    return this.#read(value, value.gradient as Region);
  }

  #find(node: string, what: string): Value {
    const value = this.#values.get(node);
    if (value === undefined) {
      throw new RangeError(`Cannot read the ${what}: the plan was compiled without it in \`keep\``);
    }
    if (this.#count === 0) throw new TypeError(`Cannot read the ${what}: the plan has not run yet`);
    return value;
  }

  #read({ size }: Value, region: Region): Float32Array {
    return this.#regions.gather(region, { count: this.#count, size });
  }
}
