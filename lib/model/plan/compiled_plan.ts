import type { Graph, Shape } from "../../graph/mod.ts";
import type { BuildOptions, Gates, Model } from "../model.ts";
import { Arrays } from "./arrays.ts";
import { checkName, checkStep } from "./check.ts";
import type { Compiled } from "./compiled.ts";
import { Gradients } from "./gradients.ts";
import { OptimiserMemory } from "./optimiser_memory.ts";
import type {
  BackwardOptions,
  BatchEvaluation,
  BatchOutcome,
  OptimiserSlots,
  OptimiserState,
  Plan,
  PlanBatch,
  PlanForwardOptions,
  PlanGateGradients,
  PlanGradients,
  PlanParam,
  PlanSlopes,
  PlanStatisticsOptions,
  PullBackOptions,
  SampleMode,
  SetGatesOptions,
  StepOutcome,
  TrainStepOptions,
} from "./plan.ts";
import { type ProfileOptions, type ProfileRow, requireRepeats, timeSteps } from "./profile.ts";
import { Regions } from "./regions.ts";
import { Runs } from "./runs.ts";
import { addUpSamples, onlyImage, sampleModes, weightsAmong } from "./sample_gradients.ts";
import { sampleGram, takesRunPerImage } from "./sample_gram.ts";
import { score } from "./score.ts";
import { Taps } from "./taps.ts";
import { timedSteps } from "./timed_steps.ts";
import type { Wanted } from "./wiring.ts";

/** Runs what was compiled. */
export class CompiledPlan implements Plan {
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly batch: number;
  readonly params: ReadonlyMap<string, PlanParam>;
  readonly dependsOnInput: boolean;
  readonly #compiled: Compiled;
  readonly #arrays: Arrays;
  readonly #regions: Regions;
  readonly #taps: Taps;
  readonly #runs: Runs;
  readonly #memory: OptimiserMemory;
  readonly #gradientsAt: Gradients;
  #disposed = false;

  /** Takes over the memory. */
  constructor(compiled: Compiled) {
    this.#compiled = compiled;
    this.graph = compiled.graph;
    this.shapes = compiled.shapes;
    this.batch = compiled.options.batch;
    this.dependsOnInput = compiled.ends.images !== undefined;
    this.#arrays = new Arrays(compiled.machine, compiled.parameters);
    this.#regions = new Regions(compiled);
    this.#taps = new Taps(compiled, this.#regions);
    this.#memory = new OptimiserMemory(compiled);
    this.#gradientsAt = new Gradients(compiled, this.#regions);
    this.#runs = new Runs(compiled, { regions: this.#regions, taps: this.#taps });
    this.params = new Map(
      [...compiled.parameters.params].map(([name, { spec, reached }]) =>
        [name, { shape: spec.shape, reached }] as const
      ),
    );
  }

  get bytes(): number {
    return this.#compiled.bytes;
  }

  get gates(): ReadonlyMap<string, Float64Array> {
    return this.#compiled.gates.copy();
  }

  setGates(gates: Gates, { open = new Map() }: SetGatesOptions = {}): void {
    this.#requireLive();
    this.#compiled.gates.set(gates, open);
  }

  load(model: Model): void {
    this.#requireLive();
    this.#arrays.load(model);
    this.#memory.rest();
  }

  store(model: Model): void {
    this.#requireLive();
    this.#arrays.store(model);
  }

  initialise(options: BuildOptions): void {
    this.#requireLive();
    this.#arrays.initialise(options);
    this.#memory.rest();
  }

  weights(name: string): Float32Array {
    this.#requireLive();
    return this.#arrays.view(name).slice();
  }

  setWeights(name: string, values: ArrayLike<number>): void {
    this.#requireLive();
    this.#arrays.write(name, values);
  }

  optimiserState(): OptimiserState {
    this.#requireLive();
    return this.#memory.read();
  }

  restoreOptimiser(state: OptimiserState): void {
    this.#requireLive();
    this.#memory.write(state);
  }

  optimiserSlots(): OptimiserSlots {
    this.#requireLive();
    return this.#memory.readSlots();
  }

