/** One figure of every kind, with what must be seen in it. */
import { memoryProfile } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import {
  animatedHeatMap,
  bars,
  cdfs,
  criticalDifference,
  decisionBars,
  dotPlot,
  drawCell,
  drawGrid,
  drawNetwork,
  drawNeurons,
  drawStages,
  type Figure,
  heatMap,
  imageGrid,
  incumbentCurve,
  learningCurves,
  lines,
  memoryBars,
  panels,
  roofline,
  scatter,
  vectorField,
} from "naskit/plot/mod.ts";
import { deepLabPaths } from "naskit/space/deep_lab/paths.ts";
import { mobileNetwork } from "naskit/space/mobile_network.ts";
import { nasBench201 } from "naskit/space/nas_bench_201.ts";

/** A figure, the texts that it must show, and how many marks of points it must have. */
export interface Sample {
  readonly figure: Figure;
  readonly texts: readonly string[];
  readonly points: number;
}

const rng = createRng("figures");

const cloud = Array.from({ length: 100 }, (_, i) => ({
  x: 10 ** (5 + rng()),
  y: 60 + 30 * rng(),
  label: `arch ${i}`,
  group: i % 3 === 0 ? "evolution" : "random",
}));

const proxies = ["Zen", "GradSign", "SynFlow", "NASWOT", "parameters"];

const space = nasBench201({ channels: 8, cellsPerStage: 2, size: 16, inputChannels: 3 });

function smallNet(): Figure {
  const net = new GraphBuilder([16, 16, 1]);
  const conv = net.add("conv", { op: "conv", kernel: 3, channels: 8 }, net.input);
  const pool = net.add("pool", { op: "globalAvgPool" }, conv);
  return drawNetwork(net.build(net.add("head", { op: "linear", features: 10 }, pool)), {
    title: "A small net",
  });
}

const mobile = mobileNetwork({ inputChannels: 1 });

/** A block of two convolutions and a sum, on images of so many pixels. */
function residual(size: number): Graph {
  const net = new GraphBuilder([size, size, 1]);
  const conv = (name: string, from: string) =>
    net.add(`${name}.conv`, { op: "conv", kernel: 3, channels: 16 }, from);
  const first = conv("stage0.block0.first", net.input);
  const second = conv("stage0.block0.second", first);
  const sum = net.add("stage0.block0.sum", { op: "add" }, second, first);
  const last = conv("a name that is longer than there is room for beside any other figure", sum);
  const pool = net.add("head.pool", { op: "globalAvgPool" }, last);
  return net.build(net.add("head.linear", { op: "linear", features: 10 }, pool));
}

const places = Array.from({ length: 9 }, (_, i) => i / 2 - 2);
const swirl = {
  x: places,
  y: places,
  u: places.map((w) => places.map(() => -w)),
  v: places.map(() => places.map((alpha) => alpha)),
};

