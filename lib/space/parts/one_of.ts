import {
  firstNumbers,
  notMade,
  type Part,
  type PartValue,
  weighted,
  within,
  writeAt,
} from "./part.ts";

/** A value of {@linkcode oneOf}: which alternative was taken, and its value. */
export type OneOfValue<P> = {
  readonly [K in keyof P & string]: { readonly kind: K; readonly value: PartValue<P[K]> };
}[keyof P & string];

/**
 * A value of one of several parts, tagged with the part's key, as `{ kind, value }`. Which one is the
 * first decision; those of the other parts are not made. Its size is the sum of theirs.
 *
 * @throws {RangeError} When there are no alternatives.
 *
 * @example A convolution has a kernel, a skip connection has nothing to decide
 * ```ts
 * import { choice, oneOf, product } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = oneOf({
 *   conv: product({ kernel: choice([1, 3, 5]), channels: choice([8, 16]) }),
 *   skip: choice([null]),
 * });
 * assertEquals(layer.size, 7n);
 * assertEquals(layer.read([1, 0, 0], 0), { kind: "skip", value: null });
 * assertEquals(layer.read([0, 2, 1], 0), { kind: "conv", value: { kernel: 5, channels: 16 } });
 * ```
 */
export function oneOf<const P extends { readonly [kind: string]: Part<unknown> }>(
  alternatives: P,
): Part<OneOfValue<P>> {
  const kinds = Object.keys(alternatives);
  const parts = Object.values(alternatives) as Part<unknown>[];
  if (kinds.length === 0) throw new RangeError("Cannot make oneOf: got no alternatives");
  const all = firstNumbers(kinds.length);
  const drawKind = weighted(parts.map(({ size }) => size));
  const head = kinds.length > 1 ? 1 : 0;
  const offsets: number[] = [];
  const owners: number[] = [];
  parts.forEach((part, i) => {
    offsets.push(head + owners.length);
    owners.push(...part.decisions.map(() => i));
  });
  const kindAt = (choices: readonly number[], start: number) =>
    head === 1 ? choices[start] as number : 0;
  const push = (kind: number, choices: number[], own: (part: Part<unknown>) => void) => {
    if (head === 1) choices.push(kind);
    parts.forEach((part, i) => {
      if (i === kind) own(part);
      else for (const _ of part.decisions) choices.push(0);
    });
  };
  return {
    size: parts.reduce((sum, { size }) => sum + size, 0n),
    decisions: [
      ...(head === 1 ? [{ name: "kind", options: kinds }] : []),
      ...parts.flatMap((part, i) => within(kinds[i] as string, part.decisions)),
    ],
    allowed: (choices, start) => {
      const at = choices.length - start;
      if (at < head) return all;
      const owner = owners[at - head] as number;
      return owner === kindAt(choices, start)
        ? (parts[owner] as Part<unknown>).allowed(choices, start + (offsets[owner] as number))
        : notMade;
    },
    draw: (rng, choices) => {
      const kind = head === 1 ? drawKind(rng) : 0;
      push(kind, choices, (part) => part.draw(rng, choices));
    },
    read: (choices, start) => {
      const kind = kindAt(choices, start);
      const value = (parts[kind] as Part<unknown>).read(choices, start + (offsets[kind] as number));
      return { kind: kinds[kind], value } as OneOfValue<P>;
    },
    write: (tagged, choices) => {
      const { kind: name, value } = (tagged ?? {}) as { kind?: string; value?: unknown };
      const kind = kinds.indexOf(name as string);
      if (kind < 0 || Object.keys(tagged).length !== 2 || value === undefined) {
        throw new TypeError(
          `must be { kind, value } of kind ${kinds.join(" or ")}, got ${JSON.stringify(tagged)}`,
        );
      }
      push(kind, choices, (part) => writeAt(name as string, () => part.write(value, choices)));
    },
  };
}
