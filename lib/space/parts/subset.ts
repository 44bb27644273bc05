import type { Json } from "../../engine/json.ts";
import { mapped } from "./mapped.ts";
import type { Part } from "./part.ts";
import { walk } from "./walk.ts";

/** Which subsets there are. */
export interface SubsetOptions {
  /** How many options a subset may have; any number when absent. */
  readonly sizes?: readonly number[];
}

/**
 * Some of several options, in their order: a yes or no for each, as far as the sizes leave a choice.
 * Its size is a sum of binomial coefficients.
 *
 * @param options Different plain JSON values; what is not a text is named by its JSON.
 * @throws {RangeError} When there are no options, two are the same, or a size is not from 0 to their
 *   number.
 *
 * @example Two of four inputs
 * ```ts
 * import { subset } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const inputs = subset([0, 1, 2, 3], { sizes: [2] });
 * assertEquals(inputs.size, 6n);
 * assertEquals(inputs.read([1, 0, 0, 1], 0), [0, 3]);
 * assertEquals(inputs.allowed([1, 1], 0), [0]);
 * ```
 */
export function subset<const T extends Json>(
  options: readonly T[],
  { sizes }: SubsetOptions = {},
): Part<readonly T[]> {
  const texts = options.map((option) => JSON.stringify(option));
  if (options.length === 0 || new Set(texts).size < texts.length) {
    throw new RangeError(
      `Cannot make a subset: options must be one or more different values, got ${
        JSON.stringify(options)
      }`,
    );
  }
  const isSize = (size: number) =>
    Number.isSafeInteger(size) && size >= 0 && size <= options.length;
  if (sizes !== undefined && !(sizes.length > 0 && sizes.every(isSize))) {
    throw new RangeError(
      `Cannot make a subset: sizes must be whole numbers from 0 to ${options.length}, got ${
        JSON.stringify(sizes)
      }`,
    );
  }
  const last = options.length - 1;
  const answers = walk({
    decisions: options.map((option, i) => ({
      name: typeof option === "string" ? option : texts[i] as string,
      options: ["no", "yes"],
    })),
    start: 0,
    next: (taken: number, answer, at): number | undefined => {
      // Without sizes nothing needs to be remembered.
      if (sizes === undefined) return 0;
      const count = taken + answer;
      return at < last || sizes.includes(count) ? count : undefined;
    },
  });
  return mapped(answers, {
    from: (yesOrNo): readonly T[] => options.filter((_, i) => yesOrNo[i] === "yes"),
    to: (taken) => {
      const wanted = new Set(Array.isArray(taken) ? taken.map((each) => JSON.stringify(each)) : []);
      const found = texts.map((text) => wanted.has(text));
      const inOrder = options.filter((_, i) => found[i]);
      const fits = sizes === undefined || sizes.includes(inOrder.length);
      if (!fits || JSON.stringify(inOrder) !== JSON.stringify(taken)) {
        throw new TypeError(
          `must be ${sizes === undefined ? "some" : sizes.join(" or ")} of ${
            texts.join(", ")
          } in this order, got ${JSON.stringify(taken)}`,
        );
      }
      return found.map((yes) => yes ? "yes" : "no");
    },
  });
}
