import { checkFilled, checkNumber } from "./checks.ts";
import type { Figure } from "./figure.ts";
import { formatNumber } from "./format_number.ts";
import { textWidth, wrapText } from "./text_width.ts";
import { axisOf, colorOf, type FigureOptions, INK, label, layoutOf, legendName } from "./theme.ts";

/** A row of {@linkcode decisionBars}: a decision after another, at one time or along one walk. */
export interface DecisionRow {
  /** What the row is, e.g. `"after 100 trials"`; written at its left. Nothing when absent. */
  readonly name?: string;
  /** The decisions, in order. */
  readonly decisions: readonly DecisionShares[];
}

/** What a policy gives the options of a decision. */
export interface DecisionShares {
  /** The decision's name. */
  readonly name: string;
  /** The share of each option; they come to 1. */
  readonly shares: readonly number[];
  /** The option that was chosen, framed. */
  readonly chosen?: number;
}

/** Options of {@linkcode decisionBars}. */
export interface DecisionBarsOptions extends FigureOptions {
  /** The options' names, which all decisions share; an option keeps its colour throughout. */
  readonly optionNames: readonly string[];
  /** What the shares are; `"probability"` when absent. */
  readonly yLabel?: string;
}

/** Height of a row of bars, in pixels. */
const ROW = 150;
/** How much of a decision's place its bar takes. */
const BAR = 0.7;
/** Smaller parts than this share of a bar have no room for a number. */
const LEAST_WRITTEN = 0.11;
const NUMBER_SIZE = 11;

/**
 * Draws how a policy shares its probability among the options of each decision: a bar a decision, a
 * row a moment. A walk of {@linkcode Controller} is one row with the chosen options framed; marginals at
 * several moments are rows below each other.
 *
 * @param rows The rows, from the top; all with the same decisions.
 * @param options Title and the options' names.
 * @throws {RangeError} When there is no row or decision, rows differ in their decisions, or shares
 * are negative, do not come to 1, or are not as many as the names.
 *
 * @example A walk of two decisions
 * ```ts
 * import { decisionBars } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = decisionBars([{
 *   decisions: [
 *     { name: "edge 0→1", shares: [0.25, 0.75], chosen: 1 },
 *     { name: "edge 0→2", shares: [0.5, 0.5], chosen: 0 },
 *   ],
 * }], { title: "A walk", optionNames: ["skip", "conv"] });
 * assertEquals(figure.data.map(({ name }) => name), ["skip", "conv"]);
 * assertEquals(figure.data[1]!.y, [0.75, 0.5]);
 * ```
 */
export function decisionBars(
  rows: readonly DecisionRow[],
  options: DecisionBarsOptions,
): Figure {
  const task = "draw decisions";
  const { optionNames, yLabel = "probability" } = options;
  checkFilled(task, "rows", rows);
  checkFilled(task, "optionNames", optionNames);
  const names = rows[0]!.decisions.map(({ name }) => name);
  rows.forEach((row, i) => checkRow(task, `rows[${i}]`, row, { names, optionNames }));

  const width = options.width ?? 720;
  const each = (width - 130) / names.length;
  const gap = 0.14 / rows.length;
  const axes = Object.fromEntries(rows.flatMap((row, r) => {
    const height = (1 - gap * (rows.length - 1)) / rows.length;
    const top = 1 - r * (height + gap);
    const isLast = r === rows.length - 1;
    return [
      [axisName("xaxis", r), {
        ...axisOf("", { grid: false }),
        anchor: axisRef("y", r),
        range: [-0.5, names.length - 0.5],
        tickmode: "array",
        tickvals: names.map((_, i) => i),
        ticktext: names.map((name) => label(wrapText(name, Math.max(40, each - 8), 12).join("\n"))),
        tickcolor: "rgba(0,0,0,0)",
        showticklabels: isLast,
      }],
      [axisName("yaxis", r), {
        ...axisOf(row.name === undefined ? yLabel : `${row.name}\n${yLabel}`, { range: [0, 1] }),
        anchor: axisRef("x", r),
        domain: [Math.max(0, top - height), top],
        tickvals: [0, 0.5, 1],
      }],
    ];
  }));
  return {
    data: rows.flatMap((row, r) =>
      optionNames.map((name, option) => ({
        type: "bar",
        name: legendName(name),
        legendgroup: name,
        showlegend: r === 0,
        x: row.decisions.map((_, i) => i),
        y: row.decisions.map(({ shares }) => shares[option]),
        width: BAR,
        marker: { color: colorOf(option) },
        text: row.decisions.map((decision) => label(`${decision.name}: ${name}`)),
        textposition: "none",
        hovertemplate: "%{text}, %{y:.3f}<extra></extra>",
        xaxis: axisRef("x", r),
        yaxis: axisRef("y", r),
      }))
    ),
    layout: {
      ...layoutOf(options, { legend: optionNames, height: 150 + ROW * rows.length }),
      barmode: "stack",
      ...axes,
      shapes: rows.flatMap(frames),
      annotations: rows.flatMap((row, r) => numbers(row, r, BAR * each)),
    },
  };
}

