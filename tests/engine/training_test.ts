import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import {
  avgPool,
  batchNorm,
  conv2d,
  createRng,
  depthwiseConv2d,
  maxPool,
  Sgd,
  softmaxCrossEntropy,
  tf,
} from "naskit/engine/mod.ts";
import { memory } from "../../lib/engine/backend.ts";
import { differences, distance } from "../support/reference_ops.ts";
import { variableOf } from "../support/variable.ts";

/** Images of a bar, upright (label 0) or lying (label 1), in noise. */
function bars(count: number, size: number, seed: string): { x: tf.Tensor4D; labels: number[] } {
  const rng = createRng(seed);
  const pixels = new Float32Array(count * size * size);
  const labels = Array.from({ length: count }, (_, n) => {
    const place = rng.int(size), lying = n % 2;
    for (let i = 0; i < size * size; i++) {
      const on = (lying ? Math.floor(i / size) : i % size) === place;
      pixels[n * size * size + i] = (on ? 1 : 0) + 0.2 * rng.normal();
    }
    return lying;
  });
  return { x: tf.tensor4d(pixels, [count, size, size, 1]), labels };
}

function weights(shape: number[], seed: string): tf.Variable {
  const rng = createRng(seed);
  const size = tf.util.sizeFromShape(shape);
  const scale = Math.sqrt(2 * (shape.at(-1) ?? 1) / size);
  return tf.tidy(() =>
    variableOf(tf.tensor(Float32Array.from({ length: size }, () => scale * rng.normal()), shape))
  );
}

Deno.test("an ordinary tf.layers model trains with model.fit", async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [9, 9, 1],
        filters: 6,
        kernelSize: 3,
        strides: 2,
        padding: "same",
        useBias: false,
      }),
      tf.layers.batchNormalization({}),
      tf.layers.reLU(),
      tf.layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2, padding: "same" }),
      tf.layers.maxPooling2d({ poolSize: 2, strides: 1, padding: "same" }),
      tf.layers.conv2d({
        filters: 4,
        kernelSize: 3,
        dilationRate: 2,
        padding: "same",
        activation: "relu",
      }),
      tf.layers.averagePooling2d({ poolSize: 2, strides: 1 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2, activation: "softmax" }),
    ],
  });
  const seeded = model.getWeights().map((weight, i) =>
    weight.rank < 2 ? weight : weights(weight.shape, `layer ${i}`)
  );
  model.setWeights(seeded);
  const optimizer = tf.train.momentum(0.05, 0.9);
  model.compile({ optimizer, loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  const { x, labels } = bars(64, 9, "layers");
  const y = tf.tensor1d(labels);
  const options = { batchSize: 16, shuffle: false, verbose: 0 } as const;
  const { history } = await model.fit(x, y, { ...options, epochs: 12 });
  const before = tf.memory().numTensors;
  await model.fit(x, y, { ...options, epochs: 1 });
  assertEquals(tf.memory().numTensors, before);
  const losses = history["loss"] as number[], accuracies = history["acc"] as number[];
  assertLess(losses.at(-1) as number, 0.5 * (losses[0] as number));
  assertLess(0.85, accuracies.at(-1) as number);
  model.dispose();
  optimizer.dispose();
  // tfjs keeps the learning rate as a tensor and forgets it.
  tf.dispose(optimizer["c"]);
  tf.dispose([x, y, seeded]);
});

Deno.test("an ordinary tf.conv2d model trains with a tfjs optimiser, dilations too", () => {
  const { x, labels } = bars(32, 8, "ops");
  const first = weights([3, 3, 1, 8], "first"), second = weights([3, 3, 8, 8], "second");
  const last = weights([8, 2], "last");
  const optimizer = tf.train.momentum(0.1, 0.9);
  const loss = (): tf.Scalar => {
    const h = tf.relu(tf.conv2d(x, first as tf.Tensor4D, 1, "same", "NHWC", 2));
    const pooled = tf.maxPool(
      tf.relu(tf.conv2d(h, second as tf.Tensor4D, 2, "same")),
      2,
      1,
      "same",
    );
    const logits = tf.matMul(tf.mean(pooled, [1, 2]) as tf.Tensor2D, last as tf.Tensor2D);
    return tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d(labels, "int32"), 2), logits);
  };
  const step = () => tf.tidy(() => optimizer.minimize(loss, true)?.dataSync()[0] as number);
  const start = step(), before = tf.memory().numTensors;
  let end = start;
  for (let i = 0; i < 60; i++) end = step();
  assertEquals(tf.memory().numTensors, before);
  assertLess(end, 0.25 * start);
  optimizer.dispose();
  // tfjs keeps the learning rate as a tensor and forgets it.
  tf.dispose(optimizer["c"]);
  tf.dispose([x, first, second, last]);
});

