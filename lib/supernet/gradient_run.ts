import {
  augment,
  type Batch,
  batch as takeBatch,
  batches,
  type Dataset,
  split,
} from "../data/mod.ts";
import { createRng, type Rng } from "../engine/mod.ts";
import { pause } from "../engine/progress.ts";
import { type BatchOutcome, compile, type Gates, type Plan } from "../model/mod.ts";
import { expectedOf } from "./cost_loss.ts";
import { entropyOf } from "./gating.ts";
import { openGradientCheckpoint } from "./gradient_checkpoint.ts";
import type { GradientMethod, LogitSlopes } from "./gradient_method.ts";
import {
  checkChoices,
  checkImages,
  type GradientOptions,
  type GradientSettings,
  settingsOf,
} from "./gradient_options.ts";
import type { GradientEpoch, GradientResult, SearchData } from "./gradient_search.ts";
import { LogitAdam } from "./logit_adam.ts";
import { Logits } from "./logits.ts";
import { archWithin, countSkips } from "./skips.ts";
import type { Supernet } from "./supernet.ts";
import { readArrays, writeArrays } from "./plan_arrays.ts";

/** What a {@linkcode GradientRun} needs beside a supernet. */
export interface GradientTask {
  readonly method: GradientMethod;
  readonly data: SearchData;
  readonly options: GradientOptions;
}

/** A search by gradients between its epochs. Owns a plan until it is closed. */
export class GradientRun<A> {
  readonly #supernet: Supernet<A>;
  readonly #task: GradientTask;
  readonly #settings: GradientSettings;
  readonly #rng: Rng;
  readonly #plan: Plan;
  readonly #logits: Logits;
  readonly #adam: LogitAdam;
  /** The training images of weights and of logits. */
  readonly #halves: readonly [weights: Dataset, logits: Dataset];
  readonly #records: GradientEpoch<A>[] = [];
  #save: (() => Promise<void>) | undefined;
  #steps = 0;
  #start = performance.now();

