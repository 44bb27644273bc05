import type { Machine } from "../../engine/machine.ts";
import { type GraphNode, type OpName, paramsOf, type Shape } from "../../graph/mod.ts";
import type { Analysis } from "./analyse.ts";
import type { Parameter, Parameters } from "./parameters.ts";
import { type Region, region } from "./region.ts";
import type { Slab } from "./slab.ts";
import type { Schedule, Step, StepDraft } from "./schedule.ts";
import type { PlanGates } from "./plan_gates.ts";
import type { Wanted } from "./wiring.ts";
import type { Zeros } from "./zeros.ts";

/** What a node's op computes, and where that and its gradient are. */
export interface Value {
  /** Floats for each image. */
  readonly size: number;
  /** Where it is. */
  readonly region: Region;
  /** Whether exactly one input of one node reads it. */
  readonly exclusive: boolean;
  /** Whether any weights (or wanted gradients of values) lie behind it. */
  readonly differentiable: boolean;
  /**
   * Set on a ReLU that its readers take themselves: what it read, which is what `region` holds. They
   * pass the gradient on to that, where it is positive.
   */
  readonly beforeRelu?: Value;
  /** Its gradient, once a reader has contributed to it. */
  gradient?: Region;
}

/** A node of one of the ops of its member of the union. */
export type NodeOf<K extends OpName, N = GraphNode> = N extends GraphNode
  ? K extends N["op"] ? N : never
  : never;

/** Adds a node's backward steps, given where the gradient of its value is. */
export type Backward = (dy: Region) => void;

/** What lowering must know beside the graph. */
export interface LoweringOptions {
  /** What runs the steps. */
  readonly machine: Machine;
  /** How many threads share a batch. */
  readonly threads: number;
  /** Images of the largest batch, or of a thread's share of it. */
  readonly batch: number;
  /** Whether there is a way back at all. */
  readonly training: boolean;
  /** Whether the gradient of the images is wanted. */
  readonly imageGradient: boolean;
  /** Nodes whose values must be there to read after a run. */
  readonly kept: ReadonlySet<string>;
  /** Nodes of which the signs must be. */
  readonly coded: ReadonlySet<string>;
  /** Zeros. */
  readonly zeros: Zeros;
  /** Where each thread writes what the others need to know; in the same place for all. */
  readonly exchange: Slab;
  /** The gates of mixed nodes. */
  readonly gates: PlanGates;
  /** What of gradients is wanted beside those of values that the others need. */
  readonly wanted: Wanted;
}

/** Where the functions that lower ops put their steps. One for each compilation. */
export class Lowering {
  /** What runs the steps. */
  readonly machine: Machine;
  /** How many threads share a batch. */
  readonly threads: number;
  /** Images of the largest batch, or of a thread's share of it. */
  readonly batch: number;
  /** Whether the gradient of the images is wanted. */
  readonly imageGradient: boolean;
  /** The gates of mixed nodes. */
  readonly gates: PlanGates;
  /** What of gradients is wanted beside those of values that the others need. */
  readonly wanted: Wanted;
  /** Where each thread writes what the others need to know; in the same place for all. */
  readonly exchange: Slab;
  readonly #analysis: Analysis;
  readonly #parameters: Parameters;
  readonly #training: boolean;
  readonly #zeros: Zeros;
  readonly #kept: ReadonlySet<string>;
  readonly #coded: ReadonlySet<string>;
  readonly #values = new Map<string, Value>();
  readonly #forward: Step[] = [];
  readonly #backward: Step[] = [];

  /** Starts without steps. */
  constructor(
    analysis: Analysis,
    parameters: Parameters,
    options: LoweringOptions,
  ) {
    this.machine = options.machine;
    this.threads = options.threads;
    this.batch = options.batch;
    this.imageGradient = options.imageGradient;
    this.#analysis = analysis;
    this.#parameters = parameters;
    this.#training = options.training;
    this.#zeros = options.zeros;
    this.exchange = options.exchange;
    this.gates = options.gates;
    this.wanted = options.wanted;
    this.#kept = options.kept;
    this.#coded = options.coded;
  }