/** A frame around each chosen option. */
function frames({ decisions }: DecisionRow, r: number): object[] {
  return decisions.flatMap(({ shares, chosen }, i) => {
    if (chosen === undefined) return [];
    const below = shares.slice(0, chosen).reduce((a, b) => a + b, 0);
    return [{
      type: "rect",
      xref: axisRef("x", r),
      yref: axisRef("y", r),
      x0: i - BAR / 2,
      x1: i + BAR / 2,
      y0: below,
      y1: below + shares[chosen]!,
      line: { color: INK, width: 3 },
    }];
  });
}

/** The shares in the parts that have room for them. */
function numbers({ decisions }: DecisionRow, r: number, room: number): object[] {
  return decisions.flatMap(({ shares }, i) => {
    let below = 0;
    return shares.flatMap((share) => {
      const middle = below + share / 2;
      below += share;
      const text = formatNumber(share, 2);
      if (share < LEAST_WRITTEN || textWidth(text, NUMBER_SIZE) > room) return [];
      return [{
        x: i,
        y: middle,
        xref: axisRef("x", r),
        yref: axisRef("y", r),
        text,
        showarrow: false,
        font: { size: NUMBER_SIZE, color: INK },
        bgcolor: "rgba(255,255,255,0.75)",
        borderpad: 1,
      }];
    });
  });
}

/** How a trace names the axis of a row. */
function axisRef(letter: "x" | "y", row: number): string {
  return row === 0 ? letter : `${letter}${row + 1}`;
}

/** How the layout names the axis of a row. */
function axisName(name: "xaxis" | "yaxis", row: number): string {
  return row === 0 ? name : `${name}${row + 1}`;
}

function checkRow(
  task: string,
  where: string,
  { decisions }: DecisionRow,
  { names, optionNames }: {
    readonly names: readonly string[];
    readonly optionNames: readonly string[];
  },
): void {
  checkFilled(task, `${where}.decisions`, decisions);
  const found = decisions.map(({ name }) => name);
  if (JSON.stringify(found) !== JSON.stringify(names)) {
    throw new RangeError(
      `Cannot ${task}: ${where} must have the decisions ${names.join(", ")}, got ${
        found.join(", ")
      }`,
    );
  }
  decisions.forEach(({ shares, chosen }, i) => {
    const place = `${where}.decisions[${i}]`;
    if (shares.length !== optionNames.length) {
      throw new RangeError(
        `Cannot ${task}: ${place} must have ${optionNames.length} shares, got ${shares.length}`,
      );
    }
    shares.forEach((share, option) => checkNumber(task, `${place}.shares[${option}]`, share));
    const sum = shares.reduce((a, b) => a + b);
    if (Math.abs(sum - 1) > 1e-6 || shares.some((share) => share < 0)) {
      throw new RangeError(
        `Cannot ${task}: ${place}.shares must not be negative and come to 1, got ${
          shares.join(", ")
        }`,
      );
    }
    if (chosen !== undefined && shares[chosen] === undefined) {
      throw new RangeError(
        `Cannot ${task}: ${place}.chosen must be an option from 0 to ${
          shares.length - 1
        }, got ${chosen}`,
      );
    }
  });
}
