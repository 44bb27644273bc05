import type { Gates, Model, PlanBatch } from "naskit/model/mod.ts";
import { runReference, type Value, value } from "../../support/reference_graph.ts";

/** Arrays by name. */
export type Arrays = ReadonlyMap<string, Float64Array>;

/** A model's weights in double precision. */
export function weightsOf({ params }: Model): Arrays {
  return new Map(
    [...params].map(([name, variable]) => [name, Float64Array.from(variable.dataSync())]),
  );
}

/** The mean cross entropy of a batch in double precision, by the batch's statistics. */
export function referenceLoss(
  { graph, shapes, params }: Model,
  { batch: { images, labels }, weights, gates }: {
    readonly batch: PlanBatch;
    readonly weights: Arrays;
    readonly gates: Gates;
  },
): number {
  const count = labels.length, shape = shapes.get(graph.nodes[0]!.name) as readonly number[];
  const values = new Map<string, Value>(
    [...params].map(([name, { shape }]) => [name, { shape, data: weights.get(name)! }]),
  );
  const x = value([count, ...shape], (i) => images[i] as number);
  const { data } = runReference(graph, values, x, new Map(), gates);
  const classes = data.length / count;
  return labels.reduce((sum, label, row) => {
    const logits = data.slice(row * classes, (row + 1) * classes), most = Math.max(...logits);
    const all = logits.reduce((total, each) => total + Math.exp(each - most), 0);
    return sum + most + Math.log(all) - (logits[label] as number);
  }, 0) / count;
}
