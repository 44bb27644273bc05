/** What a number measures; in the kit its unit is 1, the byte, the millisecond or the microjoule. */
export type Dimension = "count" | "memory" | "time" | "energy";

// Sizes of memory are powers of two, whatever prefix they are written with: a board with "320 kB"
// of SRAM has 327,680 bytes.
const units: { readonly [name: string]: readonly [dimension: Dimension, factor: number] } = {
  "": ["count", 1],
  "%": ["count", 0.01],
  k: ["count", 1e3],
  K: ["count", 1e3],
  M: ["count", 1e6],
  G: ["count", 1e9],
  B: ["memory", 1],
  kB: ["memory", 1024],
  KB: ["memory", 1024],
  KiB: ["memory", 1024],
  MB: ["memory", 1024 ** 2],
  MiB: ["memory", 1024 ** 2],
  GB: ["memory", 1024 ** 3],
  GiB: ["memory", 1024 ** 3],
  us: ["time", 1e-3],
  µs: ["time", 1e-3],
  ms: ["time", 1],
  s: ["time", 1e3],
  nJ: ["energy", 1e-3],
  uJ: ["energy", 1],
  µJ: ["energy", 1],
  mJ: ["energy", 1e3],
  J: ["energy", 1e6],
};

const dimensions: { readonly [metric: string]: Dimension } = {
  params: "count",
  macs: "count",
  activations: "count",
  accuracy: "count",
  peakMemory: "memory",
  flash: "memory",
  latency: "time",
  energy: "energy",
};

/** What a metric measures; `undefined` for metrics that the kit does not know. */
function dimensionOf(metric: string): Dimension | undefined {
  return Object.hasOwn(dimensions, metric) ? dimensions[metric] : undefined;
}

/**
 * Reads a quantity of a metric: a number with a unit, in the unit that the kit counts the metric in.
 *
 * | metric | unit of the kit | units that can be written |
 * | --- | --- | --- |
 * | `params`, `macs`, `activations` | 1 | none, `k`, `M`, `G` (powers of 1,000) |
 * | `accuracy` | 1 | none, `%` |
 * | `peakMemory`, `flash` | byte | `B`, `kB` or `KiB`, `MB` or `MiB`, `GB` or `GiB` (powers of 1,024) |
 * | `latency` | millisecond | `us` or `µs`, `ms`, `s` |
 * | `energy` | microjoule | `nJ`, `uJ` or `µJ`, `mJ`, `J` |
 *
 * `kB` and `MB` are powers of 1,024 as in the data sheets of microcontrollers, which write 320 kB for
 * 327,680 bytes of SRAM. For other metrics any of these units may stand.
 *
 * @throws {SyntaxError} When the text is not a number with a unit.
 * @throws {RangeError} When the unit does not fit the metric.
 *
 * @example
 * ```ts
 * import { parseQuantity } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseQuantity("macs", "5 M"), 5_000_000);
 * assertEquals(parseQuantity("peakMemory", "320 kB"), 327_680);
 * assertEquals(parseQuantity("latency", "0.5 s"), 500);
 * ```
 */
export function parseQuantity(metric: string, text: string): number {
  const fail = (reason: string) =>
    `Cannot read ${JSON.stringify(text)} as a quantity of "${metric}": ${reason}`;
  const match = /^\s*([+-]?(?:\d[\d_,]*)(?:\.\d+)?(?:e[+-]?\d+)?)\s*(\S*)\s*$/.exec(text);
  const unit = match?.[2] ?? "";
  if (match === null) throw new SyntaxError(fail('expected a number and a unit, as in "320 kB"'));
  if (!Object.hasOwn(units, unit)) {
    const known = Object.keys(units).filter((name) => name !== "").join(", ");
    throw new SyntaxError(fail(`unit must be one of ${known}, got "${unit}"`));
  }
  const [dimension, factor] = units[unit] as (typeof units)[string];
  const expected = dimensionOf(metric);
  if (expected !== undefined && dimension !== expected) {
    const fitting = Object.keys(units).filter((name) =>
      units[name]?.[0] === expected && name !== ""
    );
    const got = unit === "" ? "none" : `"${unit}"`;
    throw new RangeError(fail(`unit must be one of ${fitting.join(", ")}, got ${got}`));
  }
  return Number((match[1] as string).replaceAll(/[_,]/g, "")) * factor;
}

/**
 * A metric's value as text with its unit, e.g. `320 kB`, `12.5 ms`, `5,000,000`.
 *
 * Sizes of memory are written in the largest unit of which they are a multiple of a hundredth, so that
 * nothing is rounded away.
 *
 * @example
 * ```ts
 * import { formatQuantity } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatQuantity("peakMemory", 327_680), "320 kB");
 * assertEquals(formatQuantity("peakMemory", 327_681), "327,681 B");
 * assertEquals(formatQuantity("macs", 5e6), "5,000,000");
 * ```
 */
export function formatQuantity(metric: string, value: number): string {
  const number = (scaled: number) => scaled.toLocaleString("en-US");
  switch (dimensionOf(metric)) {
    case "memory": {
      const unit = ["GB", "MB", "kB"].find((name) => {
        const hundredths = value * 100 / (units[name] as (typeof units)[string])[1];
        return hundredths >= 100 && Number.isInteger(hundredths);
      }) ?? "B";
      return `${number(value / (units[unit] as (typeof units)[string])[1])} ${unit}`;
    }
    case "time":
      return `${number(value)} ms`;
    case "energy":
      return `${number(value)} µJ`;
    default:
      return number(value);
  }
}
