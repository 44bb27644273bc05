/** What a {@linkcode Controller} is and how it learns. */
export interface ControllerOptions {
  /**
   * `"lstm"`: a recurrent network, for which every choice depends on those before it (Zoph & Le 2017);
   * `"logits"`: a number for each option of each decision, as in NAS-Bench-201's code (Dong & Yang
   * 2020). `"lstm"` when absent.
   */
  readonly policy?: "lstm" | "logits";
  /** Numbers in a layer's state of the LSTM; 64 when absent, as in ENAS's code (Pham et al. 2018). */
  readonly units?: number;
  /** Layers of the LSTM; 1 when absent. Zoph & Le have 2 of 35 units. */
  readonly layers?: number;
  /** Divides the logits: the larger, the more even the choice. 1 when absent. */
  readonly temperature?: number;
  /**
   * Logits are squeezed into (-c, c) by `c · tanh`, so that the policy never becomes sure of anything;
   * 2.5 when absent, as in ENAS. `Infinity` is no bound.
   */
  readonly tanhConstant?: number;
  /** Adam's step; 0.0035 for the LSTM when absent, as in ENAS's code, and 0.1 for the logits. */
  readonly learningRate?: number;
  /** What a nat of entropy is worth, in units of the reward; 0 when absent. ENAS has 1e-4. */
  readonly entropyWeight?: number;
  /** The longest gradient; a longer one is shortened to it. 5 when absent. */
  readonly maxNorm?: number;
}

/** All options of a controller, none absent. */
export type ControllerPlan = Required<ControllerOptions>;

/**
 * Fills in what is absent.
 *
 * @throws {TypeError} When there is no such policy.
 * @throws {RangeError} When a number is out of range.
 */
export function planController(task: string, options: ControllerOptions): ControllerPlan {
  const { policy = "lstm" } = options;
  if (policy !== "lstm" && policy !== "logits") {
    throw new TypeError(`Cannot ${task}: policy must be "lstm" or "logits", got ${policy}`);
  }
  const plan: ControllerPlan = {
    policy,
    units: options.units ?? 64,
    layers: options.layers ?? 1,
    temperature: options.temperature ?? 1,
    tanhConstant: options.tanhConstant ?? 2.5,
    learningRate: options.learningRate ?? (policy === "lstm" ? 0.0035 : 0.1),
    entropyWeight: options.entropyWeight ?? 0,
    maxNorm: options.maxNorm ?? 5,
  };
  checkCount(task, "units", plan.units);
  checkCount(task, "layers", plan.layers);
  for (const name of ["temperature", "learningRate"] as const) {
    if (!(plan[name] > 0 && plan[name] < Infinity)) {
      throw new RangeError(`Cannot ${task}: ${name} must be a positive number, got ${plan[name]}`);
    }
  }
  for (const name of ["tanhConstant", "maxNorm"] as const) {
    if (!(plan[name] > 0)) {
      throw new RangeError(`Cannot ${task}: ${name} must be positive, got ${plan[name]}`);
    }
  }
  if (!(plan.entropyWeight >= 0 && plan.entropyWeight < Infinity)) {
    throw new RangeError(
      `Cannot ${task}: entropyWeight must be a number from 0 up, got ${plan.entropyWeight}`,
    );
  }
  return plan;
}

/** Throws unless a number is a positive whole one. */
export function checkCount(task: string, name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RangeError(`Cannot ${task}: ${name} must be a positive whole number, got ${value}`);
}
