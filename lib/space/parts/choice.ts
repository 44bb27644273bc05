import type { Json } from "../../engine/json.ts";
import { firstNumbers, type Part } from "./part.ts";

/**
 * One of several options. A choice of a single option is no decision: it is how a constant stands
 * among other parts.
 *
 * @param options Different plain JSON values; what is not a text is named by its JSON.
 * @throws {RangeError} When there are no options, or two are the same.
 *
 * @example
 * ```ts
 * import { choice } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const kernel = choice([3, 5, 7]);
 * assertEquals(kernel.size, 3n);
 * assertEquals(kernel.read([1], 0), 5);
 * assertEquals(kernel.decisions[0]?.options, ["3", "5", "7"]);
 * ```
 */
export function choice<const T extends Json>(options: readonly T[]): Part<T> {
  const texts = options.map(textOf);
  if (options.length === 0 || new Set(texts).size < texts.length) {
    throw new RangeError(
      `Cannot make a choice: options must be one or more different values, got ${
        JSON.stringify(options)
      }`,
    );
  }
  const indices = new Map(options.map((option, i) => [JSON.stringify(option), i]));
  const all = firstNumbers(options.length);
  const isOpen = options.length > 1;
  return {
    size: BigInt(options.length),
    decisions: isOpen ? [{ name: "", options: texts }] : [],
    allowed: () => all,
    draw: (rng, choices) => {
      if (isOpen) choices.push(rng.int(options.length));
    },
    read: (choices, start) => options[isOpen ? choices[start] as number : 0] as T,
    write: (value, choices) => {
      const index = indices.get(JSON.stringify(value));
      if (index === undefined) {
        throw new TypeError(`must be one of ${texts.join(", ")}, got ${JSON.stringify(value)}`);
      }
      if (isOpen) choices.push(index);
    },
  };
}

function textOf(option: Json): string {
  return typeof option === "string" ? option : JSON.stringify(option);
}
