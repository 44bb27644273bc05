import { assertAlmostEquals, assertEquals } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, inferShapes } from "naskit/graph/mod.ts";
import { buildModel, compile, liveNodes } from "naskit/model/mod.ts";

/**
 * Asserts that the output of a network depends on all its nodes, that its plan gives the logits of its
 * model, and that a step of training gives a finite loss.
 */
export function assertRuns(graph: Graph): void {
  assertEquals(liveNodes(graph).length, graph.nodes.length, "nodes that the output depends on");
  const shapes = inferShapes(graph);
  const shape = shapes.get("input") as [number, number, number];
  const [classes] = shapes.get(graph.output) as [number];
  const rng = createRng("images");
  const images = Float32Array.from(
    { length: 2 * shape[0] * shape[1] * shape[2] },
    () => 2 * rng() - 1,
  );
  const model = buildModel(graph, { rng: createRng("weights") });
  const plan = compile(graph, { batch: 2, training: true, optimiser: { kind: "sgd" } });
  try {
    plan.load(model);
    const logits = tf.tidy(() =>
      model.forward(tf.tensor4d(images, [2, ...shape]), { statistics: "batch" }).dataSync()
    );
    assertEquals(logits.length, 2 * classes);
    const planned = plan.forward(images, { statistics: "batch" });
    planned.forEach((value, i) => assertAlmostEquals(value, logits[i] as number, 1e-3));
    const { loss } = plan.trainStep({ images, labels: Int32Array.of(0, 1) }, {
      learningRate: 0.01,
    });
    assertEquals(Number.isFinite(loss), true, `loss ${loss}`);
  } finally {
    plan.dispose();
    model.dispose();
  }
}
