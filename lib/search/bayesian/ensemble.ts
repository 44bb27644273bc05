import type { Json } from "../../engine/json.ts";
import type { Rng } from "../../engine/rng.ts";
import type { Described } from "./features.ts";
import { Inputs } from "./inputs.ts";
import type { Prediction, Predictor } from "./predictor.ts";
import { Scale } from "./scale.ts";
import { SmallNetwork, type Training, trainSmallNetwork } from "./small_network.ts";

/** The number of networks, as in BANANAS. */
const members = 5;
const hidden = 20;
const training: Training = { steps: 250, batch: 16, rate: 0.02, decay: 0.01 };

/** Predictions of an architecture by the networks of one fit. */
interface Kept extends Prediction {
  readonly fit: number;
}

/**
 * An ensemble of small networks, each with weights and an order of its own: where they disagree, little
 * is known (Lakshminarayanan et al. 2017). It is made anew each time there are ten more outcomes, as
 * in BANANAS (White et al. 2021), or an eighth more where that is more.
 *
 * Architectures in flight change nothing of it.
 */
export class Ensemble implements Predictor {
  readonly #options: readonly number[];
  readonly #rng: Rng;
  /** How many outcomes it is made from. */
  #fitted = 0;
  #scale = new Scale(Float64Array.of(0));
  #networks: readonly SmallNetwork[] = [];
  #inputs: Inputs | undefined;
  #kept = new WeakMap<Described<unknown>, Kept>();
  #tried: readonly Described<unknown>[] = [];

  /**
   * @param options How many options each decision of the space has.
   * @param rng What the networks are drawn from.
   */
  constructor(options: readonly number[], rng: Rng) {
    this.#options = options;
    this.#rng = rng;
  }

  learn(tried: readonly Described<unknown>[], values: Float64Array): void {
    this.#tried = tried;
    const isDue = this.#fitted === 0 ||
      values.length >= this.#fitted + Math.max(10, Math.floor(this.#fitted / 8));
    if (isDue) this.#fit(values.length, values);
    // Restored: the same outcomes give the same networks.
    else if (this.#inputs === undefined) this.#fit(this.#fitted, values);
  }

  predict(candidates: readonly Described<unknown>[]): Prediction[] {
    return candidates.map((candidate) => this.#predict(candidate));
  }

  best(): number {
    return this.#tried.reduce((best, each) => Math.max(best, this.#predict(each).mean), -Infinity);
  }

  get scale(): Scale {
    return this.#scale;
  }

  snapshot(): Json {
    return this.#fitted;
  }

  restore(state: Json): void {
    this.#fitted = state as number;
    this.#inputs = undefined;
    this.#kept = new WeakMap();
  }

  #predict(candidate: Described<unknown>): Prediction {
    const kept = this.#kept.get(candidate);
    if (kept?.fit === this.#fitted) return kept;
    const input = (this.#inputs as Inputs).of(candidate);
    const outputs = this.#networks.map((network) => network.predict(input));
    const mean = outputs.reduce((sum, output) => sum + output, 0) / members;
    const squares = outputs.reduce((sum, output) => sum + (output - mean) ** 2, 0);
    const prediction = { mean, deviation: Math.sqrt(squares / (members - 1)), fit: this.#fitted };
    this.#kept.set(candidate, prediction);
    return prediction;
  }

  /** Makes the networks from the first so many outcomes. */
  #fit(count: number, values: Float64Array): void {
    this.#fitted = count;
    const known = this.#tried.slice(0, count);
    const inputs = this.#inputs = new Inputs(this.#options, known);
    const examples = known.map((each) => inputs.of(each));
    this.#scale = new Scale(values.subarray(0, count));
    const active = examples.reduce((sum, { indices }) => sum + indices.length, 0) / count;
    const rng = this.#rng.split(count);
    this.#networks = Array.from({ length: members }, (_, member) => {
      const draw = rng.split(member);
      const network = new SmallNetwork({ inputs: inputs.size, active, hidden }, draw);
      trainSmallNetwork(
        network,
        { inputs: examples, targets: this.#scale.values, rng: draw },
        training,
      );
      return network;
    });
  }
}
