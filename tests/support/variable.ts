import { tf } from "naskit/engine/mod.ts";

/** A variable with a tensor's values in place of the tensor. */
export function variableOf<T extends tf.Tensor>(tensor: T): tf.Variable {
  const variable = tf.variable(tensor);
  tensor.dispose();
  return variable;
}
