import type { EvaluateRecipe } from "./evaluate.ts";

/**
 * What a recipe makes: how another thread gets what cannot be sent there.
 *
 * @throws {TypeError} When the module exports no such function.
 */
export async function madeFrom<T>({ module, factory, args }: EvaluateRecipe): Promise<T> {
  const exports = await import(module);
  if (typeof exports[factory] === "function") return await exports[factory](...args);
  const names = Object.keys(exports).map((name) => `"${name}"`).join(", ");
  throw new TypeError(`the module exports no such function, only ${names || "nothing"}`);
}
