import { animated } from "./animation.ts";
import { checkFilled } from "./checks.ts";
import type { Figure, FigureFrame } from "./figure.ts";
import { extremesOf, heatMap, type HeatMapOptions, numbersIn } from "./heat_map.ts";

/** A state of the matrix in {@linkcode animatedHeatMap}. */
export interface AnimatedFrame {
  /** When it is, e.g. `"epoch 12"`; stands at the slider. */
  readonly name: string;
  /** The numbers, `z[row][column]`; `null` leaves a cell empty. */
  readonly z: readonly (readonly (number | null)[])[];
}

/** Options of {@linkcode animatedHeatMap}. */
export interface AnimatedHeatMapOptions extends Omit<HeatMapOptions, "frames" | "range"> {
  /** The numbers that the ends of the colour scale stand for; the extremes of all frames when absent. */
  readonly range?: readonly [low: number, high: number];
  /** The name of the frame that the figure begins with, and that a picture shows; the last when absent. */
  readonly shown?: string;
}

/** Of a number so many digits are kept: a colour shows fewer, and the figure stays small. */
const DIGITS = 6;

/**
 * Draws a matrix that changes, e.g. the weights of operations over epochs, as a heat map with a slider and
 * buttons that lead through its states. A colour means the same number in all of them. Where nothing can
 * move, in pictures, one state is shown and the controls are not.
 *
 * @param frames The states in their order; numbers are kept to six significant digits.
 * @param options Title, labels, colours, which state is shown first. The height is that of the picture; the
 * controls come on top of it.
 * @throws {RangeError} When there is no frame, two have the same name, their matrices are not alike in
 * size, `shown` names none, or a heat map could not be drawn of one.
 *
 * @example The weights of two operations over three epochs
 * ```ts
 * import { animatedHeatMap } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = animatedHeatMap([
 *   { name: "epoch 0", z: [[0.5, 0.5], [0.5, 0.5]] },
 *   { name: "epoch 1", z: [[0.4, 0.6], [0.7, 0.3]] },
 *   { name: "epoch 2", z: [[0.2, 0.8], [0.9, 0.1]] },
 * ], {
 *   title: "The second edge comes to skip",
 *   xLabels: ["skip", "conv"],
 *   yLabels: ["0→1", "0→2"],
 *   colorLabel: "weight",
 *   range: [0, 1],
 *   annotate: true,
 * });
 * assertEquals(figure.frames!.map(({ name }) => name), ["epoch 0", "epoch 1", "epoch 2"]);
 * assertEquals(figure.data[0]!.z, [[0.2, 0.8], [0.9, 0.1]]);
 * ```
 */
export function animatedHeatMap(
  frames: readonly AnimatedFrame[],
  options: AnimatedHeatMapOptions,
): Figure {
  const task = "draw an animated heat map";
  checkFilled(task, "frames", frames);
  const numbers = frames.flatMap(({ z }, i) => numbersIn(task, `frames[${i}].z`, z));
  const sizes = frames.map(({ z }) => `${z.length} × ${z[0]!.length}`);
  const names = frames.map(({ name }) => name);
  names.forEach((name, i) => {
    if (names.indexOf(name) < i) {
      throw new RangeError(`Cannot ${task}: frames must have different names, got "${name}" twice`);
    }
    if (sizes[i] !== sizes[0]) {
      throw new RangeError(
        `Cannot ${task}: frames[${i}].z must be ${sizes[0]} numbers like the first, got ${
          sizes[i]
        }`,
      );
    }
  });
  const { shown = names.at(-1)!, scale = "sequential", ...others } = options;
  const first = names.indexOf(shown);
  if (first < 0) {
    throw new RangeError(`Cannot ${task}: shown must be the name of a frame, got "${shown}"`);
  }
  const states = frames.map(({ name, z }): FigureFrame => ({
    name,
    data: [{ z: z.map((row) => row.map((value) => value === null ? null : rounded(value))) }],
    traces: [0],
  }));
  const range = options.range ?? extremesOf(numbers, scale);
  const base = heatMap(states[first]!.data[0]!.z as AnimatedFrame["z"], {
    ...others,
    scale,
    range,
  });
  return animated(base, states, first);
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
