import type { Trace } from "./figure.ts";
import { translucent } from "./theme.ts";

/**
 * The areas between two lines, one for each run of points where both have a value. `step` draws them
 * as stairs.
 */
export function bandTraces(
  x: readonly number[],
  lower: readonly (number | null)[],
  upper: readonly (number | null)[],
  color: string,
  group: string,
  step = false,
): Trace[] {
  const traces: Trace[] = [];
  let run: number[] = [];
  const close = () => {
    if (run.length > 0) {
      const low = run.map((i): [number, number] => [x[i]!, lower[i]!]);
      const high = run.map((i): [number, number] => [x[i]!, upper[i]!]);
      const outline = [...(step ? stairs(high) : high), ...(step ? stairs(low) : low).reverse()];
      traces.push({
        type: "scatter",
        mode: "lines",
        x: outline.map((point) => point[0]),
        y: outline.map((point) => point[1]),
        fill: "toself",
        fillcolor: translucent(color, 0.18),
        line: { width: 0, color },
        legendgroup: group,
        showlegend: false,
        hoverinfo: "skip",
      });
    }
    run = [];
  };
  for (let i = 0; i < x.length; i++) {
    if (lower[i] === null || upper[i] === null) close();
    else run.push(i);
  }
  close();
  return traces;
}

/** The corners of a line that holds its height until the next point. */
function stairs(points: readonly [number, number][]): [number, number][] {
  return points.flatMap((point, i): [number, number][] =>
    i === 0 ? [point] : [[point[0], points[i - 1]![1]], point]
  );
}
