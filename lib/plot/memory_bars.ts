import type { MemoryProfile, MemoryStep } from "../cost/mod.ts";
import { checkFilled, checkNumber } from "./checks.ts";
import type { Figure, Trace } from "./figure.ts";
import { textWidth } from "./text_width.ts";
import {
  axisOf,
  type Baseline,
  baselineParts,
  colorOf,
  type FigureOptions,
  INK,
  label,
  layoutOf,
  legendName,
  nameTicks,
  tint,
} from "./theme.ts";

/** Options of {@linkcode memoryBars}. */
export interface MemoryBarsOptions extends FigureOptions {
  /** What there is, in bytes, e.g. a device's SRAM: a line, beyond which bars change their colour. */
  readonly limit?: Baseline;
  /**
   * The name under which a node is shown. Nodes of one name that run one after another share a bar, of
   * which the most is shown that any of them needs. Each has its own bar when absent.
   */
  readonly groupBy?: (node: string) => string;
}

/** Room for the nodes' names, in pixels. */
const NAMES = 230;
const NAME_SIZE = 12;
const ROW = 17;

/**
 * Draws how much memory a network's values take while it runs, node by node from top to bottom: what
 * each node writes, on top of what it reads and of what waits for later nodes.
 *
 * @param profile The memory, as {@linkcode memoryProfile} counts it.
 * @param options Title, limit, how nodes share bars.
 * @throws {RangeError} When the profile has no step, or the limit is not a positive number.
 *
 * @example Blocks of a network on a board
 * ```ts
 * import { memoryBars, memoryProfile, mobileNetwork, stm32F412 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = mobileNetwork({ resolutions: [96] });
 * const graph = space.lower(space.decode("96px w1 8:k3e4 16:k5e4-k3e2 32:k3e4"));
 * const figure = memoryBars(memoryProfile(graph), {
 *   title: "The first block does not fit",
 *   limit: { value: stm32F412.sram, label: "SRAM of the STM32F412" },
 *   groupBy: (node) => node.split(".").slice(0, 2).join("."),
 * });
 * assertEquals(figure.data.map(({ name }) => name), [
 *   "held from before",
 *   "written by the node",
 *   "beyond the limit",
 * ]);
 * ```
 */
export function memoryBars(profile: MemoryProfile, options: MemoryBarsOptions): Figure {
  const task = "draw memory";
  const { limit, groupBy = (node: string) => node } = options;
  checkFilled(task, "profile.steps", profile.steps);
  if (limit) {
    checkNumber(task, "limit.value", limit.value);
    if (limit.value <= 0) {
      throw new RangeError(`Cannot ${task}: limit.value must be positive, got ${limit.value}`);
    }
  }
  const rows = rowsOf(profile.steps, groupBy);
  const peakRow = rows.reduce(
    (best, { step }, i) => step.bytes > rows[best]!.step.bytes ? i : best,
    0,
  );
  const peak = rows[peakRow]!.step;
  const [unit, size] = Math.max(peak.bytes, limit?.value ?? 0) < 10 * 1024 ** 2
    ? ["kB", 1024]
    : ["MB", 1024 ** 2];
  const write = (bytes: number) => `${Number((bytes / size).toPrecision(3))} ${unit}`;

  const most = limit?.value ?? Infinity;
  const parts = rows.map(({ step }) => {
    const written = step.alive.reduce(
      (sum, { node, bytes }) => sum + (node === step.node || node === "scratch" ? bytes : 0),
      0,
    );
    const held = step.bytes - written;
    return { held: Math.min(held, most), all: Math.min(step.bytes, most), beyond: step.bytes };
  });
  const texts = rows.map(({ step }, i) => {
    const { node, bytes } = step;
    const values = step.alive.map((each) => `${each.node}: ${write(each.bytes)}`);
    return label([`${node}: ${write(bytes)}`, ...(i === peakRow ? ["(the peak)"] : []), ...values]
      .join("\n"));
  });
  const trace = (name: string, color: string, lengths: readonly number[]): Trace => ({
    type: "bar",
    orientation: "h",
    name: legendName(name),
    x: lengths.map((bytes) => bytes / size),
    y: rows.map((_, i) => i),
    width: 0.8,
    marker: { color },
    text: texts,
    textposition: "none",
    hovertemplate: "%{text}<extra></extra>",
  });
  const color = colorOf(0);
  const data = [
    trace("held from before", tint(color, 0.35), parts.map(({ held }) => held)),
    trace("written by the node", color, parts.map(({ held, all }) => all - held)),
  ];
  if (peak.bytes > most) {
    data.push(trace("beyond the limit", colorOf(1), parts.map(({ all, beyond }) => beyond - all)));
  }

  const note = `peak: ${write(peak.bytes)}`;
  const names = rows.map(({ name }) => shortened(name));
  const width = options.width ?? 720;
  const area = width - 50 - Math.max(...names.map((name) => textWidth(name, NAME_SIZE)));
  const line = baselineParts(limit && { ...limit, value: limit.value / size }, "x");
  const end = Math.max(
    withRoom(peak.bytes, textWidth(note, NAME_SIZE) + 16, area),
    limit ? withRoom(limit.value, textWidth(limit.label, NAME_SIZE) / 2 - 8, area) : 0,
  ) / size;
  const layout = layoutOf(options, {
    legend: data.map(({ name }) => String(name)),
    height: Math.max(240, 150 + ROW * rows.length),
    above: line.room,
  });
  return {
    data,
    layout: {
      ...layout,
      // As the parts of a bar follow each other.
      legend: { ...layout.legend as object, traceorder: "normal" },
      barmode: "stack",
      xaxis: axisOf(`memory for values (${unit})`, { values: [0, end], range: [0, end] }),
      yaxis: {
        ...axisOf("", { grid: false }),
        ...nameTicks(names),
        range: [rows.length - 0.5, -0.5],
        showline: true,
      },
      shapes: line.shapes,
      annotations: [...line.annotations, {
        x: peak.bytes / size,
        y: peakRow,
        text: `<b>${label(note)}</b>`,
        showarrow: false,
        xanchor: "left",
        yanchor: "middle",
        xshift: 3,
        font: { size: NAME_SIZE, color: INK },
        bgcolor: "rgba(255,255,255,0.85)",
        borderpad: 0,
      }],
    },
  };
}

/** A bar: its name, and the step that needs most of those that it stands for. */
interface Row {
  readonly name: string;
  readonly step: MemoryStep;
}

function rowsOf(steps: readonly MemoryStep[], groupBy: (node: string) => string): Row[] {
  const rows: Row[] = [];
  for (const step of steps) {
    const name = groupBy(step.node);
    const last = rows.at(-1);
    if (last?.name !== name) rows.push({ name, step });
    else if (step.bytes > last.step.bytes) rows[rows.length - 1] = { name, step };
  }
  return rows;
}

/** The end of an axis of so many pixels that leaves some free to the right of a value. */
function withRoom(value: number, pixels: number, area: number): number {
  return value / (1 - Math.min(0.6, Math.max(0.02, pixels / area)));
}

/** A name without its middle, where it is too long: what tells nodes apart is at its ends. */
function shortened(name: string): string {
  if (textWidth(name, NAME_SIZE) <= NAMES) return name;
  for (let kept = name.length - 1; kept > 2; kept--) {
    const front = Math.floor(kept / 2);
    const short = `${name.slice(0, front)}…${name.slice(front - kept)}`;
    if (textWidth(short, NAME_SIZE) <= NAMES) return short;
  }
  return name;
}