/** A net of every op of the engine: variables, and the loss of a batch. */
function everyOp(
  x: tf.Tensor4D,
  labels: tf.Tensor1D,
): { params: tf.Variable[]; loss(): tf.Scalar } {
  const params = [
    weights([3, 3, 1, 6], "a"),
    variableOf(tf.ones([6])),
    variableOf(tf.zeros([6])),
    weights([3, 3, 6, 1], "b"),
    weights([1, 1, 6, 5], "c"),
    weights([5, 2], "d"),
  ];
  const [a, gamma, beta, b, c, d] = params as unknown as [
    tf.Tensor4D,
    tf.Tensor1D,
    tf.Tensor1D,
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor2D,
  ];
  const loss = (): tf.Scalar => {
    let h = batchNorm(conv2d(x, a, { dilation: 2 }), gamma, beta).y;
    h = tf.add(avgPool(tf.relu(h), { kernel: 3 }), h);
    h = maxPool(tf.relu6(depthwiseConv2d(h, b, { stride: 2 })), { kernel: 2 });
    return softmaxCrossEntropy(tf.matMul(tf.mean(conv2d(h, c), [1, 2]) as tf.Tensor2D, d), labels);
  };
  return { params, loss };
}

Deno.test("a net of every op has the gradient that differences of its loss show", () => {
  const { x, labels } = bars(6, 7, "every op");
  const classes = tf.tensor1d(labels, "int32");
  const { params, loss } = everyOp(x, classes);
  const { value, grads } = tf.variableGrads(loss, params);
  for (const param of params) {
    const start = Float32Array.from(param.dataSync());
    const at = (values: ArrayLike<number>): number =>
      tf.tidy(() => {
        param.assign(tf.tensor(Float32Array.from(values), param.shape));
        return loss().dataSync()[0] as number;
      });
    const slope = differences(at, start, 4e-3);
    at(start);
    // float32 differences of a loss with kinks: a coarse check that nothing is missing or doubled.
    assertLess(distance((grads[param.name] as tf.Tensor).dataSync(), slope), 0.06, param.name);
  }
  tf.dispose([x, classes, value, ...params, ...Object.values(grads)]);
});

Deno.test("a thousand training steps leak no tensor and no heap", () => {
  const { x, labels } = bars(8, 8, "leaks");
  const classes = tf.tensor1d(labels, "int32");
  const { params, loss } = everyOp(x, classes);
  const sgd = new Sgd({ momentum: 0.9, weightDecay: 1e-4, nesterov: true });
  const step = (): number =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, params);
      sgd.step(params, params.map((param) => grads[param.name] as tf.Tensor), 0.05);
      return value.dataSync()[0] as number;
    });
  const first = step();
  for (let i = 0; i < 20; i++) step();
  const tensors = tf.memory().numTensors, heap = memory.buffer.byteLength;
  let last = first;
  for (let i = 0; i < 1000; i++) last = step();
  assertEquals(tf.memory().numTensors, tensors);
  assertEquals(memory.buffer.byteLength, heap);
  assertLess(last, 0.2 * first);
  sgd.dispose();
  tf.dispose([x, classes, ...params]);
});

Deno.test("tensors survive the growth of the heap under them", () => {
  const x: tf.Tensor4D = tf.ones([1, 3, 3, 1]), filter: tf.Tensor4D = tf.ones([3, 3, 1, 1]);
  const small = conv2d(x, filter);
  const heap = memory.buffer.byteLength;
  tf.tidy(() => {
    // Needs scratch and an output that the heap cannot have yet.
    const side = Math.ceil(Math.sqrt(heap / 16)) + 512;
    const wide = conv2d(tf.ones([1, side, side, 1]), tf.ones([3, 3, 1, 5]), { padding: 1 });
    assertEquals([...wide.slice([0, 1, 1, 0], [1, 1, 1, 5]).dataSync()], Array(5).fill(9));
  });
  assertLess(heap, memory.buffer.byteLength);
  const again = conv2d(x, filter);
  assertEquals([...small.dataSync()], [4, 6, 4, 6, 9, 6, 4, 6, 4]);
  assertEquals([...again.dataSync()], [...small.dataSync()]);
  tf.dispose([x, filter, small, again]);
});

