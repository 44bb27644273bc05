/**
 * Figures as plain data, and how notebooks show them.
 *
 * Every figure is a function of plain data that returns plain data for plotly.js;
 * {@linkcode show} puts it into a notebook, {@linkcode toSVG} makes a picture of it.
 *
 * @example
 * ```ts
 * import { learningCurves } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = learningCurves([{ name: "train", values: [2.3, 1.1, 0.7] }], {
 *   title: "The loss falls",
 *   yLabel: "loss (nats)",
 * });
 * assertEquals(figure.data[0]!.y, [2.3, 1.1, 0.7]);
 * ```
 *
 * @module
 */
export { ancestry, type AncestryOptions, type AncestryTrial } from "./ancestry.ts";
export {
  type AnimatedFrame,
  animatedHeatMap,
  type AnimatedHeatMapOptions,
} from "./animated_heat_map.ts";
export { type Bar, bars, type BarsOptions } from "./bars.ts";
export { cdfs, type CdfsOptions, type Distribution } from "./cdfs.ts";
export {
  criticalDifference,
  type CriticalDifferenceOptions,
  type RankedMethods,
} from "./critical_difference.ts";
export { type BundledCurve, curveBundle, type CurveBundleOptions } from "./curve_bundle.ts";
export {
  decisionBars,
  type DecisionBarsOptions,
  type DecisionRow,
  type DecisionShares,
} from "./decision_bars.ts";
export { type Dot, dotPlot, type DotPlotOptions } from "./dot_plot.ts";
export { type CellDrawing, type CellEdge, type CellNode, drawCell } from "./draw_cell.ts";
export { drawGrid, type GridDrawing } from "./draw_grid.ts";
export { drawNetwork, type DrawNetworkOptions } from "./draw_network.ts";
export { drawNeurons, type Neuron, type NeuronsDrawing } from "./draw_neurons.ts";
export { drawStages, type StagesDrawing } from "./draw_stages.ts";
export type { FieldBackground, FieldPath, FieldPoint } from "./field_marks.ts";
export type { Figure, FigureFrame, Trace } from "./figure.ts";
export { heatMap, type HeatMapFrame, type HeatMapOptions } from "./heat_map.ts";
export { type GridImage, imageGrid, type ImageGridOptions } from "./image_grid.ts";
export {
  incumbentCurve,
  type IncumbentCurveOptions,
  type IncumbentSeries,
} from "./incumbent_curve.ts";
export { interruptible, releaseInterrupt } from "./interrupt.ts";
export {
  type LearningCurve,
  learningCurves,
  type LearningCurvesOptions,
} from "./learning_curves.ts";
export { lineOfRuns, type LineOfRunsOptions } from "./line_of_runs.ts";
export { type Line, lines, type LinesOptions } from "./lines.ts";
export { memoryBars, type MemoryBarsOptions } from "./memory_bars.ts";
export type { Displayable, MimeBundle } from "./mime.ts";
export { neuronsOf, type NeuronsOfOptions } from "./neurons_of.ts";
export { type Panel, panels, type PanelsOptions } from "./panels.ts";
export { progressBar, type ProgressBarOptions } from "./progress_bar.ts";
export {
  roofline,
  type RooflineMemory,
  type RooflineOptions,
  type RooflinePoint,
} from "./roofline.ts";
export { scatter, type ScatterFront, type ScatterOptions, type ScatterPoint } from "./scatter.ts";
export { setup, type SetupOptions } from "./setup.ts";
export { bundleOf, show } from "./show.ts";
export { toSVG } from "./svg.ts";
export { type Table, table, type TableOptions, type TableValue } from "./table.ts";
export type { Baseline, FigureOptions } from "./theme.ts";
export { type VectorField, vectorField, type VectorFieldOptions } from "./vector_field.ts";
export { withProgress, type WithProgressOptions } from "./with_progress.ts";
