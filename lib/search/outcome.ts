import type { Metrics } from "../space/evaluate.ts";
import type { Candidate } from "./candidate.ts";
import type { Goal } from "./strategy.ts";

/** What an evaluation gave, sorted into numbers and curves and joined with the costs. */
export interface Outcome {
  readonly metrics: { readonly [name: string]: number };
  readonly curves: { readonly [name: string]: readonly number[] };
}

/**
 * Sorts what an evaluation returned.
 *
 * @throws {TypeError} When it is not an object of numbers and arrays of numbers.
 * @throws {RangeError} When a number is not finite, a goal's metric did not come, or a metric
 * has the name of a cost but not its value.
 */
export function sortMetrics(
  returned: Metrics,
  costs: Candidate["costs"],
  goals: readonly Goal[],
): Outcome {
  if (typeof returned !== "object" || returned === null || Array.isArray(returned)) {
    throw new TypeError(
      `evaluate must return an object of metrics, got ${
        Array.isArray(returned) ? "an array" : returned
      }`,
    );
  }
  const metrics: { [name: string]: number } = { ...costs };
  const curves: { [name: string]: readonly number[] } = {};
  for (const [name, value] of Object.entries(returned)) {
    checkNumbers(name, value);
    if (Object.hasOwn(costs, name) && value !== costs[name]) {
      throw new RangeError(
        `evaluate gave ${name} = ${value}, but the cost ${name} is ${
          costs[name]
        }; give it another name`,
      );
    }
    if (typeof value === "number") metrics[name] = value;
    else curves[name] = value;
  }
  for (const { metric: wanted } of goals) {
    if (metrics[wanted] !== undefined) continue;
    const came = Object.keys(returned).map((name) => `"${name}"`).join(", ");
    throw new RangeError(
      `the objective is "${wanted}", but evaluate gave ${came === "" ? "no metrics" : came}` +
        (Object.hasOwn(curves, wanted) ? ` ("${wanted}" as an array)` : ""),
    );
  }
  return { metrics, curves };
}

function checkNumbers(name: string, value: unknown): void {
  const numbers: unknown[] = Array.isArray(value) ? value : [value];
  const bad = numbers.findIndex((number) => !Number.isFinite(number));
  if (bad < 0) return;
  const place = Array.isArray(value) ? `${name}[${bad}]` : name;
  const found = numbers[bad];
  if (typeof found === "number") {
    throw new RangeError(`evaluate gave ${place} = ${found}; metrics must be finite`);
  }
  throw new TypeError(
    `evaluate gave ${place} of type ${
      found === null ? "null" : typeof found
    }; a metric is a number or an array of numbers`,
  );
}
