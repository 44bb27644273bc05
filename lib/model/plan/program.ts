import type { Analysis } from "./analyse.ts";
import { lower, type Lowered } from "./lower.ts";
import { Lowering, type LoweringOptions, type Value } from "./lowering.ts";
import { logitsOf, type LossRegions } from "./loss.ts";
import type { Parameters } from "./parameters.ts";
import { type Layout, layOut } from "./place.ts";
import { region } from "./region.ts";
import type { Access, Schedule } from "./schedule.ts";

/** What runs of one kind do, and where their values are. */
export interface Program {
  /** The steps. */
  readonly schedule: Schedule;
  /** Where the images go in and the output comes out. */
  readonly ends: Lowered;
  /** What stands between the output and the way back. */
  readonly loss: LossRegions;
  /** The values that can be read after a run, by node. */
  readonly taps: ReadonlyMap<string, Value>;
  /** Where all values lie. */
  readonly layout: Layout;
  /** The names of the weights that get a gradient. */
  readonly trained: ReadonlySet<string>;
}

/** Turns a graph into steps and a layout of its values, without addresses. */
export function makeProgram(
  analysis: Analysis,
  parameters: Parameters,
  options: LoweringOptions,
): Program {
  const { batch, training, imageGradient, kept } = options;
  const { graph, live } = analysis;
  const to = new Lowering(analysis, parameters, options);
  const { rows } = logitsOf(to.shapeOf(graph.output));
  const loss = {
    labels: region(batch * rows),
    losses: region(batch * rows),
    slope: to.regionFor(graph.output),
  };
  const ends = lower(analysis, { to, slope: loss.slope });
  const { schedule } = to;

  // What goes in and out lives from before the first step to after the last.
  const { images, output } = ends;
  const begin: Access = { reads: [], writes: images ? [images.region] : [] };
  const between: readonly Access[] = training
    ? [
      { reads: [], writes: [loss.labels] },
      { reads: [output.region, loss.labels], writes: [loss.slope, loss.losses] },
    ]
    : [];
  const wanted = imageGradient && images?.gradient ? [images.gradient] : [];
  const running = new Set(live.map(({ name }) => name));
  const taps = new Map(
    [...kept].flatMap((name) => running.has(name) ? [[name, to.value(name)] as const] : []),
  );
  const tapped = [...taps.values()].flatMap(({ region, gradient }) =>
    gradient ? [region, gradient] : [region]
  );
  const codes = [...ends.codes.values()].map(({ region }) => region);
  const end: Access = {
    reads: [...(training ? wanted : [output.region]), ...tapped, ...codes],
    writes: [],
  };
  const layout = layOut([begin, ...schedule.forward, ...between, ...schedule.backward, end]);
  const trained = [...parameters.params.values()].flatMap(({ name, node, gradient }) =>
    gradient && options.wanted.weights && running.has(node) ? [name] : []
  );
  return { schedule, ends, loss, taps, layout, trained: new Set(trained) };
}