  private constructor(supernet: Supernet<A>, task: GradientTask) {
    const { method, options, data: { train, validation } } = task;
    checkChoices(supernet.choices, options.cost);
    checkImages({ train, validation }, supernet.graph);
    const settings = settingsOf(options, { method, images: train.labels.length });
    const { momentum, weightDecay, init } = settings.weights;
    this.#supernet = supernet;
    this.#task = task;
    this.#settings = settings;
    this.#rng = createRng(settings.seed);
    const { share, logits } = settings;
    this.#halves = share === 1
      ? [train, train]
      : split(train, { fractions: [share, 1 - share], rng: this.#rng.split("halves") });
    this.#logits = new Logits(supernet.choices, {
      gating: method.gating,
      rng: this.#rng.split("logits"),
      deviation: logits.deviation,
    });
    this.#adam = new LogitAdam(this.#logits, logits);
    this.#plan = compile(supernet.graph, {
      batch: Math.min(settings.batchSize, train.labels.length),
      training: true,
      optimiser: { kind: "sgd", momentum, weightDecay },
    });
    this.#plan.initialise({ rng: this.#rng.split("weights"), init });
  }

  /** Begins a search, or goes on with it from its checkpoint. */
  static async open<A>(supernet: Supernet<A>, task: GradientTask): Promise<GradientRun<A>> {
    const run = new GradientRun(supernet, task);
    try {
      const { checkpoint } = task.options;
      if (checkpoint !== undefined) await run.#goOnFrom(checkpoint);
    } catch (error) {
      run.close();
      throw error;
    }
    return run;
  }

  async #goOnFrom(path: string): Promise<void> {
    const { method, data, options: { cost } } = this.#task;
    const { graph, space } = this.#supernet;
    const file = await openGradientCheckpoint<A>(path, {
      graph,
      space: space.name,
      method,
      settings: this.#settings,
      data,
      cost,
    });
    const { found } = file;
    if (found) {
      writeArrays(this.#plan, found.weights);
      this.#plan.restoreOptimiser(found.optimiser);
      this.#logits.restore(found.logits);
      this.#adam.restore(found.adam);
      this.#records.push(...found.records);
      this.#steps = found.steps;
      this.#start -= 1000 * found.seconds;
    }
    this.#save = async () =>
      await file.write({
        weights: readArrays(this.#plan),
        optimiser: this.#plan.optimiserState(),
        logits: this.#logits.state,
        adam: this.#adam.state,
        records: this.#records,
        steps: this.#steps,
        seconds: this.#seconds,
      });
  }

  /** Which epoch is next, from 0: as many as are finished. */
  get epoch(): number {
    return this.#records.length;
  }

  /** How many there are. */
  get epochs(): number {
    return this.#settings.epochs;
  }

  /** The last that is finished. */
  get last(): GradientEpoch<A> | undefined {
    return this.#records.at(-1);
  }

  /** Whether all epochs ran or there were too many skip connections. */
  get isOver(): boolean {
    return this.epoch === this.epochs || this.#hasCollapsed;
  }

  get #hasCollapsed(): boolean {
    const { skips: { stopAt = Infinity }, warmUp } = this.#settings;
    return this.epoch > warmUp && (this.last?.skips ?? 0) >= stopAt;
  }

  get #seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  get #stepsPerEpoch(): number {
    return Math.ceil(this.#halves[0].labels.length / this.#settings.batchSize);
  }

  get #learningRate(): number {
    const { learningRate, end } = this.#settings.weights;
    const progress = this.#steps / (this.epochs * this.#stepsPerEpoch);
    return end + 0.5 * (learningRate - end) * (1 + Math.cos(Math.PI * progress));
  }

  /** Runs an epoch. Returns nothing when the signal stopped it on the way. */
  async runEpoch(): Promise<GradientEpoch<A> | undefined> {
    const { epoch, epochs, last } = this, { drops } = this.#settings;
    const { signal, cost } = this.#task.options;
    const keep = drops.filter(({ after }) => after === epoch).map(({ keep }) => keep);
    if (keep.length > 0) this.#logits.drop(Math.min(...keep));
    const learningRate = this.#learningRate;
    const sums = await this.#train(this.#rng.split(`epoch ${epoch}`));
    if (sums === undefined) return undefined;
    const checked = await this.#validate();
    if (signal?.aborted) return undefined;
    const probabilities = this.#logits.probabilities();
    const record: GradientEpoch<A> = {
      epoch,
      epochs,
      trainLoss: sums.loss / sums.images,
      trainAccuracy: sums.correct / sums.images,
      ...(sums.logitImages > 0 ? { logitLoss: sums.logitLoss / sums.logitImages } : {}),
      validationLoss: checked.loss,
      validationAccuracy: checked.accuracy,
      learningRate,
      ...this.#found(),
      entropy: new Map([...probabilities].map(([choice, gates]) => [choice, entropyOf(gates)])),
      candidates: this.#logits.state.candidates,
      skips: countSkips(this.#supernet, this.#supernet.archOf(probabilities)),
      ...(cost ? { expectedCost: expectedOf(cost, probabilities) } : {}),
      seconds: Math.max(this.#seconds, last?.seconds ?? 0),
    };
    this.#records.push(record);
    await this.#save?.();
    return record;
  }

  /** What has come of the search so far. */
  result(): GradientResult<A> {
    return {
      ...this.#found(),
      epochs: [...this.#records],
      weights: readArrays(this.#plan),
      steps: this.#steps,
      seconds: this.#seconds,
      stopped: this.epoch === this.epochs ? "done" : this.#hasCollapsed ? "skips" : "aborted",
    };
  }

  /** Frees the plan. */
  close(): void {
    this.#plan.dispose();
  }

  /** What the logits are, and say. */
  #found(): Pick<GradientResult<A>, "arch" | "logits" | "probabilities"> {
    const probabilities = this.#logits.probabilities();
    const plain = (map: ReadonlyMap<string, ArrayLike<number>>) =>
      new Map([...map].map(([choice, values]) => [choice, Array.from(values)]));
    return {
      arch: archWithin(this.#supernet, probabilities, this.#settings.skips.limit),
      logits: plain(this.#logits.state.values),
      probabilities: plain(probabilities),
    };
  }

  /** Takes an epoch's steps, and adds up how they went. Returns nothing when the signal stopped them. */
  async #train(rng: Rng): Promise<Sums | undefined> {
    const { method, options: { signal } } = this.#task;
    const isFrozen = this.epoch < this.#settings.warmUp || method.learns === false;
    const total = this.epochs * this.#stepsPerEpoch;
    const sums: Sums = { loss: 0, correct: 0, images: 0, logitLoss: 0, logitImages: 0 };
    const others = this.#endless(rng.split("logits"));
    let logitBatch: Batch | undefined;
    for (const train of this.#batches(this.#halves[0], rng.split("weights"))) {
      if (signal?.aborted) return undefined;
      const outcome = method.step({
        plan: this.#plan,
        choices: this.#supernet.choices,
        logits: this.#logits,
        train,
        nextBatch: () => logitBatch = others.next().value,
        learningRate: this.#learningRate,
        number: this.#steps,
        progress: this.#steps / Math.max(1, total - 1),
        isFrozen,
        rng: rng.split(`step ${this.#steps}`),
        moveLogits: (slopes) => {
          const images = logitBatch?.labels.length ?? 0;
          sums.logitLoss += slopes.loss * images;
          sums.logitImages += images;
          this.#moveLogits(slopes);
        },
        trainWeights: (gates) => this.#trainWeights(train, gates),
      });
      sums.loss += outcome.loss * train.labels.length;
      sums.correct += outcome.correct;
      sums.images += train.labels.length;
      this.#steps++;
      await pause();
    }
    return signal?.aborted ? undefined : sums;
  }

  #trainWeights(train: Batch, gates: Gates | undefined): BatchOutcome {
    if (gates) this.#plan.setGates(gates);
    const { clipNorm } = this.#settings.weights;
    const outcome = this.#plan.trainStep(train, { learningRate: this.#learningRate, clipNorm });
    this.#requireFinite("weights", outcome.loss);
    return outcome;
  }

  #moveLogits({ loss, gradient }: LogitSlopes): void {
    this.#requireFinite("logits", loss);
    const { method, options: { cost } } = this.#task;
    const probabilities = this.#logits.probabilities();
    const slopes = cost?.form.at({
      crossEntropy: loss,
      expected: expectedOf(cost, probabilities),
    });
    if (slopes) this.#requireFinite("logits", slopes.loss);
    const byCost = cost && this.#logits.pullBack(cost.costs);
    const penalty = method.penalty?.(this.#logits);
    const sum = new Map(this.#logits.choices.map((choice) => {
      const parts = [gradient, byCost, penalty].map((each) => each?.get(choice));
      const factors = [slopes?.byCrossEntropy ?? 1, slopes?.byExpected ?? 0, 1];
      return [
        choice,
        this.#logits.of(choice).map((_, place) =>
          parts.reduce((sum, part, i) => sum + (factors[i] as number) * (part?.[place] ?? 0), 0)
        ),
      ];
    }));
    this.#adam.step(this.#logits, sum);
  }

  #requireFinite(of: string, loss: number): void {
    if (Number.isFinite(loss)) return;
    throw new Error(
      `The search diverged in epoch ${this.epoch + 1}, step ${
        this.#steps + 1
      }: the loss of the ${of} is ` +
        `${loss}; a weights.learningRate below ${this.#settings.weights.learningRate} may help`,
    );
  }

  /** Runs the supernet over the validation images, in batches of much the same size. */
  async #validate(): Promise<{ readonly loss: number; readonly accuracy: number }> {
    const { method, data: { validation } } = this.#task;
    this.#plan.setGates(method.evaluated(this.#logits.probabilities()));
    const all = validation.labels.length, parts = Math.ceil(all / this.#plan.batch);
    let loss = 0, correct = 0;
    for (let part = 0; part < parts; part++) {
      const start = Math.floor(part * all / parts);
      const count = Math.floor((part + 1) * all / parts) - start;
      const outcome = this.#plan.evaluate(takeBatch(validation, { start, count }), {
        statistics: "batch",
      });
      loss += outcome.loss * count;
      correct += outcome.correct;
      await pause();
    }
    return { loss: loss / all, accuracy: correct / all };
  }

  #batches(images: Dataset, rng: Rng): Generator<Batch, void, undefined> {
    const { batchSize, augment: changes } = this.#settings;
    return batches(images, { batchSize, rng, ...(changes ? { augment: augment(changes) } : {}) });
  }

  /** The logits' images over and over. */
  *#endless(rng: Rng): Generator<Batch, never, undefined> {
    for (let pass = 0;; pass++) yield* this.#batches(this.#halves[1], rng.split(pass));
  }
}

/** What an epoch's steps add up to. */
interface Sums {
  loss: number;
  correct: number;
  images: number;
  logitLoss: number;
  logitImages: number;
}