  /** The steps so far. */
  get schedule(): Schedule {
    return { forward: this.#forward, backward: this.#backward };
  }

  /** Whether a node's value must be there to read after a run. */
  isKept({ name }: GraphNode): boolean {
    return this.#kept.has(name);
  }

  /** Whether the signs of its numbers must be. */
  isCoded({ name }: GraphNode): boolean {
    return this.#coded.has(name);
  }

  /** Whether the gradient of its value must be there as well, whatever weights lie behind it. */
  wantsGradient(node: GraphNode): boolean {
    return this.#training && this.isKept(node);
  }

  /** A region for values of a node's shape. */
  regionFor(node: string): Region {
    return region(this.batch * sizeOf(this.shapeOf(node)));
  }

  /** A region that holds zeros, of a node's shape. */
  zerosFor(node: string): Region {
    return this.#zeros.of(this.regionFor(node).floats);
  }

  /** The shape of the value that a node returns. */
  shapeOf(node: string): Shape {
    return this.#analysis.shapes.get(node) as Shape;
  }

  /** The shape of one of the values that a node reads. */
  inputShape(node: GraphNode, index = 0): Shape {
    return this.shapeOf(node.inputs[index] as string);
  }

  /** One of the values that a node reads. */
  input(node: GraphNode, index = 0): Value {
    return this.value(node.inputs[index] as string);
  }

  /** The places among a mixed node's or a sum's inputs of those that it reads. */
  termsOf(node: GraphNode): readonly number[] {
    return this.#analysis.termsOf(node);
  }

  /** A node's value. */
  value(node: string): Value {
    return this.#values.get(this.#analysis.rootOf(node)) as Value;
  }

  /** The nodes that read a node's value; none of them for the output, which nothing live comes after. */
  readersOf(node: GraphNode): readonly GraphNode[] {
    return this.#analysis.readersOf(node.name);
  }

  /** One of a node's trained arrays; it has a gradient only where that is wanted. */
  param(node: GraphNode, name: Parameter["spec"]["name"]): Parameter | undefined {
    const param = this.#parameters.params.get(`${node.name}.${name}`);
    return param && !this.wanted.weights ? { ...param, gradient: undefined } : param;
  }

  /** One of a batch norm's running statistics. */
  statistic(node: GraphNode, name: "mean" | "variance"): Region {
    return this.#parameters.statistics.get(`${node.name}.${name}`) as Region;
  }

  /** Makes a node's value, in a region of its own unless told of another. */
  define(node: GraphNode, options: Partial<Omit<Value, "size" | "gradient">> = {}): Value {
    const value: Value = {
      size: sizeOf(this.shapeOf(node.name)),
      region: options.region ?? this.regionFor(node.name),
      exclusive: this.readersOf(node).length === 1,
      differentiable: options.differentiable ?? this.#isDifferentiable(node),
      ...options,
    };
    this.#values.set(node.name, value);
    return value;
  }

  #isDifferentiable(node: GraphNode): boolean {
    const shapes = node.inputs.map((name) => this.shapeOf(name)), { weights, gates } = this.wanted;
    return this.#training &&
      (this.isKept(node) || (weights && paramsOf(node, shapes).length > 0) ||
        (gates && node.op === "mixed") ||
        this.termsOf(node).some((i) => this.input(node, i).differentiable));
  }

  /** Adds a step to the way from images to output. */
  forward(node: GraphNode, draft: StepDraft): void {
    this.#forward.push({ ...draft, node: node.name, op: node.op, phase: "forward" });
  }

  /** Adds a step to the way from the output's slope to gradients. */
  backward(node: GraphNode, draft: StepDraft): void {
    this.#backward.push({ ...draft, node: node.name, op: node.op, phase: "backward" });
  }

  /**
   * Adds the step by which a node passes a gradient on to a value that it read, if that needs one.
   * `draft` is told where to, and whether to add to what is there already: the first contribution
   * writes, so that nothing needs to be zero before.
   */
  contribute(
    node: GraphNode,
    value: Value,
    draft: (dx: Region, accumulate: boolean) => StepDraft,
  ): void {
    const receiver = value.beforeRelu ?? value;
    if (!receiver.differentiable) return;
    const accumulate = receiver.gradient !== undefined;
    const dx = receiver.gradient ??= region(this.batch * receiver.size);
    const step = draft(dx, accumulate);
    this.backward(node, accumulate ? { ...step, reads: [...step.reads, dx] } : step);
  }

  /** The same for kernels that cannot add: where there is a gradient already, theirs is added to it. */
  contributeWritten(node: GraphNode, value: Value, draft: (dx: Region) => StepDraft): void {
    this.contribute(node, value, (dx, accumulate) => {
      if (!accumulate) return draft(dx);
      const part = region(dx.floats), { kernels } = this.machine;
      this.backward(node, draft(part));
      return {
        kernel: "addInto",
        reads: [part],
        writes: [dx],
        run: ({ count }) => kernels.addInto(part.address, dx.address, count * value.size),
      };
    });
  }
}

/** How many floats a value of a shape has for each image. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product: number, side) => product * side, 1);
}
