import type { Batch } from "../data/dataset.ts";
import { quickRng } from "../engine/quick_rng.ts";
import type { Rng } from "../engine/rng.ts";
import { type Graph, inferShapes, type Shape } from "../graph/mod.ts";
import {
  buildModel,
  type BuildOptions,
  compile,
  type CompileOptions,
  type HessianVectorOptions,
  type HessianVectorOutcome,
  hessianVectorProduct,
  type Init,
  liveNodes,
  type Model,
  type Plan,
  type PlanSlopes,
  type PlanStatisticsOptions,
  type SampleMode,
} from "../model/mod.ts";
import { requireFinite } from "../model/all_finite.ts";
import { startParams } from "../model/start_params.ts";
import {
  type BatchNormStatistics,
  type NormalisedRun,
  runNormalised,
} from "./batch_norm_statistics.ts";

/** A convolution or linear layer with the gradient of its weight. */
export interface LayerGradient {
  /** The parameter's name, `node.weight`. */
  readonly name: string;
  /** The weight. */
  readonly weight: Float32Array;
  /** The gradient, in the weight's shape; zeros where the output does not depend on the layer. */
  readonly gradient: Float32Array;
}

/** The value of a node on every image. */
export interface Tap {
  /** The node. */
  readonly node: string;
  /** The shape of its value for one image. */
  readonly shape: Shape;
  /** `[count, ...shape]`. */
  readonly values: Float32Array;
}

/** The value of a node on every image, and how the loss changes with it. */
export interface GradientTap extends Tap {
  /** The gradient of the mean cross entropy by the values, `[count, ...shape]`. */
  readonly slopes: Float32Array;
}

/** How to run a network for taps. */
export interface TapOptions extends PlanStatisticsOptions {
  /** Other images than the batch's, as many. */
  readonly images?: Float32Array;
}

/** Whose gradients of what. */
export interface SampleGradientOptions extends PlanStatisticsOptions {
  /** The slope of something else than the cross entropy by the output, a row for each image. */
  readonly slope?: PlanSlopes["slope"];
}

/** What a probe looks at. */
export interface ProbeOptions {
  /** A graph, whose weights are drawn; or a model, whose weights are taken as they are. */
  readonly network: Graph | Model;
  /** The images, and their labels. */
  readonly batch: Batch;
  /** Draws the weights, and whatever else is drawn. */
  readonly rng: Rng;
  /** How drawn weights start. */
  readonly init: Init;
  /** Another graph with the network's arrays, to look at in its place; its own when absent. */
  readonly graph?: Graph;
}

/**
 * A network at its starting weights, opened up for a proxy: weights, gradients, activations, statistics,
 * so that a proxy is written as mathematics. What is asked for is compiled and run then, on the fast
 * engine; {@linkcode Probe.model} gives the network in free tfjs. All arrays are copies. Batch norms use
 * the batch's statistics unless an option says otherwise.
 */
export class Probe {
  /** The network. */
  readonly graph: Graph;
  /** The images, and their labels. */
  readonly batch: Batch;
  /** Draws what a proxy draws beside weights. */
  readonly rng: Rng;
  readonly #network: Graph | Model;
  readonly #init: Init;
  readonly #plans = new Map<string, Plan>();
  readonly #others: Probe[] = [];
  #shapes: ReadonlyMap<string, Shape> | undefined;
  #model: Model | undefined;
  #draw: string | number | undefined;

  /** Looks at a network; nothing is drawn or compiled yet. */
  constructor({ network, batch, rng, init, graph }: ProbeOptions) {
    this.#network = network;
    this.graph = graph ?? ("graph" in network ? network.graph : network);
    this.batch = batch;
    this.rng = rng;
    this.#init = init;
  }

  /** The shape of every node's value, without the batch. */
  get shapes(): ReadonlyMap<string, Shape> {
    const { graph } = this, network = this.#network;
    const known = "graph" in network && network.graph === graph ? network.shapes : undefined;
    return this.#shapes ??= known ?? inferShapes(graph);
  }

  /** How many images there are. */
  get count(): number {
    return this.batch.labels.length;
  }

