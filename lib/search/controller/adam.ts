/** Adam (Kingma & Ba 2015), uphill: parameters follow the gradient of what is to grow. */
export class Adam {
  readonly #rate: number;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #steps = 0;

  constructor(size: number, rate: number) {
    this.#rate = rate;
    this.#first = new Float64Array(size);
    this.#second = new Float64Array(size);
  }

  /** Moves the parameters one step. */
  climb(parameters: Float64Array, gradient: Float64Array): void {
    this.#steps++;
    const [first, second] = [this.#first, this.#second];
    const size = this.#rate / (1 - 0.9 ** this.#steps);
    const correction = 1 / (1 - 0.999 ** this.#steps);
    for (let i = 0; i < parameters.length; i++) {
      const slope = gradient[i]!;
      const m = first[i] = 0.9 * first[i]! + 0.1 * slope;
      const v = second[i] = 0.999 * second[i]! + 0.001 * slope * slope;
      parameters[i]! += size * m / (Math.sqrt(v * correction) + 1e-8);
    }
  }
}
