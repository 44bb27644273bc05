import { tf } from "naskit/engine/mod.ts";
import type { Gates, Model, PlanBatch } from "naskit/model/mod.ts";
import { runTape } from "../../support/tape.ts";
import { type Arrays, referenceLoss, weightsOf } from "./reference_loss.ts";

/** A model before a step of SGD, and the momenta of its weights. */
export interface Lookahead {
  readonly model: Model;
  readonly gates: Gates;
  readonly momenta: ReadonlyMap<string, Float64Array>;
  readonly train: PlanBatch;
  readonly validation: PlanBatch;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/**
 * The slope by each gate of the validation loss after a step, from its definition: first slopes of weights by the
 * tape, all that has to do with gates by differences of the loss in double precision.
 */
export function exactUnrolled(task: Lookahead): Map<string, Float64Array> {
  const { model, gates, momenta, train, validation, learningRate, momentum, weightDecay } = task;
  const start = weightsOf(model);
  const slopes = runTape(model, train, "batch", { gates }).gradients;
  const ahead = zip(start, (w, name, i) => {
    const slope = (slopes.get(name)?.[i] ?? 0) + weightDecay * w;
    return w - learningRate * (momentum * (momenta.get(name)?.[i] ?? 0) + slope);
  });
  store(model, ahead);
  const v = runTape(model, validation, "batch", { gates }).gradients;
  store(model, start);
  const lossOf = (batch: PlanBatch, weights: Arrays, gates: Gates) =>
    referenceLoss(model, { batch, weights, gates });
  const length = Math.hypot(...[...v.values()].flatMap((each) => [...each]));
  // Short enough for the curvature, long enough for the rounding of four losses.
  const t = 1e-5 / length, h = 1e-4;
  const along = (sign: number) =>
    zip(start, (w, name, i) => w + sign * t * (v.get(name)?.[i] ?? 0));
  const [up, down] = [along(1), along(-1)];
  return new Map([...gates].map(([choice, each]) => [
    choice,
    Float64Array.from(each, (_, place) => {
      const moved = (by: number): Gates =>
        new Map([...gates, [choice, Array.from(each, (g, i) => i === place ? g + by : g)]]);
      const [more, less] = [moved(h), moved(-h)];
      const direct = (lossOf(validation, ahead, more) - lossOf(validation, ahead, less)) / (2 * h);
      const mixed = (lossOf(train, up, more) - lossOf(train, up, less) -
        lossOf(train, down, more) + lossOf(train, down, less)) / (4 * t * h);
      return direct - learningRate * mixed;
    }),
  ]));
}

function zip(arrays: Arrays, f: (value: number, name: string, index: number) => number): Arrays {
  return new Map([...arrays].map(([name, values]) => [name, values.map((w, i) => f(w, name, i))]));
}

function store({ params }: Model, arrays: Arrays): void {
  for (const [name, variable] of params) {
    const values = Float32Array.from(arrays.get(name) as Float64Array);
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
}
