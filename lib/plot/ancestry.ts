import { checkFilled, checkNumber } from "./checks.ts";
import type { Figure, Trace } from "./figure.ts";
import { labelNotes } from "./label_notes.ts";
import {
  axisOf,
  type Baseline,
  baselineParts,
  colorOf,
  FAINT,
  type FigureOptions,
  label,
  layoutOf,
} from "./theme.ts";

/** A trial in {@linkcode ancestry}. */
export interface AncestryTrial {
  /** Its place in the search. */
  readonly index: number;
  /** How good it is. */
  readonly value: number;
  /** The indices of the trials that it descends from; none when absent. */
  readonly parents?: readonly number[];
  /** What is written beside it where it is an ancestor, e.g. what changed; nothing when absent. */
  readonly label?: string;
}

/** Options of {@linkcode ancestry}. */
export interface AncestryOptions extends FigureOptions {
  /** The index of the trial whose ancestors are drawn. */
  readonly of: number;
  /** What the values are, with their unit. */
  readonly yLabel: string;
  /** What is on the x axis; `"trial"` when absent. */
  readonly xLabel?: string;
  /** A value to compare with, e.g. the best there is. */
  readonly baseline?: Baseline;
}

/**
 * Draws where a trial comes from: all trials by when they were tried and how good they are, and among
 * them the ancestors of one, with a line from each to its children on the way.
 *
 * @param trials The trials; those without a value left out.
 * @param options Whose ancestors; title, labels.
 * @throws {RangeError} When there is no trial, a number is not finite, two have the same index, `of`
 * names none, or an ancestor is missing or does not come before its child.
 *
 * @example
 * ```ts
 * import { ancestry } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = ancestry([
 *   { index: 0, value: 70, label: "a" },
 *   { index: 1, value: 60 },
 *   { index: 2, value: 80, parents: [0], label: "b" },
 *   { index: 3, value: 75, parents: [1] },
 * ], { of: 2, title: "From a to b", yLabel: "accuracy (%)" });
 * assertEquals(figure.data.at(-1)!.x, [0, 2]);
 * ```
 */
export function ancestry(trials: readonly AncestryTrial[], options: AncestryOptions): Figure {
  const task = "draw an ancestry";
  const { of, yLabel, xLabel = "trial", baseline } = options;
  checkFilled(task, "trials", trials);
  trials.forEach(({ index, value }, i) => {
    checkNumber(task, `trials[${i}].index`, index);
    checkNumber(task, `trials[${i}].value`, value);
  });
  if (baseline) checkNumber(task, "baseline.value", baseline.value);
  const byIndex = new Map(trials.map((trial) => [trial.index, trial]));
  if (byIndex.size < trials.length) {
    throw new RangeError(`Cannot ${task}: trials must have different indices`);
  }
  const line = ancestorsOf(of, byIndex, task);
  const others = trials.filter(({ index }) => !line.has(index));
  const ancestors = [...line.values()].sort((a, b) => a.index - b.index);

  const { room, ...lines } = baselineParts(baseline, "y");
  const names = ["other trials", "ancestors"];
  const base = layoutOf(options, { right: room, legend: names });
  const values = trials.map(({ value }) => value);
  const places = trials.map(({ index, value, label = "" }) => ({ x: index, y: value, label }));
  const noted = trials.flatMap(({ index, label = "" }, i) =>
    line.has(index) && label !== "" ? [i] : []
  );
  const notes = labelNotes(places, noted, {
    layout: base,
    x: extent(places.map(({ x }) => x)),
    y: extent(values),
  });
  return {
    data: [
      points(others, "other trials", { color: FAINT, size: 6, opacity: 0.45 }),
      descent(ancestors, byIndex),
      points(ancestors, "ancestors", { color: colorOf(0), size: 9, opacity: 1 }),
    ],
    layout: {
      ...base,
      xaxis: axisOf(xLabel, { values: trials.map(({ index }) => index) }),
      yaxis: axisOf(yLabel, { values }),
      shapes: lines.shapes,
      annotations: [...lines.annotations, ...notes],
    },
  };
}

/** The trial and all that it descends from, by index. */
function ancestorsOf(
  of: number,
  byIndex: ReadonlyMap<number, AncestryTrial>,
  task: string,
): Map<number, AncestryTrial> {
  const found = new Map<number, AncestryTrial>();
  const last = byIndex.get(of);
  if (last === undefined) {
    throw new RangeError(`Cannot ${task}: of must be the index of a trial, got ${of}`);
  }
  const open = [last];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    if (found.has(child.index)) continue;
    found.set(child.index, child);
    for (const parent of child.parents ?? []) {
      const trial = byIndex.get(parent);
      if (trial === undefined || !(parent < child.index)) {
        throw new RangeError(
          `Cannot ${task}: the parents of trial ${child.index} must be trials before it, ` +
            `got ${parent}`,
        );
      }
      open.push(trial);
    }
  }
  return found;
}

function points(
  trials: readonly AncestryTrial[],
  name: string,
  marker: { readonly color: string; readonly size: number; readonly opacity: number },
): Trace {
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: trials.map(({ index }) => index),
    y: trials.map(({ value }) => value),
    text: trials.map((trial) => label(trial.label ?? "")),
    marker,
    hovertemplate: "trial %{x}: %{y}<br>%{text}<extra></extra>",
  };
}

/** A line from each parent to its child, with gaps between. */
function descent(
  ancestors: readonly AncestryTrial[],
  byIndex: ReadonlyMap<number, AncestryTrial>,
): Trace {
  const ends = ancestors.flatMap((child) =>
    (child.parents ?? []).map((parent) => [byIndex.get(parent) as AncestryTrial, child] as const)
  );
  return {
    type: "scatter",
    mode: "lines",
    x: ends.flatMap(([parent, child]) => [parent.index, child.index, null]),
    y: ends.flatMap(([parent, child]) => [parent.value, child.value, null]),
    line: { color: colorOf(0), width: 2 },
    hoverinfo: "skip",
    showlegend: false,
  };
}

/** About what plotly leaves free beyond the outermost points. */
function extent(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const room = (high - low || 1) / 18;
  return [low - room, high + room];
}
