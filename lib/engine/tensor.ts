import { tf as tensorflow } from "./tf.ts";

/**
 * TensorFlow.js, the kit's one copy of it, on its WebAssembly backend with the kit's kernels. A
 * second copy would not share backends or tensors.
 */
export const tf: typeof tensorflow = tensorflow;

/** An array of numbers on the backend, of any rank. */
export type Tensor = tensorflow.Tensor;
/** A single number on the backend. */
export type Scalar = tensorflow.Scalar;
/** A vector on the backend. */
export type Tensor1D = tensorflow.Tensor1D;
/** A matrix on the backend. */
export type Tensor2D = tensorflow.Tensor2D;
/** Images or filters on the backend. */
export type Tensor4D = tensorflow.Tensor4D;
/** A tensor that training changes. */
export type Variable = tensorflow.Variable;
/** A model of TensorFlow.js's own layers. */
export type LayersModel = tensorflow.LayersModel;

/** The types of TensorFlow.js that code most often names, so that `tf.Tensor4D` is one. */
export declare namespace tf {
  /** See {@linkcode Tensor}. */
  type Tensor = tensorflow.Tensor;
  /** See {@linkcode Scalar}. */
  type Scalar = tensorflow.Scalar;
  /** See {@linkcode Tensor1D}. */
  type Tensor1D = tensorflow.Tensor1D;
  /** See {@linkcode Tensor2D}. */
  type Tensor2D = tensorflow.Tensor2D;
  /** See {@linkcode Tensor4D}. */
  type Tensor4D = tensorflow.Tensor4D;
  /** See {@linkcode Variable}. */
  type Variable = tensorflow.Variable;
  /** See {@linkcode LayersModel}. */
  type LayersModel = tensorflow.LayersModel;
}
