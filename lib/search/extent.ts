import type { Progress } from "../engine/progress.ts";
import type { SearchPlan } from "./options.ts";
import type { Trial } from "./trial.ts";

/** What of a plan it needs. */
type ExtentPlan = Pick<SearchPlan<unknown>, "trials" | "epochs" | "seconds" | "simulated"> & {
  readonly evaluate: { readonly epochs?: number };
};

/** How far a search has come, in the unit of its budget; of several, trials before epochs before seconds. */
export class Extent {
  readonly #unit: "trials" | "epochs" | "seconds";
  readonly #plan: ExtentPlan;
  #done = 0;
  #restored = 0;

  constructor(plan: ExtentPlan, secondsBefore: number) {
    this.#plan = plan;
    this.#unit = plan.trials < Infinity ? "trials" : plan.epochs < Infinity ? "epochs" : "seconds";
    if (this.#unit === "seconds" && !plan.simulated) this.#restored = secondsBefore;
  }

  /** Counts a trial; `restored` ones come from a journal. */
  add(trial: Trial<unknown>, restored: boolean): void {
    const units = {
      trials: 1,
      epochs: trial.repeats === undefined ? trial.epochs ?? this.#plan.evaluate.epochs ?? 0 : 0,
      seconds: this.#plan.simulated ? trial.seconds : 0,
    }[this.#unit];
    this.#done += units;
    if (restored) this.#restored += units;
  }

  /** How far it has come when so many seconds have passed. */
  after(seconds: number): Pick<Progress, "done" | "total" | "unit" | "restored"> {
    const total = this.#plan[this.#unit];
    const done = this.#unit === "seconds" && !this.#plan.simulated ? seconds : this.#done;
    return {
      done: Math.min(done, total),
      total,
      unit: this.#unit,
      ...(this.#restored > 0 ? { restored: this.#restored } : {}),
    };
  }
}