Deno.test("tfjs's own gradients still serve whoever sets another backend", async () => {
  const gradient = (): number[] => {
    const x = tf.tensor4d([...Array(32).keys()].map((i) => Math.sin(i)), [1, 4, 4, 2]);
    const f = (x: tf.Tensor) =>
      tf.relu(tf.conv2d(x as tf.Tensor4D, tf.ones([3, 3, 2, 2]) as tf.Tensor4D, 1, "same")).sum();
    return [...tf.grad(f)(x).dataSync()];
  };
  const ours = tf.tidy(gradient);
  try {
    await tf.setBackend("cpu");
    assertEquals(tf.tidy(gradient), ours);
  } finally {
    await tf.setBackend("wasm");
  }
});

Deno.test("tf.conv2dTranspose is the gradient of tf.conv2d, and has gradients", () => {
  const rng = createRng("transpose");
  const values = (size: number) => Float32Array.from({ length: size }, () => rng.normal());
  const x = values(2 * 4 * 4 * 3), filter = values(3 * 3 * 5 * 3), dy = values(2 * 8 * 8 * 5);
  const [byX, byFilter, convolved, ofConvolved] = tf.tidy(() => {
    const small = tf.tensor(x, [2, 4, 4, 3]), w = tf.tensor(filter, [3, 3, 5, 3]);
    const slope = tf.tensor(dy, [2, 8, 8, 5]);
    const up = (x: tf.Tensor, w: tf.Tensor) =>
      tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, 8, 8, 5], 2, "same");
    const down = (w: tf.Tensor) => tf.conv2d(slope as tf.Tensor4D, w as tf.Tensor4D, 2, "same");
    const [byX, byFilter] = tf.grads(up)([small, w], slope);
    return [byX, byFilter, down(w), tf.grad(down)(w, small)].map((t) => [...t?.dataSync() ?? []]);
  }) as [number[], number[], number[], number[]];
  assertLess(distance(byX, convolved), 1e-6);
  assertLess(distance(byFilter, ofConvolved), 1e-6);
});

Deno.test("tf.gather has a gradient", () => {
  const grad = tf.tidy(() => {
    const f = (x: tf.Tensor) =>
      tf.gather(x, tf.tensor1d([2, 0, 2], "int32"), 1).mul(tf.tensor2d([[1, 2, 3], [4, 5, 6]]))
        .sum();
    return [...tf.grad(f)(tf.ones([2, 4])).dataSync()];
  });
  assertEquals(grad, [2, 0, 4, 0, 5, 0, 10, 0]);
});

Deno.test("relu and relu6 have their gradients at any size", () => {
  for (const size of [1, 3, 4, 7, 64]) {
    const rng = createRng(`relu ${size}`);
    const x = Float32Array.from({ length: size }, () => 6 * rng.normal());
    for (const [op, ceiling] of [[tf.relu, Infinity], [tf.relu6, 6]] as const) {
      const grad = tf.tidy(() =>
        tf.grad((x: tf.Tensor) => op(x).mul(2))(tf.tensor1d(x)).dataSync()
      );
      assertEquals([...grad], [...x].map((v) => v > 0 && v < ceiling ? 2 : 0));
    }
  }
});

Deno.test("sums of one shape, of two shapes and of two types all add up", () => {
  for (const size of [1, 2, 3, 4, 5, 8, 19]) {
    const values = Array.from({ length: size }, (_, i) => i);
    const [same, broadcast, whole] = tf.tidy(() => {
      const a = tf.tensor1d(values), b = tf.tensor1d(values, "int32");
      return [tf.add(a, a), tf.add(a, 1), tf.add(b, b)].map((t) => [...t.dataSync()]);
    });
    assertEquals(same, values.map((v) => 2 * v));
    assertEquals(broadcast, values.map((v) => v + 1));
    assertEquals(whole, values.map((v) => 2 * v));
  }
  assertAlmostEquals(tf.tidy(() => tf.add(0.5, 0.25).dataSync()[0] as number), 0.75);
});
