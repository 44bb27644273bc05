import type { Rng } from "../../engine/rng.ts";
import type { Graph, GraphNode } from "../../graph/mod.ts";
import { type Atoms, atomsOf, makesChannels } from "./atoms.ts";
import { type AxisEntry, widenedAxes } from "./axis.ts";
import { chooseCopies, type Copies } from "./choose_copies.ts";
import { gather, single } from "./gather.ts";
import { makeMorphism, type Morphism } from "./morphism.ts";
import { deviationOf, perturb } from "./perturb.ts";
import type { ArraySpec } from "./weights.ts";

/**
 * Which part of a channel's outgoing weights each of its copies takes. All are exact, as the parts add
 * up to 1: `"equal"` parts are those of Net2Net; `"random"` ones, none below a third of an equal one,
 * make copies grow apart in training by themselves; with `"zero"` the channel keeps all and new ones
 * start without a say, as in network morphism (Wei et al. 2016).
 */
export type CopyFractions = "equal" | "random" | "zero";

/** How to widen. */
export interface WidenOptions {
  /** A convolution (not a depthwise one) or linear layer. Whatever is tied to it is widened with it. */
  readonly node: string;
  /** How many channels or features it is to have. */
  readonly channels: number;
  /** Draws what is copied, and fractions and noise where those are random. */
  readonly rng?: Rng;
  /** The channels to copy, one after another, as many as are new; drawn when absent. */
  readonly duplicate?: readonly number[];
  /** How copies share their outgoing weights; `"equal"` when absent. */
  readonly fractions?: CopyFractions;
  /**
   * Standard deviation of normal noise on the weights of new copies, as a multiple of that of the layer's
   * weights, so that copies grow apart; 0 when absent. With `"zero"` fractions noise on what goes into a
   * copy changes nothing, and there is none on what comes out: outputs stay exactly the same.
   */
  readonly noise?: number;
}

/**
 * Widens a layer by copies of its channels (Net2WiderNet, Chen et al. 2016). What reads a channel gets
 * it several times and weighs it less each time. Channels that are added, multiplied or computed from
 * one another are widened together: a whole stage of a residual network, the gates of a
 * squeeze-and-excitation block, the depthwise convolution behind an expansion.
 *
 * @param graph The network.
 * @param options What to widen, and how.
 * @throws {RangeError} When the node is not a convolution or linear layer, is tied to the input or the
 * output, or cannot have as many channels, and on options out of range.
 * @throws {TypeError} When something is to be drawn and `rng` is absent.
 *
 * @example A hidden unit twice, at half the weight each
 * ```ts
 * import { GraphBuilder, widen } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([1, 1, 1]);
 * net.add("x", { op: "flatten" }, net.input);
 * net.add("hidden", { op: "linear", features: 2, bias: false }, "x");
 * net.add("relu", { op: "relu" }, "hidden");
 * const graph = net.build(net.add("y", { op: "linear", features: 1, bias: false }, "relu"));
 * const wider = widen(graph, { node: "hidden", channels: 3, duplicate: [1] });
 * const weights = wider.inherit(
 *   new Map([["hidden.weight", new Float32Array([1, 2])], ["y.weight", new Float32Array([3, 4])]]),
 * );
 * assertEquals([...weights.get("hidden.weight")!], [1, 2, 2]);
 * assertEquals([...weights.get("y.weight")!], [3, 2, 2]);
 * ```
 */
export function widen(graph: Graph, options: WidenOptions): Morphism {
  const { node: name, fractions = "equal", noise = 0, rng } = options;
  const atoms = atomsOf(graph);
  checkTarget(graph, atoms, options);
  checkDraws(options);
  const draws = rng?.split("copies");
  const copies = chooseCopies(atoms, { ...options, ...(draws ? { rng: draws } : {}) });
  const axes = widenedAxes(graph, atoms, copies);
  if (axes === undefined) {
    throw new RangeError(
      `Cannot widen ${name}: no order of the copies suits all sums and products that it reaches`,
    );
  }
  const axisOf = (node: string) => axes.get(node) as readonly AxisEntry[];
  const nodes = graph.nodes.map((node) => resized(node, axisOf(node.name).length));
  const parts = drawFractions(copies, fractions, rng?.split("fractions"));
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const partsOf = (node: string) => {
    const atom = atoms.of(node);
    return axisOf(node).map(({ from, copy }) => parts.get(atom[from] as number)?.[copy] ?? 1);
  };
  /** The sides of an array: a depthwise filter is, like a bias, one column for each channel it makes. */
  const sidesOf = ({ node: owner, array }: ArraySpec, by: Factors) => {
    const node = byName.get(owner) as GraphNode, input = node.inputs[0] as string;
    const reads = array === "weight" && makesChannels(node);
    return {
      rows: reads ? { axis: axisOf(input), factors: by.read(input) } : single,
      columns: { axis: axisOf(owner), factors: by.made(owner) },
    };
  };
  const changed = graph.nodes.filter((node, i) => node !== nodes[i]);
  return makeMorphism(
    {
      kind: "widen",
      description: describe(changed, nodes),
      exact: noise > 0 && fractions !== "zero" ? "nearly" : "always",
      parent: graph,
      graph: { ...graph, nodes },
    },
    {
      value: (array, spec, old) => {
        const { rows, columns } = sidesOf(spec, { made: ones, read: partsOf });
        const made = gather(old as Float32Array, { rows, columns });
        if (noise > 0 && spec.array === "weight") {
          perturb(made, {
            rows: rows.axis,
            columns: columns.axis,
            deviation: noise * deviationOf(old as Float32Array),
            silentRows: fractions === "zero",
            rng: (rng as Rng).split(`noise ${array}`),
          });
        }
        return made;
      },
      // A copy with a part of the outgoing weights gets that part of the gradient.
      slot: (_array, spec, { old, power }) =>
        gather(
          old as Float32Array,
          sidesOf(spec, { made: (node) => partsOf(node).map((part) => part ** power), read: ones }),
        ),
    },
  );

  function ones(node: string): number[] {
    return axisOf(node).map(() => 1);
  }
}

