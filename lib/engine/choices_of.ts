import type { Rng } from "./rng.ts";

/** Whole numbers, items and orders, by a stream of floats in [0, 1). */
export function choicesOf(draw: () => number): Pick<Rng, "int" | "pick" | "shuffle"> {
  const int = (bound: number): number => {
    if (!Number.isSafeInteger(bound) || bound < 1) {
      throw new RangeError(
        `Cannot draw an integer: bound must be a positive integer, got ${bound}`,
      );
    }
    return Math.floor(draw() * bound);
  };
  const pick = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new RangeError("Cannot pick: items is empty");
    return items[int(items.length)] as T;
  };
  const shuffle = <T>(items: readonly T[]): T[] => {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = int(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  };
  return { int, pick, shuffle };
}
