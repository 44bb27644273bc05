import { codeAgreement } from "./code_agreement.ts";
import { distinctPatterns } from "./distinct_patterns.ts";
import type { Codes } from "./lower_codes.ts";
import type { Value } from "./lowering.ts";
import type { Region } from "./region.ts";
import type { Regions } from "./regions.ts";

/** What a plan keeps of a run, by node. It must have its addresses. */
export interface Kept {
  /** Values, and their gradients. */
  readonly taps: ReadonlyMap<string, Value>;
  /** Which numbers are above zero. */
  readonly ends: { readonly codes: ReadonlyMap<string, Codes> };
}

/** Reads the values that a plan keeps, their gradients, and which of their numbers are above zero. */
export class Taps {
  readonly #kept: Kept;
  readonly #regions: Regions;
  #count = 0;
  #wentBack = false;

  /** Of a plan with such regions. What is kept may be another thing in each run. */
  constructor(kept: Kept, regions: Regions) {
    this.#kept = kept;
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

  /** On how many numbers of nodes each pair of images agreed in the last run; of all coded nodes when absent. */
  codeAgreement(nodes: Iterable<string> = this.#kept.ends.codes.keys()): Float64Array {
    return codeAgreement(this.#coded(nodes), this.#bits());
  }

  /** How many different patterns the numbers of nodes had in the last run; of all coded nodes when absent. */
  distinctPatterns(nodes: Iterable<string> = this.#kept.ends.codes.keys()): number {
    return distinctPatterns(this.#coded(nodes), this.#bits());
  }

  #coded(nodes: Iterable<string>): Codes[] {
    return [...nodes].map((node) => {
      const found = this.#kept.ends.codes.get(node);
      if (found !== undefined) return found;
      throw new RangeError(
        `Cannot compare the codes of "${node}": the plan was compiled without it in \`codes\`, or ` +
          "its gates leave it out",
      );
    });
  }

  #bits() {
    this.#requireRun("compare codes");
    return {
      count: this.#count,
      read: ({ region, pitch }: Codes) =>
        this.#regions.gather(region, { count: this.#count, size: pitch }),
    };
  }

  #find(node: string, what: string): Value {
    const value = this.#kept.taps.get(node);
    if (value === undefined) {
      throw new RangeError(
        `Cannot read the ${what}: the plan was compiled without it in \`keep\`, or ` +
          "its gates leave it out",
      );
    }
    this.#requireRun(`read the ${what}`);
    return value;
  }

  #requireRun(what: string): void {
    if (this.#count === 0) throw new TypeError(`Cannot ${what}: the plan has not run yet`);
  }

  #read({ size }: Value, region: Region): Float32Array {
    return this.#regions.gather(region, { count: this.#count, size });
  }
}
