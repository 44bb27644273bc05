import { changed, isShared, pointer } from "./backend.ts";
import { kernels } from "./kernels.ts";
import type { Tensor, Variable } from "./tensor.ts";
import { tf } from "./tf.ts";

/** How stochastic gradient descent steps. */
export interface SgdOptions {
  /** Share of the last step's velocity that is kept, in [0, 1); 0 when absent. */
  readonly momentum?: number;
  /** Pull of each weight towards 0, added to its gradient as `weightDecay * weight`; 0 when absent. */
  readonly weightDecay?: number;
  /** Whether the step looks ahead by the momentum (Sutskever et al. 2013); `false` when absent. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent, one fused pass over each variable in place. With `g` the gradient plus
 * `weightDecay * w`: `v = momentum * v + g`, then `w -= learningRate * (nesterov ? g + momentum * v :
 * v)`, PyTorch's definition.
 *
 * It owns a velocity for each variable, from the first step on, when it has momentum; dispose it at the
 * end.
 *
 * @example A step down the slope of w²
 * ```ts
 * import { Sgd, tf } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const start = tf.tensor1d([1]);
 * const w = tf.variable(start);
 * const sgd = new Sgd({ momentum: 0.9 });
 * const slope = tf.tensor1d([2]);
 * sgd.step([w], [slope], 0.1);
 * assertAlmostEquals(w.dataSync()[0] ?? NaN, 0.8, 1e-6);
 * sgd.dispose();
 * tf.dispose([start, w, slope]);
 * ```
 */
export class Sgd {
  readonly #momentum: number;
  readonly #weightDecay: number;
  readonly #nesterov: boolean;
  readonly #velocities = new Map<Variable, Tensor>();

  /**
   * Makes an optimiser without velocities.
   *
   * @param options Momentum, weight decay, and whether to look ahead.
   * @throws {RangeError} If momentum is not in [0, 1), weight decay is negative, or Nesterov's step is
   * asked for without momentum.
   */
  constructor(options: SgdOptions = {}) {
    const { momentum = 0, weightDecay = 0, nesterov = false } = options;
    if (!(momentum >= 0 && momentum < 1)) {
      throw new RangeError(`Cannot make Sgd: momentum must be in [0, 1), got ${momentum}`);
    }
    if (!(weightDecay >= 0 && weightDecay < Infinity)) {
      throw new RangeError(`Cannot make Sgd: weightDecay must be at least 0, got ${weightDecay}`);
    }
    if (nesterov && momentum === 0) {
      throw new RangeError("Cannot make Sgd: nesterov needs a momentum above 0, got 0");
    }
    this.#momentum = momentum;
    this.#weightDecay = weightDecay;
    this.#nesterov = nesterov;
  }

  /**
   * Moves each variable one step against its gradient. The gradients stay the caller's. Clones of a
   * variable keep the value that they were taken at.
   *
   * @param params The variables, float32.
   * @param grads A gradient for each, of its shape.
   * @param learningRate The step's length.
   * @throws {TypeError} If a variable or gradient is not float32.
   * @throws {RangeError} If there are more or fewer gradients than variables, shapes differ, or the
   * learning rate is not a finite number of at least 0. Whatever is thrown, no variable has changed.
   */
  step(params: readonly Variable[], grads: readonly Tensor[], learningRate: number): void {
    if (params.length !== grads.length) {
      throw new RangeError(
        `Cannot step: got ${grads.length} gradients for ${params.length} variables`,
      );
    }
    if (!(learningRate >= 0 && learningRate < Infinity)) {
      throw new RangeError(`Cannot step: learningRate must be at least 0, got ${learningRate}`);
    }
    for (const [i, param] of params.entries()) {
      const grad = grads[i] as Tensor;
      if (param.dtype !== "float32" || grad.dtype !== "float32") {
        throw new TypeError(
          `Cannot step: variable ${i} is ${param.dtype} and its gradient ${grad.dtype}, ` +
            "both must be float32",
        );
      }
      if (!tf.util.arraysEqual(param.shape, grad.shape)) {
        throw new RangeError(
          `Cannot step: variable ${i} is [${param.shape}], but its gradient is [${grad.shape}]`,
        );
      }
    }
    for (const [i, param] of params.entries()) {
      this.#stepOne(param, grads[i] as Tensor, learningRate);
    }
  }

  #stepOne(param: Variable, grad: Tensor, learningRate: number): void {
    if (isShared(param)) tf.tidy(() => param.assign(tf.add(param, 0)));
    kernels.sgd(
      pointer(param),
      pointer(grad),
      this.#momentum === 0 ? 0 : pointer(this.#velocity(param)),
      param.size,
      learningRate,
      this.#momentum,
      this.#weightDecay,
      this.#nesterov ? 1 : 0,
    );
    changed(param);
  }

  #velocity(param: Variable): Tensor {
    let velocity = this.#velocities.get(param);
    if (velocity === undefined) {
      velocity = tf.keep(tf.zeros(param.shape));
      this.#velocities.set(param, velocity);
    }
    return velocity;
  }

  /** Frees the velocities; the next step starts from rest. */
  dispose(): void {
    tf.dispose([...this.#velocities.values()]);
    this.#velocities.clear();
  }
}
