import { tf } from "../../engine/tf.ts";
import type { Model } from "../model.ts";
import { uniqueNames } from "./unique_names.ts";

/** A layer, as TensorFlow.js makes it. */
type Layer = tf.layers.Layer;

/** Weights of a layer that are none of the model's arrays. */
export interface LayerArray {
  /** Its values, row by row. */
  readonly values: Float32Array;
  /** Its shape. */
  readonly shape: readonly number[];
}

/** Layers that are put together, and take their weights from a model. */
export class LayerNet {
  readonly #model: Model;
  readonly #nameOf = uniqueNames(/[^A-Za-z0-9_.]/g);
  readonly #layers: Layer[] = [];
  #input: tf.SymbolicTensor | undefined;

  /** Without layers. */
  constructor(model: Model) {
    this.#model = model;
  }

  /** The images. */
  input(name: string, shape: readonly number[]): tf.SymbolicTensor {
    return this.#input = tf.input({ shape: [...shape], name: this.#nameOf(name) });
  }

  /** Adds a layer with its weights in their order, the model's arrays by name. */
  add(
    name: string,
    layer: Layer,
    x: tf.SymbolicTensor | readonly tf.SymbolicTensor[],
    weights: readonly (string | LayerArray)[] = [],
  ): tf.SymbolicTensor {
    layer.name = this.#nameOf(name);
    const inputs = x instanceof tf.SymbolicTensor ? x : this.#apart(name, x);
    const y = layer.apply(inputs) as tf.SymbolicTensor;
    this.#layers.push(layer);
    if (weights.length > 0) {
      tf.tidy(() => layer.setWeights(weights.map((each) => this.#tensor(each))));
    }
    return y;
  }

  /** The same values without one that comes twice: tfjs would free it before its last reader has read it. */
  #apart(name: string, all: readonly tf.SymbolicTensor[]): tf.SymbolicTensor[] {
    return all.map((x, i) =>
      all.indexOf(x) === i ? x : this.add(`${name}.copy`, tf.layers.rescaling({ scale: 1 }), x)
    );
  }

  /** A copy of one of the model's arrays. */
  array(name: string): LayerArray {
    const array = this.#tensor(name);
    return { values: array.dataSync() as Float32Array, shape: array.shape };
  }

  #tensor(weights: string | LayerArray): tf.Tensor {
    if (typeof weights !== "string") return tf.tensor(weights.values, [...weights.shape]);
    const { params, statistics } = this.#model;
    return (params.get(weights) ?? statistics.get(weights)) as tf.Tensor;
  }

  /** The model that ends here. */
  model(output: tf.SymbolicTensor): tf.LayersModel {
    return tf.model({ inputs: this.#input as tf.SymbolicTensor, outputs: output });
  }

  /** Frees the weights of all layers. */
  dispose(): void {
    for (const layer of this.#layers) layer.dispose();
  }
}