  setOptimiserSlots(slots: OptimiserSlots): void {
    this.#requireLive();
    this.#memory.writeSlots(slots);
  }

  requireFinite(): void {
    this.#requireLive();
    this.#arrays.requireFinite();
  }

  forward(images: Float32Array, options: PlanForwardOptions = {}): Float32Array {
    this.#requireLive();
    const { statistics = "running", updateStatistics = false } = options;
    if (updateStatistics && statistics !== "batch") {
      throw new RangeError(
        `Cannot run the plan: updateStatistics needs statistics "batch", got "${statistics}"`,
      );
    }
    return this.#runs.forward({ images }, { statistics, update: updateStatistics });
  }

  evaluate(
    batch: PlanBatch,
    { statistics = "running" }: PlanStatisticsOptions = {},
  ): BatchEvaluation {
    this.#requireLive();
    this.#runs.checkLabels(batch);
    return score(this.#runs.forward(batch, { statistics, update: false }), batch.labels);
  }

  trainStep(batch: PlanBatch, options: TrainStepOptions): StepOutcome {
    const { learningRate, smoothing = 0, clipNorm, gates = false } = options;
    this.#requireTraining();
    checkStep(options);
    const run = { statistics: "batch", update: true } as const;
    const call = this.#runs.beginLabelled(batch, run, { weights: true, gates });
    this.#runs.run("forward", call);
    const outcome = this.#runs.takeLoss(batch, smoothing);
    if (!Number.isFinite(outcome.loss)) return outcome;
    this.#runs.run("backward", call);
    const clipped = this.#gradientsAt.settle({ count: call.count, clipNorm });
    this.#compiled.crew.move({ learningRate, number: this.#memory.next });
    this.#memory.count();
    return { ...outcome, ...clipped, ...(gates ? this.#gateGradients() : {}) };
  }

  backward(batch: PlanBatch, options: BackwardOptions = {}): BatchOutcome & PlanGradients {
    const { statistics = "batch", smoothing = 0, weights = true } = options;
    this.#requireTraining();
    checkStep({ learningRate: 0, smoothing });
    const wanted = { weights, gates: true };
    const call = this.#runs.beginLabelled(batch, { statistics, update: false }, wanted);
    this.#runs.run("forward", call);
    const outcome = this.#runs.takeLoss(batch, smoothing);
    this.#runs.run("backward", call);
    return { ...outcome, ...this.#found(call.count, wanted) };
  }

  pullBack(
    images: Float32Array,
    { slope, statistics = "batch", weights = true }: PullBackOptions,
  ): PlanGradients & { readonly output: Float32Array } {
    this.#requireTraining();
    const wanted = { weights, gates: true };
    const call = this.#runs.begin({ images }, { statistics, update: false }, wanted);
    this.#runs.run("forward", call);
    const output = this.#runs.output(call.count);
    this.#runs.writeSlope(slope, output, call.count);
    this.#runs.run("backward", call);
    return { output, ...this.#found(call.count, wanted) };
  }

  activation(node: string): Float32Array {
    this.#requireLive();
    return this.#taps.activation(node);
  }

  activationGradient(node: string): Float32Array {
    this.#requireTraining();
    return this.#taps.gradient(node);
  }

  codeAgreement(nodes?: readonly string[]): Float64Array {
    this.#requireLive();
    return this.#taps.codeAgreement(nodes);
  }

  distinctPatterns(nodes?: readonly string[]): number {
    this.#requireLive();
    return this.#taps.distinctPatterns(nodes);
  }

  sampleGradients(
    batch: PlanBatch | PlanSlopes,
    mode: SampleMode,
    { statistics = "sample" }: PlanStatisticsOptions = {},
  ): Map<string, Float32Array> {
    this.#requireTraining();
    checkName("mode", mode, Object.keys(sampleModes));
    this.#runs.enter();
    if (takesRunPerImage(this.#compiled.schedule, statistics)) {
      return this.#sampleByRuns(batch, mode);
    }
    const options = { statistics, update: false, sampleMode: sampleModes[mode] } as const;
    const call = this.#runs.forwardToSlopes(batch, options);
    this.#regions.clear(this.#compiled.slabs.gradients, call.count);
    this.#runs.run("backward", call);
    return weightsAmong(this.#gradients(call.count).params);
  }

  sampleGram(
    batch: PlanBatch | PlanSlopes,
    { statistics = "sample" }: PlanStatisticsOptions = {},
  ): Float32Array {
    this.#requireTraining();
    this.#runs.enter();
    const { schedule, compileAlone } = this.#compiled;
    if (compileAlone && !takesRunPerImage(schedule, statistics)) {
      const alone = compileAlone();
      try {
        this.#arrays.copyTo(alone);
        this.#taps.begin(0);
        return alone.sampleGram(batch, { statistics });
      } finally {
        alone.dispose();
      }
    }
    const options = { statistics, update: false } as const;
    const call = this.#runs.forwardToSlopes(batch, options);
    const { slope } = this.#compiled.loss;
    const { size } = this.#compiled.ends.output;
    const slopes = this.#regions.gather(slope, { count: call.count, size });
    return sampleGram(this.#compiled, {
      call,
      images: batch.images,
      slopes,
      goBack: (gram) => this.#runs.run("backward", { ...call, gram }),
      runAgain: (images, slopes, gram) => {
        const again = this.#runs.begin({ images }, options);
        this.#runs.run("forward", again);
        this.#regions.scatter(slopes, { to: slope, count: again.count });
        this.#runs.run("backward", gram === undefined ? again : { ...again, gram });
        if (gram === undefined) this.#compiled.crew.addUp(again.count);
      },
    });
  }

  profile(batch: PlanBatch, { repeats = 10 }: ProfileOptions = {}): ProfileRow[] {
    requireRepeats(repeats);
    this.#requireLive();
    const { options: { training = false } } = this.#compiled;
    const statistics = training ? "batch" : "running";
    this.#runs.enter();
    const steps = timedSteps(this.#compiled, {
      labels: batch.labels.length,
      statistics,
      takeLoss: () => this.#runs.takeLoss(batch, 0),
      number: this.#memory.next,
    });
    // A step of length 0 moves no weight, but what the optimiser remembers.
    const kept = this.#memory.read();
    const begin = () => this.#runs.beginLabelled(batch, { statistics, update: false });
    const timings = timeSteps(steps, { begin, repeats });
    this.#memory.write(kept);
    return timings;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#compiled.crew.end();
  }

  #requireLive(): void {
    if (this.#disposed) throw new TypeError("Cannot use the plan: it was disposed of");
  }

  #requireTraining(): void {
    this.#requireLive();
    if (!this.#compiled.options.training) {
      throw new TypeError(
        "Cannot compute gradients: the plan was compiled without `training: true`",
      );
    }
  }

  /** Through the batch's statistics, forward as well: the way back writes over what it has read. */
  #sampleByRuns(
    batch: PlanBatch | PlanSlopes,
    mode: SampleMode,
  ): Map<string, Float32Array> {
    const options = { statistics: "batch", update: false } as const;
    const { count } = this.#runs.forwardToSlopes(batch, options);
    const { loss: { slope: to }, ends: { output: { size } } } = this.#compiled;
    const slopes = this.#regions.gather(to, { count, size });
    return addUpSamples(count, mode, (image) => {
      const call = this.#runs.begin(batch, options);
      this.#runs.run("forward", call);
      this.#regions.scatter(onlyImage(slopes, image, count), { to, count });
      this.#runs.run("backward", call);
      return this.#gradients(count).params;
    });
  }

  /** What was wanted of the gradients of a run. */
  #found(count: number, { weights }: Wanted): PlanGradients {
    const gradients = weights ? this.#gradients(count) : { params: new Map() };
    return { ...gradients, ...this.#gateGradients() };
  }

  #gateGradients(): PlanGateGradients {
    const { gates } = this.#compiled;
    return gates.size > 0 ? { gates: gates.gradients() } : {};
  }

  #gradients(count: number): PlanGradients {
    return this.#gradientsAt.read({ count, size: this.#runs.imageSize });
  }
}