interface Factors {
  /** Of each channel that a node makes. */
  readonly made: (node: string) => readonly number[];
  /** Of each channel that is read from a node. */
  readonly read: (node: string) => readonly number[];
}

function resized(node: GraphNode, width: number): GraphNode {
  if (node.op === "conv" && node.channels !== width) return { ...node, channels: width };
  if (node.op === "linear" && node.features !== width) return { ...node, features: width };
  return node;
}

function drawFractions(
  copies: Copies,
  fractions: CopyFractions,
  rng: Rng | undefined,
): Map<number, number[]> {
  return new Map([...copies].map(([atom, count]) => {
    const shares = Array.from({ length: count }, (_, i) => {
      if (fractions === "zero") return i === 0 ? 1 : 0;
      return fractions === "equal" ? 1 : 0.5 + (rng as Rng)();
    });
    const sum = shares.reduce((a, b) => a + b);
    return [atom, shares.map((share) => share / sum)];
  }));
}

function checkTarget(graph: Graph, atoms: Atoms, options: WidenOptions): void {
  const { node: name, channels, duplicate } = options;
  const node = graph.nodes.find((each) => each.name === name);
  if (node === undefined || !makesChannels(node)) {
    throw new RangeError(
      `Cannot widen ${name}: node must be a convolution or linear layer of the graph, got ${
        node?.op ?? "none of this name"
      }`,
    );
  }
  const axis = atoms.of(name);
  if (!Number.isSafeInteger(channels) || channels <= axis.length) {
    throw new RangeError(
      `Cannot widen ${name}: channels must be a whole number above ${axis.length}, got ${channels}`,
    );
  }
  if (axis.every(atoms.isFixed)) {
    throw new RangeError(
      `Cannot widen ${name}: its channels are tied to those of the input or the output`,
    );
  }
  if (duplicate === undefined) return;
  const bad = duplicate.find((channel) => {
    const atom = axis[channel];
    return atom === undefined || atoms.isFixed(atom);
  });
  const width = duplicate.reduce(
    (sum, channel) => sum + axis.filter((atom) => atom === axis[channel]).length,
    axis.length,
  );
  if (bad === undefined && width === channels) return;
  throw new RangeError(
    `Cannot widen ${name}: duplicate must name channels below ${axis.length} whose copies make ` +
      `${channels} of them, got [${duplicate.join(", ")}]` +
      (bad === undefined ? `, which makes ${width}` : ""),
  );
}

function checkDraws({ node, duplicate, fractions = "equal", noise = 0, rng }: WidenOptions): void {
  if (!["equal", "random", "zero"].includes(fractions)) {
    throw new RangeError(
      `Cannot widen ${node}: fractions must be "equal", "random" or "zero", got "${fractions}"`,
    );
  }
  if (!(noise >= 0 && noise < Infinity)) {
    throw new RangeError(`Cannot widen ${node}: noise must be 0 or more, got ${noise}`);
  }
  if (rng === undefined && (duplicate === undefined || fractions === "random" || noise > 0)) {
    throw new TypeError(
      `Cannot widen ${node}: rng must be given where copies, fractions or noise are drawn, got none`,
    );
  }
}

function describe(before: readonly GraphNode[], after: readonly GraphNode[]): string {
  const width = (node: GraphNode | undefined) =>
    node?.op === "conv" ? node.channels : node?.op === "linear" ? node.features : 0;
  const parts = before.map((node) => {
    const now = after.find(({ name }) => name === node.name);
    return `${node.name} from ${width(node)} to ${width(now)}`;
  });
  const unit = before.every(({ op }) => op === "linear") ? "features" : "channels";
  return `widen ${parts.join(", ")} ${unit}`;
}
