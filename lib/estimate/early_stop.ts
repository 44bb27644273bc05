import type { WeightSnapshot } from "./weight_snapshot.ts";

/** When a training ends before its last epoch (Prechelt 1998). It looks at the validation images alone. */
export interface EarlyStopOptions {
  /** After how many epochs that are no better than the best one. */
  readonly patience: number;
  /** What makes an epoch better: a higher validation accuracy or a lower loss; `"accuracy"` when absent. */
  readonly by?: "accuracy" | "loss";
  /** By how much it has to be better, at least; any bit will do when absent. */
  readonly least?: number;
}

/** How an epoch did on the validation images. */
export interface ValidationOutcome {
  /** Top-1 share. */
  readonly accuracy: number;
  /** Mean cross entropy, in nats. */
  readonly loss: number;
}

/** What early stopping remembers. */
export interface EarlyStopState {
  /** The best epoch, from 0; -1 before the first. */
  readonly bestEpoch: number;
  /** Its accuracy or loss. */
  readonly best: number;
  /** Its weights, nothing before the first. */
  readonly weights: WeightSnapshot;
}

/** Remembers a training's best epoch and when to give up. */
export class EarlyStop {
  readonly #options: Required<EarlyStopOptions>;
  #state: EarlyStopState;
  #last = -1;

  /** Without an epoch. */
  constructor(options: Required<EarlyStopOptions>) {
    this.#options = options;
    const best = options.by === "accuracy" ? -Infinity : Infinity;
    this.#state = { bestEpoch: -1, best, weights: new Map() };
  }

  /** Takes note of an epoch; `weights` gives those that the outcome is of. */
  note(epoch: number, outcome: ValidationOutcome, weights: () => WeightSnapshot): void {
    const { by, least } = this.#options;
    this.#last = epoch;
    const value = outcome[by], { best } = this.#state;
    const gain = by === "accuracy" ? value - best : best - value;
    const isBetter = gain > 0 && gain >= least; // a loss that is no number never is
    if (isBetter) this.#state = { bestEpoch: epoch, best: value, weights: weights() };
  }

  /** Whether patience is at its end. */
  get isOver(): boolean {
    return this.#last - this.#state.bestEpoch >= this.#options.patience;
  }

  /** The best epoch and its weights. */
  get state(): EarlyStopState {
    return this.#state;
  }

  /** Goes on from what was remembered after `last`, the last epoch. */
  restore(state: EarlyStopState, last: number): void {
    this.#state = state;
    this.#last = last;
  }
}
