import type { GraphNode, Shape } from "../../graph/mod.ts";
import type { Compiled } from "./compiled.ts";
import { logitsOf } from "./loss.ts";
import type { Timed } from "./profile.ts";
import type { Schedule } from "./schedule.ts";
import { lossWork, optimiserWork, type WorkContext, workOf } from "./work.ts";

/** A run to take apart. */
export interface TimedRun extends Pick<WorkContext, "statistics"> {
  /** How many labels its batch has. */
  readonly labels: number;
  /** Takes the loss and writes its slope, between forward and backward. */
  readonly takeLoss: () => void;
  /** Which step of the optimiser it is, from 1. */
  readonly number: number;
}

/**
 * The steps of a plan one by one, with what each has to do: forward alone, or where the plan trains, those
 * of a training step. The optimiser's is of length 0.
 */
export function timedSteps(
  { graph, shapes, schedule, crew, options, loss, optimiser, slabs: { gradients } }: Compiled,
  { labels, statistics, takeLoss, number }: TimedRun,
): Timed[] {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const { rows, classes } = logitsOf(shapes.get(graph.output) as Shape);
  const room = loss.labels.floats / rows;
  const context = { shapes, room, count: labels / rows, statistics };
  const timed = (phase: keyof Schedule) =>
    schedule[phase].map((step, i): Timed => ({
      ...step,
      ...workOf(step, nodes.get(step.node) as GraphNode, context),
      run: (call) => crew.run(phase, call, i),
    }));
  if (!options.training) return timed("forward");
  const output = nodes.get(graph.output) as GraphNode;
  const lossStep: Timed = {
    node: output.name,
    op: output.op,
    phase: "loss",
    kernel: "softmaxCrossEntropy",
    run: takeLoss,
    ...lossWork(classes, labels),
  };
  const step: Timed = {
    node: "",
    op: "",
    phase: "optimiser",
    kernel: "optimiser",
    run: ({ count }) => {
      crew.addUp(count);
      crew.move({ learningRate: 0, number });
    },
    ...optimiserWork(optimiser, gradients.floats),
  };
  return [...timed("forward"), lossStep, ...timed("backward"), step];
}
