import { madeFrom } from "../../space/made_from.ts";
import type { EvaluateRecipe } from "../../space/evaluate.ts";
import type { StrategyMaker } from "../strategy.ts";

/** A strategy as another thread gets it: how to make it, the strategies in its arguments included. */
export interface PackedStrategy {
  /** Marks it among the arguments of another one. */
  readonly isPackedStrategy: true;
  /** How to make it. */
  readonly recipe: EvaluateRecipe;
}

/** What can be sent of a strategy; `undefined` when it, or one that it is made of, has no recipe. */
export function packStrategy({ recipe }: StrategyMaker): PackedStrategy | undefined {
  if (recipe === undefined) return undefined;
  try {
    const args = recipe.args.map((arg) => mapped(arg, packPart));
    return { isPackedStrategy: true, recipe: { ...recipe, args } };
  } catch (error) {
    if (error instanceof NoRecipe) return undefined;
    throw error;
  }
}

/** Makes a strategy that was sent. */
export async function unpackStrategy({ recipe }: PackedStrategy): Promise<StrategyMaker> {
  const parts: Promise<unknown>[] = [];
  const collect = (value: unknown) => {
    if (isPacked(value)) parts.push(unpackStrategy(value));
    return isPacked(value) ? parts.length - 1 : undefined;
  };
  // First all of them are on their way, then each takes its place.
  recipe.args.forEach((arg) => mapped(arg, collect));
  const made = await Promise.all(parts);
  let next = 0;
  const place = (value: unknown) => isPacked(value) ? made[next++] : undefined;
  return madeFrom({ ...recipe, args: recipe.args.map((arg) => mapped(arg, place)) });
}

class NoRecipe extends Error {}

function packPart(value: unknown): unknown {
  if (typeof value !== "function") return undefined;
  const packed = packStrategy(value as StrategyMaker);
  if (packed === undefined) throw new NoRecipe();
  return packed;
}

function isPacked(value: unknown): value is PackedStrategy {
  return typeof value === "object" && value !== null && "isPackedStrategy" in value;
}

/** A copy of plain data with what `replace` gives in place of the parts for which it gives anything. */
function mapped(value: unknown, replace: (value: unknown) => unknown): unknown {
  const other = replace(value);
  if (other !== undefined) return other;
  if (Array.isArray(value)) return value.map((item) => mapped(item, replace));
  if (typeof value !== "object" || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, mapped(item, replace)]),
  );
}