  /** All trained arrays as they start, by name, in the graph's order: batch norms' and biases too. */
  params(): Map<string, Float32Array> {
    if (!("graph" in this.#network)) {
      return startParams(this.graph, { ...this.#start(), shapes: this.shapes });
    }
    return new Map(
      [...this.#network.params].map(([name, variable]) => {
        const values = variable.dataSync() as Float32Array;
        requireFinite(name, values, "Cannot read the model:");
        return [name, values];
      }),
    );
  }

  /** The weights of all convolutions and linear layers by name, `node.weight`, in the graph's order. */
  weights(): Map<string, Float32Array> {
    return new Map([...this.params()].filter(([name]) => name.endsWith(".weight")));
  }

  /** Runs the network. Returns its output, `[count, classes]` for a classifier. */
  forward({ images = this.batch.images, statistics = "batch" }: TapOptions = {}): Float32Array {
    return this.plan().forward(images, { statistics });
  }

  /** The weights of all convolutions and linear layers with the gradients of the mean cross entropy. */
  layerGradients({ statistics = "batch" }: PlanStatisticsOptions = {}): LayerGradient[] {
    const plan = this.plan({ training: true });
    const { params } = plan.backward(this.batch, { statistics });
    return weightNames(plan).map((name) => ({
      name,
      weight: plan.weights(name),
      gradient: params.get(name) as Float32Array,
    }));
  }

  /** The gradient of the sum of all logits by the images, `[count, height, width, channels]`. */
  imageGradients({ statistics = "batch" }: PlanStatisticsOptions = {}): Float32Array {
    const plan = this.plan({ training: true, imageGradient: true });
    const slope = (output: Float32Array) => output.map(() => 1);
    return plan.pullBack(this.batch.images, { slope, statistics }).images as Float32Array;
  }

  /** The names of the nodes of some ops that the output depends on, in the graph's order. */
  nodesOf(...ops: readonly string[]): string[] {
    return liveNodes(this.graph).filter(({ op }) => ops.includes(op)).map(({ name }) => name);
  }

  /** The values of some nodes, which the output must depend on. */
  taps(
    nodes: readonly string[],
    { images = this.batch.images, statistics = "batch" }: TapOptions = {},
  ): Tap[] {
    const plan = this.plan({ keep: nodes });
    plan.forward(images, { statistics });
    return nodes.map((node) => this.#tap(plan, node));
  }

  /**
   * On how many numbers of some nodes, which the output must depend on, two images agree: above zero for
   * both, or for neither. `[count, count]`, with the number of all numbers on the diagonal; zeros without
   * nodes. The values stay on the engine's heap, a bit a number, which is much faster than comparing `taps`.
   */
  codeAgreement(
    nodes: readonly string[],
    { images = this.batch.images, statistics = "batch" }: TapOptions = {},
  ): Float64Array {
    const plan = this.plan({ codes: nodes });
    plan.forward(images, { statistics });
    return plan.codeAgreement(nodes);
  }

  /**
   * How many different patterns the numbers of some nodes have, which the output must depend on. A number's
   * pattern is on which of the images it is above zero.
   */
  distinctPatterns(
    nodes: readonly string[],
    { images = this.batch.images, statistics = "batch" }: TapOptions = {},
  ): number {
    const plan = this.plan({ codes: nodes });
    plan.forward(images, { statistics });
    return plan.distinctPatterns(nodes);
  }

  /** The values of some nodes, which the output must depend on, and the loss's gradients by them. */
  gradientTaps(
    nodes: readonly string[],
    { statistics = "batch" }: PlanStatisticsOptions = {},
  ): GradientTap[] {
    const plan = this.plan({ training: true, keep: nodes });
    plan.backward(this.batch, { statistics });
    return nodes.map((node) => ({
      ...this.#tap(plan, node),
      slopes: plan.activationGradient(node),
    }));
  }

  /** The batch's statistics at every batch norm that the output depends on, in the graph's order. */
  batchNormStatistics(
    { images = this.batch.images }: Pick<TapOptions, "images"> = {},
  ): BatchNormStatistics[] {
    return [...this.runNormalised({ images }).norms];
  }

  /** Runs the network by the batch's statistics. Returns its output, and those statistics. */
  runNormalised(
    { images = this.batch.images }: Pick<TapOptions, "images"> = {},
  ): NormalisedRun {
    return runNormalised(this.plan(), images);
  }

  /**
   * Adds up something of each image's own gradient by the weights of convolutions and linear layers, batch
   * norms by each image's own statistics unless told otherwise.
   *
   * @param mode What is added up.
   * @param options By default the gradients are of each image's cross entropy.
   */
  sampleGradients(
    mode: SampleMode,
    { slope, statistics = "sample" }: SampleGradientOptions = {},
  ): Map<string, Float32Array> {
    const plan = this.plan({ training: true });
    const { images } = this.batch;
    const sums = plan.sampleGradients(slope ? { images, slope } : this.batch, mode, { statistics });
    return new Map(weightNames(plan).map((name) => [name, sums.get(name) as Float32Array]));
  }

  /** The product of a direction with the Hessian of the mean cross entropy, and the gradient with it. */
  hessianVectorProduct(options: HessianVectorOptions): HessianVectorOutcome {
    return hessianVectorProduct(this.model(), this.batch, options);
  }

  /**
   * The neural tangent kernel `[count, count]`: the inner products of all pairs of images' gradients, each of
   * the sum of an image's logits by the weights of convolutions and linear layers. By the batch's statistics
   * it takes a run of the whole batch for each image.
   */
  tangentKernel({ statistics = "batch" }: PlanStatisticsOptions = {}): Float32Array {
    const slope = (output: Float32Array) => output.map(() => 1);
    const { images } = this.batch;
    return this.plan({ training: true }).sampleGram({ images, slope }, { statistics });
  }

  /**
   * The network compiled, with its weights. Equal options give the same plan again; what a proxy writes
   * into one, it finds there. The probe owns it.
   */
  plan(options: Omit<CompileOptions, "batch"> & { readonly batch?: number } = {}): Plan {
    const { batch = this.count } = options;
    const key = JSON.stringify({ ...options, batch });
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const plan = compile(this.graph, { ...options, batch });
    this.#plans.set(key, plan);
    if ("graph" in this.#network) plan.load(this.#network);
    else plan.initialise(this.#start());
    return plan;
  }

  /** The network on tfjs, with its weights. Slower, and free: any tfjs code may run it. The probe owns it. */
  model(): Model {
    if ("graph" in this.#network && this.#network.graph === this.graph) return this.#network;
    if (this.#model === undefined) {
      this.#model = buildModel(this.graph, this.#start());
      if ("graph" in this.#network) this.plan().store(this.#model);
    }
    return this.#model;
  }

  /**
   * The network cut short or wired otherwise: looks at another graph with the same arrays, and the same
   * weights in them. This probe owns the other one.
   *
   * @param graph A graph whose nodes have the arrays that the network's have.
   */
  rewired(graph: Graph): Probe {
    const network = "graph" in this.#network ? this.#network : graph;
    return this.#other({ network, graph, batch: this.batch });
  }

  /**
   * The network with the same weights, looking at the first images alone; this probe where it has no more.
   * This probe owns the other one.
   *
   * @throws {RangeError} When `count` is no positive whole number.
   */
  first(count: number): Probe {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(`Cannot probe: count must be a positive whole number, got ${count}`);
    }
    if (count >= this.count) return this;
    const { images, labels, shape: [, ...shape] } = this.batch;
    const batch: Batch = {
      images: images.slice(0, count * shape.reduce((product, side) => product * side, 1)),
      labels: labels.slice(0, count),
      shape: [count, ...shape],
    };
    return this.#other({ network: this.#network, graph: this.graph, batch });
  }

  #other(options: Pick<ProbeOptions, "network" | "batch" | "graph">): Probe {
    const other = new Probe({ ...options, rng: this.rng, init: this.#init });
    other.#draw = this.#draw;
    this.#others.push(other);
    return other;
  }

  /**
   * Draws the weights of a graph anew, in all that is and will be compiled; running statistics start again.
   * A model's weights stay as they are.
   *
   * @param draw Names the draw; equal names give equal weights.
   */
  redraw(draw: string | number): void {
    if ("graph" in this.#network) return;
    this.#draw = draw;
    for (const plan of this.#plans.values()) plan.initialise(this.#start());
    this.#model?.dispose();
    this.#model = undefined;
    for (const other of this.#others) other.redraw(draw);
  }

  /** Frees all that was compiled. */
  dispose(): void {
    for (const plan of this.#plans.values()) plan.dispose();
    this.#plans.clear();
    this.#model?.dispose();
    this.#model = undefined;
    for (const other of this.#others) other.dispose();
  }

  #start(): BuildOptions {
    const first = this.rng.split("weights");
    const { seed } = this.#draw === undefined ? first : first.split(this.#draw);
    return { rng: quickRng(seed), init: this.#init };
  }

  #tap(plan: Plan, node: string): Tap {
    return { node, shape: this.shapes.get(node) as Shape, values: plan.activation(node) };
  }
}

function weightNames(plan: Plan): string[] {
  return [...plan.params.keys()].filter((name) => name.endsWith(".weight"));
}
