import { GraphBuilder } from "../graph/mod.ts";
import { addEdge, head, reduction, stem } from "./nas_bench_201_chains.ts";
import {
  type NasBench201Arch,
  nasBench201Edges,
  type NasBench201Op,
  type NasBench201Options,
} from "./nas_bench_201_ops.ts";
import {
  addMixed,
  type Branch,
  likeliest,
  type Relaxed,
  type RelaxOptions,
  weightsOf,
  withoutAffine,
} from "./relaxed.ts";

/**
 * All cells in one: each edge is a mixture of the operations, the same in all cells. Batch norms of the edges
 * have no scale and shift unless asked for.
 */
export function relaxNasBench201(
  skeleton: Required<NasBench201Options>,
  { affine = false }: RelaxOptions = {},
): Relaxed<NasBench201Arch> {
  const { channels, cellsPerStage, size, inputChannels, classes, operations } = skeleton;
  const net = new GraphBuilder([size, size, inputChannels]);
  let [x] = stem(channels).add(net, [net.input]) as [string];
  for (let stage = 0; stage < 3; stage++) {
    const width = channels * 2 ** stage;
    if (stage > 0) [x] = reduction(`reduce${stage}`, width).add(net, [x]) as [string];
    for (let cell = 0; cell < cellsPerStage; cell++) {
      const name = `stage${stage}.cell${cell}`;
      x = addCell(net, name, { channels: width, operations, from: x });
    }
  }
  const [output] = head(classes).add(net, [x]) as [string];
  const graph = net.build(output);
  const choices = operations.length > 1
    ? nasBench201Edges.map(([from, to]) => ({ name: nameOf(from, to), options: operations }))
    : [];
  return {
    graph: affine ? graph : withoutAffine(graph, (node) => /^stage\d+\.cell/.test(node)),
    choices,
    pathOf: (arch) =>
      new Map(choices.map(({ name }, i) => [name, operations.indexOf(arch[i] as NasBench201Op)])),
    archOf: (weights) =>
      nasBench201Edges.map((_, i) => {
        const choice = choices[i], place = choice ? likeliest(weightsOf(weights, choice)) : 0;
        return operations[place] as NasBench201Op;
      }),
  };
}

function nameOf(from: number, to: number): string {
  return `edge ${from}→${to}`;
}

function addCell(
  net: GraphBuilder,
  cell: string,
  { channels, operations, from: input }: {
    readonly channels: number;
    readonly operations: readonly NasBench201Op[];
    readonly from: string;
  },
): string {
  const values = [input];
  for (let node = 1; node < 4; node++) {
    const terms = values.map((from, source) => {
      const branches = operations.map((op): Branch => ({
        option: op,
        add: (net, prefix) =>
          op === "none"
            ? net.add(prefix, { op: "zero" }, from)
            : addEdge(net, prefix, { op, channels, from }),
      }));
      return addMixed(net, `${cell}.edge${source}_${node}`, {
        choice: nameOf(source, node),
        branches,
      });
    });
    values.push(net.sum(`${cell}.node${node}`, terms));
  }
  return values[3] as string;
}
