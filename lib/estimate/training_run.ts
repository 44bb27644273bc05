import { type Augment, batches } from "../data/mod.ts";
import { pause } from "../engine/progress.ts";
import type { Rng } from "../engine/rng.ts";
import { compileThreaded, type Model, type OptimiserSlots, type Plan } from "../model/mod.ts";
import { identify, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { EarlyStop } from "./early_stop.ts";
import { evaluatePlan, type Evaluation, loaded, requireClasses } from "./evaluate_model.ts";
import { factorAt } from "./rate_schedule.ts";
import type { EpochReport, TrainCurves, TrainData, TrainResult } from "./train.ts";
import { type FullRecipe, transformOf } from "./train_recipe.ts";
import { WeightAverage } from "./weight_average.ts";
import {
  arrayNames,
  putSnapshot,
  storeSnapshot,
  takeSnapshot,
  type WeightSnapshot,
} from "./weight_snapshot.ts";

/** What a {@linkcode TrainingRun} needs beside a model and images. */
export interface TrainingRunOptions {
  /** How to train. */
  readonly recipe: FullRecipe;
  /** Determines the order of the images and their augmentation. */
  readonly rng: Rng;
  /** How many threads share each step. */
  readonly threads: number;
  /** The file that it goes on from and is written to, if any. */
  readonly checkpoint: string | undefined;
  /** What the optimiser remembers at the start, if anything. */
  readonly optimiserSlots: OptimiserSlots | undefined;
}

/** A training between its epochs. Owns a plan until it is closed. */
export class TrainingRun {
  readonly #model: Model;
  readonly #data: TrainData;
  readonly #options: TrainingRunOptions;
  readonly #plan: Plan;
  readonly #names: readonly string[];
  readonly #transform: Augment | undefined;
  readonly #average: WeightAverage | undefined;
  readonly #earlyStop: EarlyStop | undefined;
  readonly #curves: { readonly [name in keyof TrainCurves]: number[] } = {
    trainLoss: [],
    trainAccuracy: [],
    validationLoss: [],
    validationAccuracy: [],
    learningRate: [],
  };
  #save: (() => Promise<void>) | undefined;
  #restored = 0;
  #steps = 0;
  #start = performance.now();

  private constructor(model: Model, data: TrainData, options: TrainingRunOptions, plan: Plan) {
    const { average, earlyStop } = options.recipe;
    this.#model = model;
    this.#data = data;
    this.#options = options;
    this.#plan = plan;
    this.#names = arrayNames(model);
    this.#transform = transformOf(options.recipe);
    this.#average = average && new WeightAverage(average, this.#names);
    this.#earlyStop = earlyStop && new EarlyStop(earlyStop);
  }

  /** Begins a training, or goes on with it from its checkpoint. */
  static async open(
    model: Model,
    data: TrainData,
    options: TrainingRunOptions,
  ): Promise<TrainingRun> {
    const { recipe: { batchSize, optimiser }, threads, checkpoint, optimiserSlots } = options;
    requireClasses(model, data.train);
    requireClasses(model, data.validation);
    const compiled = await compileThreaded(model.graph, {
      threads,
      batch: Math.min(batchSize, data.train.labels.length || 1),
      training: true,
      optimiser,
    });
    const run = new TrainingRun(model, data, options, loaded(compiled, model));
    try {
      if (optimiserSlots !== undefined) run.#plan.setOptimiserSlots(optimiserSlots);
      if (checkpoint !== undefined) await run.#goOnFrom(checkpoint);
    } catch (error) {
      run.#plan.dispose();
      throw error;
    }
    return run;
  }

  async #goOnFrom(path: string): Promise<void> {
    const { recipe, rng: { seed }, threads, optimiserSlots } = this.#options;
    const identity = await identify({
      graph: this.#model.graph,
      data: this.#data,
      recipe,
      seed,
      threads,
      start: takeSnapshot(this.#plan, this.#names),
      optimiserSlots,
    });
    const state = await readCheckpoint(path, identity);
    if (state !== undefined) {
      putSnapshot(this.#plan, state.weights);
      this.#plan.restoreOptimiser(state.optimiser);
      for (const [name, curve] of Object.entries(this.#curves)) {
        curve.push(...state.curves[name as keyof TrainCurves]);
      }
      this.#restored = this.epoch;
      this.#steps = state.steps;
      this.#start -= 1000 * state.seconds;
      if (state.average) this.#average?.restore(state.average);
      if (state.earlyStop) this.#earlyStop?.restore(state.earlyStop, this.epoch - 1);
    }
    this.#save = async () =>
      await writeCheckpoint(path, {
        curves: this.#curves,
        steps: this.#steps,
        seconds: this.#seconds,
        weights: takeSnapshot(this.#plan, this.#names),
        optimiser: this.#plan.optimiserState(),
        average: this.#average?.state,
        earlyStop: this.#earlyStop?.state,
      }, identity);
  }

  /** Which epoch is next, from 0: as many as are finished. */
  get epoch(): number {
    return this.#curves.trainLoss.length;
  }

  /** How many epochs were done before, and read from the checkpoint. */
  get restored(): number {
    return this.#restored;
  }

  /** The validation accuracy of the last finished epoch. */
  get lastAccuracy(): number | undefined {
    return this.#curves.validationAccuracy.at(-1);
  }

  /** Whether all epochs ran or early stopping has ended it. */
  get isOver(): boolean {
    return this.epoch === this.#options.recipe.epochs || this.#endedEarly;
  }

  get #endedEarly(): boolean {
    return this.#earlyStop?.isOver ?? false;
  }

  get #seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Trains for an epoch. Returns nothing when the signal stopped it on the way. */
  async trainEpoch(signal: AbortSignal | undefined): Promise<EpochReport | undefined> {
    const { recipe: { batchSize, epochs }, rng } = this.#options;
    const { train } = this.#data;
    const { epoch } = this;
    const learningRate = this.#learningRate();
    let loss = 0;
    let correct = 0;
    for (
      const batch of batches(train, {
        batchSize,
        rng: rng.split(`epoch ${epoch}`),
        ...(this.#transform ? { augment: this.#transform } : {}),
      })
    ) {
      if (signal?.aborted) return undefined;
      const outcome = this.#step(batch);
      loss += outcome.loss * batch.labels.length;
      correct += outcome.correct;
      await pause();
    }
    if (signal?.aborted) return undefined;
    const checked = await this.#validate();
    const report: EpochReport = {
      epoch,
      epochs,
      trainLoss: loss / train.labels.length,
      trainAccuracy: correct / train.labels.length,
      validationLoss: checked.loss,
      validationAccuracy: checked.accuracy,
      learningRate,
    };
    for (const [name, curve] of Object.entries(this.#curves)) {
      curve.push(report[name as keyof TrainCurves]);
    }
    await this.#save?.();
    return report;
  }

  #step(batch: Parameters<Plan["trainStep"]>[0]): ReturnType<Plan["trainStep"]> {
    const { smoothing, clipNorm, learningRate } = this.#options.recipe;
    const outcome = this.#plan.trainStep(batch, {
      learningRate: this.#learningRate(),
      smoothing,
      ...(clipNorm === undefined ? {} : { clipNorm }),
    });
    if (!Number.isFinite(outcome.loss)) {
      throw new Error(
        `Training diverged in epoch ${this.epoch + 1}, step ${this.#steps + 1}: the loss is ` +
          `${outcome.loss}; a learningRate below ${learningRate} may help`,
      );
    }
    this.#steps++;
    this.#average?.take(this.#plan);
    return outcome;
  }

  /** The learning rate of the next step. */
  #learningRate(): number {
    const { learningRate, schedule, epochs, batchSize } = this.#options.recipe;
    const stepsPerEpoch = Math.ceil(this.#data.train.labels.length / batchSize);
    return learningRate * factorAt(schedule, this.#steps, epochs * stepsPerEpoch);
  }

  /** Looks at the weights that would be kept if this were the last epoch, and gives them to the model. */
  async #validate(): Promise<Evaluation> {
    const own = this.#average && takeSnapshot(this.#plan, this.#names);
    if (this.#average) putSnapshot(this.#plan, this.#average.values);
    const checked = await evaluatePlan(this.#plan, this.#data.validation);
    this.#earlyStop?.note(
      this.epoch,
      checked,
      () => takeSnapshot(this.#plan, this.#names),
    );
    this.#plan.store(this.#model); // for whoever looks at it while told of the progress
    if (own) putSnapshot(this.#plan, own);
    return checked;
  }

  /** What has come of it so far. */
  result(): TrainResult {
    const { validationAccuracy } = this.#curves;
    const bestEpoch = this.#earlyStop?.state.bestEpoch ?? -1;
    const isDone = this.epoch === this.#options.recipe.epochs;
    return {
      accuracy: validationAccuracy.at(bestEpoch) ?? NaN, // -1 is the last one's place
      curves: this.#curves,
      steps: this.#steps,
      seconds: this.#seconds,
      stopped: isDone ? "done" : this.#endedEarly ? "early" : "aborted",
      ...(bestEpoch < 0 ? {} : { bestEpoch }),
      optimiserSlots: this.#plan.optimiserSlots(),
    };
  }

  /** Gives the model the weights that are kept, and frees the plan. */
  close(): void {
    try {
      const kept = this.#kept();
      if (kept === undefined) this.#plan.store(this.#model);
      else storeSnapshot(kept, this.#model);
    } finally {
      this.#plan.dispose();
    }
  }

  /** The weights that are kept, where those are not the plan's. */
  #kept(): WeightSnapshot | undefined {
    return [this.#earlyStop?.state.weights, this.#average?.values].find((each) => each?.size);
  }
}
