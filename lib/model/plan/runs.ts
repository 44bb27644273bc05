import type { Shape } from "../../graph/mod.ts";
import { checkFinite, checkName, checkTargets, countImages } from "./check.ts";
import type { Compiled } from "./compiled.ts";
import { type Logits, logitsOf, takeLoss } from "./loss.ts";
import { sizeOf } from "./lowering.ts";
import type { BatchOutcome, PlanBatch, PlanSlopes } from "./plan.ts";
import type { Regions } from "./regions.ts";
import { type Call, planStatistics, type Schedule } from "./schedule.ts";
import type { Taps } from "./taps.ts";
import type { Wanted } from "./wiring.ts";

/** How to run a batch whose images are not counted yet. */
export type RunOptions = Omit<Call, "count">;

/** Runs of a plan's steps on batches, which it checks and copies to where they are read. */
export class Runs {
  readonly #compiled: Compiled;
  readonly #regions: Regions;
  readonly #taps: Taps;
  readonly #imageShape: Shape;
  readonly #outputShape: Shape;
  readonly #logits: Logits;

  /** Of a plan with such regions, whose runs `taps` hears of. */
  constructor(compiled: Compiled, { regions, taps }: {
    readonly regions: Regions;
    readonly taps: Taps;
  }) {
    const { graph, shapes } = compiled;
    this.#compiled = compiled;
    this.#regions = regions;
    this.#taps = taps;
    this.#imageShape = shapes.get(graph.nodes[0]?.name as string) as Shape;
    this.#outputShape = shapes.get(graph.output) as Shape;
    this.#logits = logitsOf(this.#outputShape);
  }

  /** How many numbers an image has. */
  get imageSize(): number {
    return sizeOf(this.#imageShape);
  }

  /** Makes what is computed by the gates as they are; without gradients of gates when nothing is said of them. */
  enter(wanted?: Wanted): void {
    const { options: { training = false }, enter } = this.#compiled;
    enter?.(wanted ?? { weights: training, gates: false });
  }

  /** Checks the images and copies them to where the first step reads them. */
  begin(
    { images, shape }: Pick<PlanBatch, "images" | "shape">,
    options: RunOptions,
    wanted?: Wanted,
  ): Call {
    checkName("statistics", options.statistics, planStatistics);
    const count = this.#count(images, shape);
    checkFinite(images, [count, ...this.#imageShape]);
    this.enter(wanted);
    const to = this.#compiled.ends.images?.region;
    if (to) this.#regions.scatter(images, { to, count });
    this.#taps.begin(count);
    return { ...options, count };
  }

  /** The same for images with labels, which it checks. */
  beginLabelled(batch: PlanBatch, options: RunOptions, wanted?: Wanted): Call {
    this.checkLabels(batch);
    return this.begin(batch, options, wanted);
  }

  /** Throws a `RangeError` unless the labels fit the images. */
  checkLabels(batch: PlanBatch): void {
    const count = this.#count(batch.images, batch.shape);
    checkTargets(batch, { count, output: this.#outputShape });
  }

  #count(images: Float32Array, shape: readonly number[] | undefined): number {
    const { options: { batch } } = this.#compiled;
    return countImages(images, { image: this.#imageShape, batch }, shape);
  }

  /** Runs one of the ways through the network. */
  run(phase: keyof Schedule, call: Call): void {
    if (phase === "backward") this.#compiled.gates.clear();
    this.#compiled.crew.run(phase, call);
    if (phase === "backward") this.#taps.goBack();
  }

  /** A copy of the output of a forward run. */
  output(count: number): Float32Array {
    const { region, size } = this.#compiled.ends.output;
    return this.#regions.gather(region, { count, size });
  }

  /** Runs forward; a copy of the output. */
  forward(batch: Pick<PlanBatch, "images" | "shape">, options: RunOptions): Float32Array {
    const call = this.begin(batch, options);
    this.run("forward", call);
    return this.output(call.count);
  }

  /** Takes the loss of a forward run and writes its slope, by default that of the mean over all rows. */
  takeLoss(
    { labels, mix }: PlanBatch,
    smoothing: number,
    scale = 1 / labels.length,
  ): BatchOutcome {
    const { machine, crew, loss, ends: { output: { region: logits } } } = this.#compiled;
    return takeLoss(machine, loss, {
      logits,
      classLabels: labels,
      mix,
      form: this.#logits,
      shares: crew.sharesOf(labels.length / this.#logits.rows),
      smoothing,
      scale,
    });
  }

  /** Runs forward, and writes the slope of the sum of the images' losses, or the one that is given. */
  forwardToSlopes(batch: PlanBatch | PlanSlopes, options: RunOptions): Call {
    const isLabelled = "labels" in batch;
    const call = isLabelled ? this.beginLabelled(batch, options) : this.begin(batch, options);
    this.run("forward", call);
    if (isLabelled) this.takeLoss(batch, 0, 1 / this.#logits.rows);
    else this.writeSlope(batch.slope, this.output(call.count), call.count);
    return call;
  }

  /** Writes a slope by the output, or what makes it of the output. */
  writeSlope(slope: PlanSlopes["slope"], output: Float32Array, count: number): void {
    const values = typeof slope === "function" ? slope(output) : slope;
    if (values.length !== output.length) {
      throw new RangeError(
        `Cannot run the plan: slope must have the output's ${output.length} numbers, got ` +
          `${values.length}`,
      );
    }
    this.#regions.scatter(values, { to: this.#compiled.loss.slope, count });
  }
}
