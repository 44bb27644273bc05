import type { Rng } from "naskit/engine/mod.ts";
import { type Graph, GraphBuilder, GraphError, inferShapes, type Op } from "naskit/graph/mod.ts";

/** How large random graphs are. */
export interface RandomGraphOptions {
  /** Nodes to add between the input and the head, at most; 12 when absent. */
  readonly nodes?: number;
  /** Classes that the head tells apart; 4 when absent. */
  readonly classes?: number;
  /** Whether there are mixed nodes among them, some of one choice; `false` when absent. */
  readonly mixed?: boolean;
}

/**
 * A classifier that holds together and nothing else: chains, branches, sums, products, gates and
 * concatenations of all ops of the kit, at odd sizes, any padding, stride, dilation and multiplier; some
 * of its nodes may lead nowhere.
 */
export function randomGraph(rng: Rng, options: RandomGraphOptions = {}): Graph {
  const { nodes = 12, classes = 4, mixed = false } = options;
  const choices: number[] = [];
  const net = new GraphBuilder([rng.int(7) + 3, rng.int(7) + 3, rng.pick([1, 2, 3, 4, 5, 8])]);
  const names = [net.input];
  let shapes = inferShapes(net.build(net.input));
  const add = (op: Op, ...inputs: string[]): boolean => {
    // Tried on a copy: the builder has no way back.
    const graph = net.build(names[0] as string);
    const name = `${names.length}.${op.op}`;
    const tried = { ...graph, nodes: [...graph.nodes, { ...op, name, inputs }] };
    try {
      shapes = inferShapes(tried);
    } catch (error) {
      if (error instanceof GraphError) return false;
      throw error;
    }
    names.push(net.add(name, op, ...inputs));
    return true;
  };
  const shapeOf = (name: string) => shapes.get(name) as readonly number[];
  const others = (like: string) =>
    names.filter((name) => shapeOf(name).join() === shapeOf(like).join());
  const recent = () => rng.int(3) > 0 ? names.at(-1) as string : rng.pick(names);

  for (let i = 0; i < nodes; i++) {
    const from = recent(), shape = shapeOf(from), channels = shape.at(-1) as number;
    if (rng.int(3) > 0) {
      add(unary(rng, shape), from);
      continue;
    }
    const count = rng.int(3) === 0 ? 3 : 2;
    const same = () => Array.from({ length: count - 1 }, () => rng.pick(others(from)));
    if (mixed && rng.int(2) === 0) {
      const inputs = [from, ...same()];
      if (rng.int(2) === 0 && add({ op: "zero" }, from)) inputs.push(names.at(-1) as string);
      const known = choices.flatMap((length, i) => length === inputs.length ? [i] : []);
      const choice = known.length > 0 && rng.int(2) === 0 ? rng.pick(known) : choices.length;
      choices[choice] = inputs.length;
      add({ op: "mixed", choice: `choice ${choice}` }, ...rng.shuffle(inputs));
      continue;
    }
    switch (rng.int(5)) {
      case 0:
        add({ op: "add" }, from, ...same());
        break;
      case 1:
        add({ op: "multiply" }, ...rng.shuffle([from, ...same()]));
        break;
      case 2: {
        const pixels = shape.slice(0, -1).join();
        const beside = names.filter((name) => shapeOf(name).slice(0, -1).join() === pixels);
        if (channels > 20) break;
        add({ op: "concat" }, from, rng.pick(beside), ...(count > 2 ? [rng.pick(beside)] : []));
        break;
      }
      case 3:
        add({ op: "zero" }, from);
        add({ op: "add" }, ...rng.shuffle([names.at(-1) as string, from, ...same()]));
        break;
      default:
        if (shape.length < 3 || !add({ op: "globalAvgPool" }, from)) break;
        add({ op: rng.pick(["sigmoid", "hsigmoid", "hswish", "tanh"]) }, names.at(-1) as string);
        add({ op: "multiply" }, ...rng.shuffle([from, names.at(-1) as string]));
    }
  }
  const ends = [names.at(-1) as string, ...(rng.int(2) === 0 ? [rng.pick(names)] : [])];
  const features = ends.map((end) => {
    if (shapeOf(end).length === 1) return end;
    const isSmall = shapeOf(end).reduce((a, b) => a * b) < 200;
    add({ op: isSmall && rng.int(2) === 0 ? "flatten" : "globalAvgPool" }, end);
    return names.at(-1) as string;
  });
  if (features.length > 1) add({ op: "concat" }, ...features);
  else if (features[0] !== names.at(-1)) add({ op: "identity" }, features[0] as string);
  add({ op: "linear", features: classes, bias: rng.int(2) === 0 }, names.at(-1) as string);
  return net.build(names.at(-1) as string);
}

function unary(rng: Rng, shape: readonly number[]): Op {
  const activation = rng.pick(
    ["relu", "relu", "relu6", "hswish", "swish", "sigmoid", "hsigmoid", "tanh"] as const,
  );
  if (shape.length === 1) {
    return rng.pick<Op>([
      { op: activation },
      { op: "batchNorm", epsilon: 1e-2 },
      { op: "linear", features: rng.int(9) + 1, bias: rng.int(2) === 0 },
      { op: "identity" },
    ]);
  }
  const stride = rng.int(4) === 0 ? 2 : 1, dilation = rng.int(4) === 0 ? 2 : 1;
  const kernel = rng.pick([1, 1, 2, 3, 3, 5]);
  const padding = rng.int(4) === 0 ? { padding: rng.int(kernel) } : {};
  const bias = rng.int(3) === 0 ? { bias: true } : {};
  const window = { kernel, stride, ...padding };
  const factor = rng.pick([2, 2, 3]);
  const upsample: Op = rng.int(3) === 0
    ? { op: "upsample", factor, mode: "nearest" }
    : { op: "upsample", factor };
  return rng.pick<Op>([
    { op: "conv", ...window, dilation, channels: rng.pick([1, 2, 3, 4, 5, 8, 9]), ...bias },
    { op: "conv", ...window, dilation, channels: shape[2] as number, ...bias },
    {
      op: "depthwise",
      ...window,
      dilation,
      multiplier: shape[2] as number < 6 ? rng.int(2) + 1 : 1,
      ...bias,
    },
    { op: "batchNorm", epsilon: 1e-2, affine: rng.int(3) > 0, momentum: 0.3 },
    { op: "batchNorm", epsilon: 1e-2 },
    { op: activation },
    { op: "relu" },
    { op: rng.pick(["avgPool", "maxPool"]), ...window, kernel: Math.min(kernel, 3) },
    { op: "identity" },
    ...(shape[0] as number < 8 && shape[1] as number < 8 ? [upsample] : []),
    ...(rng.int(20) === 0 ? [{ op: "zero", stride } as const] : []),
  ]);
}
