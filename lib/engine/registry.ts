import * as tf from "@tensorflow/tfjs";

/** `[batch, height, width, channels]`, or a filter's shape. */
export type Shape4D = [number, number, number, number];
/** tfjs's ways to say a padding. */
export type Pad = "same" | "valid" | number | tf.backend_util.ExplicitPadding;

/** Attributes of convolutions and pools, as tfjs hands them to kernels. */
export interface WindowAttrs {
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly dilations?: number | [number, number] | null;
  readonly dataFormat?: string;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  readonly filterSize: number | [number, number];
  readonly inputShape: Shape4D;
  readonly filterShape: Shape4D;
}

/** Registers a kernel of the wasm backend, in the place of tfjs's own if there is one. */
export function replaceKernel<In, Attrs>(
  name: string,
  run: (inputs: In, attrs: Attrs) => tf.TensorInfo | tf.TensorInfo[],
): void {
  if (tf.getKernel(name, "wasm")) tf.unregisterKernel(name, "wasm");
  tf.registerKernel({
    kernelName: name,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => run(inputs as In, attrs as Attrs),
  });
}

/**
 * Puts a gradient in the place of tfjs's, which must save the same tensors. tfjs's own still serves
 * whoever sets another backend.
 */
export function replaceGradient(kernelName: string, gradFunc: tf.GradFunc): void {
  const stock = tf.getGradient(kernelName);
  tf.unregisterGradient(kernelName);
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, saved, attrs) =>
      (tf.getBackend() === "wasm" ? gradFunc : stock.gradFunc)(dy, saved, attrs),
  });
}

/** Runs a registered kernel with one output, on the tape. */
export function run(name: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor;
}

/** Runs a registered kernel with several outputs, on the tape. */
export function runAll(name: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor[] {
  return tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor[];
}
