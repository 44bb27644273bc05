import { firstNumbers, type Part, type PartValue, within, writeAt } from "./part.ts";

/** The values of a {@linkcode product}: one of each of its parts, under the part's key. */
export type ProductValue<P> = { readonly [K in keyof P]: PartValue<P[K]> };

/**
 * One value of each of several parts, independent of one another: an object for named parts, an
 * array for listed ones. Its size is the product of theirs.
 *
 * @throws {RangeError} When there are no parts.
 *
 * @example
 * ```ts
 * import { choice, product } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const block = product({ kernel: choice([3, 5, 7]), expansion: choice([3, 6]) });
 * assertEquals(block.size, 6n);
 * assertEquals(block.read([2, 0], 0), { kernel: 7, expansion: 3 });
 * assertEquals(block.decisions.map(({ name }) => name), ["kernel", "expansion"]);
 * ```
 */
export function product<
  const P extends { readonly [key: string]: Part<unknown> } | readonly Part<unknown>[],
>(
  parts: P,
): Part<ProductValue<P>> {
  const isList = Array.isArray(parts);
  const entries = Object.entries(parts) as [string, Part<unknown>][];
  if (entries.length === 0) throw new RangeError("Cannot make a product: got no parts");
  const keys = entries.map(([key]) => key);
  const offsets: number[] = [];
  const owners: number[] = [];
  entries.forEach(([, part], i) => {
    offsets.push(owners.length);
    owners.push(...part.decisions.map(() => i));
  });
  const members = entries.map(([, part]) => part);
  return {
    size: members.reduce((size, part) => size * part.size, 1n),
    decisions: entries.flatMap(([key, part]) =>
      within(isList ? String(Number(key) + 1) : key, part.decisions)
    ),
    allowed: (choices, start) => {
      const owner = owners[choices.length - start] as number;
      return (members[owner] as Part<unknown>).allowed(choices, start + (offsets[owner] as number));
    },
    draw: (rng, choices) => {
      for (const part of members) part.draw(rng, choices);
    },
    read: (choices, start) => {
      const values: unknown[] = members.map((part, i) =>
        part.read(choices, start + (offsets[i] as number))
      );
      return (isList ? values : toObject(keys, values)) as ProductValue<P>;
    },
    write: (value, choices) => {
      checkKeys(value, isList ? firstNumbers(keys.length).map(String) : keys, isList);
      entries.forEach(([key, part]) =>
        writeAt(key, () => part.write((value as { [key: string]: unknown })[key], choices))
      );
    },
  };
}

function toObject(keys: readonly string[], values: readonly unknown[]): { [key: string]: unknown } {
  const object: { [key: string]: unknown } = {};
  keys.forEach((key, i) => object[key] = values[i]);
  return object;
}

function checkKeys(value: unknown, keys: readonly string[], isList: boolean): void {
  const fits = typeof value === "object" && value !== null && Array.isArray(value) === isList &&
    Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));
  if (!fits) {
    const expected = isList ? `an array of ${keys.length}` : `an object of ${keys.join(", ")}`;
    throw new TypeError(`must be ${expected}, got ${JSON.stringify(value)}`);
  }
}
