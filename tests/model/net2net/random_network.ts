import type { Rng } from "naskit/engine/mod.ts";
import { type Graph, GraphBuilder, inferShapes, type Op } from "naskit/graph/mod.ts";

/**
 * A classifier as people design them: a stem, two to four blocks of convolutions with batch norms, plain,
 * residual, depthwise or side by side, pools between them, and a head behind a global pool or flattened pixels.
 */
export function randomNetwork(rng: Rng): Graph {
  const net = new GraphBuilder([6 + rng.int(3), 6 + rng.int(3), 1 + rng.int(3)]);
  let count = 0;
  const add = (op: Op, ...inputs: string[]) => net.add(`${++count}.${op.op}`, op, ...inputs);
  const act = (x: string) => add({ op: rng.pick(["relu", "relu", "relu6", "hswish", "tanh"]) }, x);
  const norm = (x: string) => rng.int(4) > 0 ? add({ op: "batchNorm", epsilon: 1e-2 }, x) : x;
  const conv = (x: string, channels: number, kernel = rng.pick([1, 3, 3, 5])) =>
    norm(add({ op: "conv", kernel, channels, bias: rng.int(2) === 0 }, x));
  const depthwise = (x: string, multiplier = 1) =>
    act(norm(add({ op: "depthwise", kernel: 3, multiplier }, x)));
  let width = 2 + rng.int(4), x = act(conv(net.input, width));
  const blocks = 2 + rng.int(3);
  for (let block = 0; block < blocks; block++) {
    switch (rng.int(4)) {
      case 0: { // residual, with an expansion, and sometimes a gate
        let body = depthwise(act(conv(x, 2 + rng.int(6), 1)));
        body = conv(body, width, 1);
        if (rng.int(2) === 0) {
          const squeezed = act(
            add({ op: "linear", features: 2 }, add({ op: "globalAvgPool" }, body)),
          );
          const gate = add({ op: "linear", features: width }, squeezed);
          body = add({ op: "multiply" }, body, add({ op: "hsigmoid" }, gate));
        }
        x = add({ op: "add" }, x, body);
        break;
      }
      case 1: { // side by side
        const [left, right] = [1 + rng.int(4), 1 + rng.int(4)];
        const other = rng.int(2) === 0
          ? depthwise(conv(x, right, 1))
          : conv(add({ op: "avgPool", kernel: 3 }, x), right, 1);
        x = act(add({ op: "concat" }, conv(x, left), other));
        width = left + right;
        break;
      }
      case 2: { // depthwise and pointwise
        width = 2 + rng.int(6);
        x = act(conv(depthwise(x, 1 + rng.int(2)), width, 1));
        break;
      }
      default:
        width = 2 + rng.int(6);
        x = act(conv(x, width));
    }
    if (rng.int(3) === 0) {
      x = add({ op: rng.pick(["maxPool", "avgPool"]), kernel: 3, stride: 1 + rng.int(2) }, x);
    }
  }
  x = add({ op: rng.int(2) === 0 ? "globalAvgPool" : "flatten" }, x);
  if (rng.int(2) === 0) x = act(add({ op: "linear", features: 3 + rng.int(5) }, x));
  return net.build(add({ op: "linear", features: 4 }, x));
}

/** How many numbers a network trains, by the textbook's formula for each layer. */
export function trainedNumbers(graph: Graph): number {
  const shapes = inferShapes(graph);
  const width = (name: string | undefined) => shapes.get(name ?? "")?.at(-1) as number;
  return graph.nodes.reduce((sum, node) => {
    const read = width(node.inputs[0]), made = width(node.name);
    switch (node.op) {
      case "conv":
        return sum + node.kernel ** 2 * read * made + (node.bias ? made : 0);
      case "depthwise":
        return sum + node.kernel ** 2 * made + (node.bias ? made : 0);
      case "linear":
        return sum + read * made + (node.bias === false ? 0 : made);
      case "batchNorm":
        return sum + (node.affine === false ? 0 : 2 * made);
      default:
        return sum;
    }
  }, 0);
}