/** The samples by name. */
export const samples: { readonly [name: string]: Sample } = {
  learningCurves: {
    figure: learningCurves([
      { name: "inherited", values: [20, 60, 80], lower: [10, 50, 75], upper: [30, 70, 85] },
      { name: "from scratch", values: [10, 40, 70] },
    ], {
      title: "Inherited weights are ahead & stay there",
      subtitle: "5 seeds",
      yLabel: "accuracy (%)",
      baseline: { value: 50, label: "logistic regression" },
    }),
    texts: [
      "Inherited weights are ahead &amp; stay there",
      "5 seeds",
      "inherited",
      "from scratch",
      "epoch",
      "accuracy (%)",
      "logistic",
    ],
    points: 0,
  },
  manyCurves: {
    figure: learningCurves(
      Array.from({ length: 10 }, (_, i) => ({
        name: `learning rate ${0.1 / 2 ** i} with a cosine schedule`,
        values: [2, 1 / (i + 1), 0.5 / (i + 1)],
      })),
      { title: "Rates differ", yLabel: "loss (nats)", logY: true },
    ),
    texts: ["learning rate 0.0001953125", "Rates differ", "loss (nats)"],
    points: 0,
  },
  scatter: {
    figure: scatter(cloud, {
      title: "Few architectures are on the front",
      xLabel: "parameters",
      yLabel: "accuracy (%)",
      front: { x: "minimize", y: "maximize" },
      highlight: [1, 2, 3],
      logX: true,
    }),
    texts: [
      "parameters",
      "accuracy (%)",
      "evolution",
      "random",
      "Pareto front",
      "arch 1",
      "100k",
      "1M",
    ],
    points: 100,
  },
  spread: {
    figure: scatter(
      cloud.slice(0, 40).map((point, i) => i % 3 === 0 ? { ...point, error: [2, 1] } : point),
      {
        title: "Random search keeps up",
        xLabel: "MACs",
        yLabel: "accuracy (%)",
        front: { x: "minimize", y: "maximize", groups: ["random"], name: "front of random" },
        logX: true,
      },
    ),
    texts: ["evolution", "front of random"],
    points: 40,
  },
  incumbentCurve: {
    figure: incumbentCurve([
      { name: "random", values: [80, 85, null, 84, 90] },
      { name: "evolution", values: [81, 86, 91, 90, 93] },
    ], {
      title: "Evolution leads",
      direction: "maximize",
      yLabel: "accuracy (%)",
      baseline: { value: 94, label: "optimum" },
    }),
    texts: ["Evolution leads", "trials", "random", "evolution", "optimum"],
    points: 9,
  },
  bars: {
    figure: bars(
      proxies.flatMap((label) =>
        ["cells", "macro"].map((group) => ({ label, group, value: rng() - 0.2, error: 0.05 }))
      ),
      { title: "Proxies differ between spaces", yLabel: "Spearman ρ", annotate: true },
    ),
    texts: [...proxies, "cells", "macro", "Spearman ρ"],
    points: 10,
  },
  lyingBars: {
    figure: bars([
      { label: "a convolution with a very long name that takes two lines", value: 12_345_678 },
      { label: "depthwise 5×5", value: 345_678 },
    ], { title: "Where the work is", yLabel: "MACs", horizontal: true, annotate: true }),
    texts: ["depthwise 5×5", "12.3M", "346k", "MACs"],
    points: 2,
  },
  logBars: {
    figure: bars([
      { label: "cells, 15,625 of them", value: 3e-3, text: "26 hours" },
      { label: "mobile networks", value: 4e12, text: "4 · 10¹² years" },
    ], {
      title: "One is a day's work",
      yLabel: "time to train all (years)",
      horizontal: true,
      annotate: true,
      log: true,
      baseline: { value: 1.38e10, label: "age of the universe" },
    }),
    texts: ["26 hours", "4 · 10¹² years", "age of the universe"],
    points: 2,
  },
  stackedBars: {
    figure: bars(
      ["C=4", "C=8"].flatMap((label) =>
        proxies.map((group, i) => ({ label, group, value: 1 + i + rng() }))
      ),
      { title: "Parts of a whole", yLabel: "time (ms)", stacked: true, annotate: true },
    ),
    texts: ["C=4", "C=8", ...proxies, "time (ms)"],
    points: 10,
  },
  lines: {
    figure: lines([
      { name: "tape", x: [1, 8, 64], y: [9, 11, 30], lower: [8, 10, 28], upper: [10, 12, 35] },
      { name: "plan", x: [1, 8, 64], y: [0.3, 2, 13] },
    ], {
      title: "The tape costs a constant",
      subtitle: "median and quartiles",
      xLabel: "images",
      yLabel: "time (ms)",
      logX: true,
      logY: true,
      baseline: { value: 5, label: "a frame" },
    }),
    texts: ["tape", "plan", "images", "time (ms)", "a frame", "median and quartiles"],
    points: 6,
  },
  criticalDifference: {
    figure: criticalDifference({
      names: [
        "random",
        "aging evolution",
        "evolution in generations",
        "local search",
        "REINFORCE, logits",
        "Bayesian",
        "grid, shuffled",
      ],
      ranks: [5.9, 3.1, 3.4, 2.6, 4.2, 2.5, 6.3],
      criticalDifference: 1.4,
    }, {
      title: "Two groups share the first place, and random search the last",
      subtitle: "40 seeds; joined are those that the data cannot tell apart",
    }),
    texts: ["evolution in generations: 3.40", "critical difference 1.40", "mean rank"],
    points: 7,
  },
  dotPlot: {
    figure: dotPlot(
      proxies.flatMap((label, i) => [
        {
          label,
          group: "all networks",
          value: 0.6 - 0.2 * i,
          interval: [0.4 - 0.2 * i, 0.7 - 0.2 * i],
        },
        { label, group: "the best tenth", value: i === 2 ? NaN : 0.1 * i, interval: [-0.2, 0.5] },
      ]),
      {
        title: "Zen ranks best, but not the best networks",
        subtitle: "95 % bootstrap intervals",
        xLabel: "Spearman's ρ",
        highlight: ["GradSign"],
        baseline: { value: 0, label: "no relation" },
      },
    ),
    texts: [...proxies, "all networks", "the best tenth", "not defined", "no relation"],
    points: 9,
  },
  panels: {
    figure: panels(
      ["MACs (M)", "weights (k)", "accuracy (%)"].map((title) => ({
        title,
        note: "×1 to ×4",
        series: [
          {
            name: "plan",
            x: [14, 20, 28],
            y: [1, 2, 4],
            lower: [0.9, 1.8, 3],
            upper: [1.2, 2.5, 5],
          },
          { name: "tape", x: [14, 20, 28], y: [2, 4, 8] },
        ],
      })),
      { title: "Costs grow", xLabel: "resolution (pixels)", mark: 20, columns: 2 },
    ),
    texts: ["MACs (M)", "accuracy (%)", "×1 to ×4", "plan", "resolution (pixels)", "28"],
    points: 18,
  },
  roofline: {
    figure: roofline([
      { intensity: 36, gflops: 48, label: "conv 3x3", group: "convolution", weight: 5 },
      { intensity: 30, gflops: 90, label: "conv 3x3, Winograd", group: "convolution", weight: 3 },
      { intensity: 4, gflops: 30, label: "conv 1x1", group: "convolution", weight: 1 },
      { intensity: 0.25, gflops: 2.5, label: "add", group: "elementwise", weight: 0.01 },
      { intensity: 0.75, gflops: 12, label: "batch norm", group: "elementwise", weight: 0.5 },
    ], {
      title: "Convolutions are bound by the processor, sums by memory",
      subtitle: "area: share of the time",
      peak: 59.1,
      memories: [{ name: "cache", bandwidth: 94.5 }, { name: "memory", bandwidth: 20.3 }],
      highlight: [0, 1, 2, 3, 4],
    }),
    texts: [
      "arithmetic intensity (FLOP/byte)",
      "speed (GFLOP/s)",
      "peak: 59 GFLOP/s",
      "cache: 95 GB/s",
      "memory: 20 GB/s",
      "convolution",
      "elementwise",
      "batch norm",
      "conv 3x3, Winograd",
    ],
    points: 5,
  },
  cdfs: {
    figure: cdfs(
      Array.from({ length: 12 }, (_, i) => ({
        name: `w${(i + 1) / 10} r${48 + 16 * i}`,
        values: Array.from({ length: 100 }, () => 3 + i + 2 * rng.normal() ** 2),
      })),
      {
        title: "Wide networks for large images use the board",
        subtitle: "100 networks of each space",
        xLabel: "MACs (millions)",
        yLabel: "share of networks",
        highlight: [11, 4],
        othersLabel: "10 other spaces",
        baseline: { value: 0.8, label: "a fifth exceeds" },
      },
    ),
    texts: ["w1.2 r224", "w0.5 r112", "10 other spaces", "MACs (millions)", "a fifth exceeds"],
    points: 0,
  },
  memoryBars: {
    figure: memoryBars(memoryProfile(residual(40)), {
      title: "What breaks first is the second convolution",
      limit: { value: 40 * 1024, label: "SRAM of a small board" },
    }),
    texts: [
      "stage0.block0.first.conv",
      "a name that is longe…ny other figure.conv",
      "held from before",
      "written by the node",
      "beyond the limit",
      "SRAM of a small board",
      "peak: 50 kB",
    ],
    points: 18,
  },
  memoryBarsWithin: {
    figure: memoryBars(memoryProfile(residual(16)), {
      title: "All of it fits",
      limit: { value: 64 * 1024, label: "SRAM of a small board" },
      groupBy: (node) => node.split(".")[0]!,
    }),
    texts: ["input", "stage0", "head", "peak: 8 kB"],
    points: 8,
  },
  heatMap: {
    figure: heatMap(proxies.map((_, i) => proxies.map((_, k) => Math.cos(i - k))), {
      title: "Proxies that agree",
      xLabels: proxies,
      yLabels: proxies,
      colorLabel: "Spearman ρ",
      annotate: true,
      scale: "diverging",
    }),
    texts: [...proxies, "Spearman ρ", "1.00", "-0.99"],
    points: 0,
  },
  heatMapFrames: {
    figure: heatMap([[71.2, 75.4, 80.1], [73.9, 78.8, 82.6]], {
      title: "Some cells keep the limit",
      xLabels: ["× 0.25", "× 0.5", "× 1"],
      yLabels: ["8 px", "16 px"],
      xLabel: "width",
      yLabel: "resolution",
      colorLabel: "accuracy (%)",
      annotate: true,
      digits: 1,
      frames: [
        { name: "keeps the limit", marks: (row, column) => row + column < 2 },
        { name: "the best that does", marks: (row, column) => row === 0 && column === 1 },
      ],
    }),
    texts: ["keeps the limit", "the best that does", "75.4", "accuracy (%)"],
    points: 0,
  },
  animatedHeatMap: {
    figure: animatedHeatMap(
      Array.from({ length: 50 }, (_, t) => ({
        name: `epoch ${t}`,
        z: proxies.map((_, i) => proxies.map((_, k) => Math.abs(Math.cos(i - 2 * k + t / 60)))),
      })),
      {
        title: "The weights of some operations grow & those of others shrink, on each edge of it",
        subtitle: "one seed",
        xLabels: proxies,
        yLabels: proxies,
        yLabel: "edge",
        colorLabel: "weight",
        range: [0, 1],
        annotate: true,
      },
    ),
    texts: [...proxies, "weight", "0.68", "one seed"],
    points: 0,
  },
  decisionBars: {
    figure: decisionBars(
      ["at the start", "after 300 trials"].map((name, r) => ({
        name,
        decisions: ["0→1", "0→2", "1→2", "0→3", "1→3", "2→3"].map((edge, i) => ({
          name: `edge ${edge}`,
          shares: [0.1, 0.2, 0.4 - 0.2 * r, 0.3 + 0.2 * r],
          chosen: (i + r) % 4,
        })),
      })),
      {
        title: "The policy comes to like convolutions",
        optionNames: ["none", "skip", "1x1", "3x3"],
      },
    ),
    texts: ["none", "skip", "1x1", "3x3", "edge 0→1", "at the start", "after 300 trials", "0.40"],
    points: 48,
  },
  drawCell: {
    figure: drawCell({
      nodes: ["0", "1", "2", "3"].map((id) => ({ id })),
      edges: [
        { from: "0", to: "1", label: "nor_conv_3x3" },
        { from: "0", to: "2", label: "none" },
        { from: "1", to: "2", label: "nor_conv_1x1" },
        { from: "0", to: "3", label: "skip_connect" },
        { from: "1", to: "3", label: "avg_pool_3x3" },
        { from: "2", to: "3", label: "nor_conv_3x3" },
      ],
    }, { title: "The best cell" }),
    texts: ["nor_conv_3x3", "none", "nor_conv_1x1", "skip_connect", "avg_pool_3x3"],
    points: 6,
  },
  drawGrid: {
    figure: drawGrid({ layers: 12, path: deepLabPaths.stackedHourglass }, {
      title: "Two hourglasses",
    }),
    texts: ["Two hourglasses", "layer", "12", "1/4", "1/8", "1/16", "1/32"],
    points: 42,
  },
  drawNetwork: {
    figure: drawNetwork(space.lower(space.sample(createRng("net"))), { title: "A whole network" }),
    texts: ["input [16, 16, 3]", "×2", "global avg pool", "linear 10", "add"],
    points: NaN,
  },
  drawNeurons: {
    figure: drawNeurons([{
      name: "widened",
      layers: [
        [{ name: "x1", value: 1 }, { name: "x2", value: -2 }],
        ["h1", "h2", "h3", "h2'"].map((name) => (
          name.startsWith("h2") ? { name, value: 0.5, group: "h2" } : { name, value: 0.5 }
        )),
        [{ name: "y", value: 3 }],
      ],
      weights: [[[1, -0.5, 2, -0.5], [0.25, 1, -1, 1]], [[2], [1.5], [-1], [1.5]]],
    }], { title: "By hand" }),
    texts: ["By hand", "widened", "h2'", "−0.5", "= 3", "1.5"],
    points: 7,
  },
  drawStages: {
    figure: drawStages(
      ["28px w1 8:k3e2 16:k5e4-k3e2 32:k3e4", "28px w1 8:k7e4 16:k3e2 32:k5e4"].map((text) => (
        { name: text, chain: mobile.chain!(mobile.decode(text)), places: { stage1: 3 } }
      )),
      { title: "Two networks of one space" },
    ),
    texts: ["Two networks of one space", "stage1", "16 ch, 14 px", "k5 e4", "10 numbers"],
    points: 14,
  },
  smallNetwork: {
    figure: smallNet(),
    texts: ["input [16, 16, 1]", "conv 3x3, 8", "global avg pool", "linear 10"],
    points: 4,
  },
  imageGrid: {
    figure: imageGrid(
      Array.from({ length: 8 }, (_, i) => ({
        pixels: Float32Array.from({ length: 64 }, (_, k) => (k * i) % 7),
        shape: [8, 8, 1] as const,
        title: `shirt → pullover ${i}`,
      })),
      { title: "Misclassified", subtitle: "label → prediction" },
    ),
    texts: ["shirt → pullover", "Misclassified", "label → prediction"],
    points: 8,
  },
  vectorField: {
    figure: vectorField({
      ...swirl,
      paths: [{ name: "a way", x: [1, 0.5, 0], y: [1.5, 1, 0] }],
    }, { title: "It turns", xLabel: "α", yLabel: "w" }),
    texts: ["It turns", "α", "w", "a way", "start", "end"],
    points: 2,
  },
  vectorFields: {
    figure: vectorField(
      ["first order", "second order & a title that takes more than one line above a field"].map((
        title,
        i,
      ) => ({
        ...swirl,
        title,
        note: `ξ = ${i / 2}`,
        background: {
          z: swirl.y.map((w) => swirl.x.map((alpha) => 1000 * alpha * (w + i) - 20)),
        },
        paths: [
          { name: "from the left, with steps of 0.1", x: [-2, -1.5, 1], y: [1, 0.1, 0] },
          { name: "from below, with steps of 0.1", x: [2, 1.5, 1 + i], y: [-2, -1, 0] },
          { name: "where the inner loss is least", x: [-2, 2], y: [-2, 2], curve: true },
        ],
        points: [{ name: "optimum", x: 1, y: 0 }, { name: "saddle", x: 0, y: 0 }],
      })),
      {
        title: "Looking one step ahead leads to the optimum of both levels",
        subtitle: "gradients of a loss in two numbers",
        xLabel: "α (architecture)",
        yLabel: "w (weight)",
        colorLabel: "validation loss",
        lengths: "equal",
      },
    ),
    texts: [
      "first order",
      "ξ = 0.5",
      "from the left, with steps of 0.1",
      "where the inner loss is least",
      "optimum",
      "saddle",
      "validation loss",
      "α (architecture)",
      "w (weight)",
    ],
    points: 12,
  },
};
