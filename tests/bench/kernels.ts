/** The kernels by themselves: how much of the processor's peak they reach, and PyTorch beside them. */
import { join } from "node:path";
import { createRng, engineInfo, tf } from "naskit/engine/mod.ts";
import { pointer } from "../../lib/engine/backend.ts";
import {
  type ConvSizes,
  type DepthwiseSizes,
  kernels,
  type PoolSizes,
} from "../../lib/engine/kernels.ts";
import { alternate, type AlternateOptions, runner } from "./alternate.ts";
import { checkEqual, layouts } from "./networks.ts";
import { peakMeter } from "../../lib/engine/machine_peak.ts";
import { median, type Repeats } from "./row.ts";
import type { Torch, TorchJob } from "./torch.ts";

/** One operation and its sizes. Padding is half the kernel. */
export interface KernelCase {
  readonly operation: "conv" | "depthwise" | "avgPool" | "maxPool" | "batchNorm";
  readonly batch: number;
  /** Height and width of the images. */
  readonly size: number;
  readonly channels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
}

function conv(
  [batch, size, channels]: readonly [number, number, number],
  outChannels: number,
  kernel: number,
  stride = 1,
): KernelCase {
  return { operation: "conv", batch, size, channels, outChannels, kernel, stride };
}

function perChannel(
  operation: KernelCase["operation"],
  [batch, size, channels]: readonly [number, number, number],
  kernel: number,
): KernelCase {
  return { operation, batch, size, channels, outChannels: channels, kernel, stride: 1 };
}

/** The convolution whose share of the peak, without Winograd's savings, is a figure of the goals. */
export const directCase: KernelCase = conv([32, 16, 32], 32, 5);

/** All that the wider table shows. */
export const kernelCases: readonly KernelCase[] = [
  directCase,
  conv([64, 16, 3], 16, 3),
  conv([64, 16, 16], 16, 3),
  conv([16, 32, 16], 16, 3),
  conv([64, 8, 64], 64, 3),
  conv([64, 16, 16], 32, 3, 2),
  conv([64, 16, 16], 16, 1),
  conv([64, 16, 32], 32, 1),
  perChannel("depthwise", [64, 16, 16], 3),
  perChannel("depthwise", [64, 16, 32], 5),
  perChannel("avgPool", [64, 16, 16], 3),
  perChannel("maxPool", [64, 16, 16], 3),
  perChannel("batchNorm", [64, 16, 16], 1),
];

/** In a few words: `conv 5x5, 32x16x16x32 to 32`. */
export function describeKernel(one: KernelCase): string {
  const { operation, batch, size, channels, outChannels, kernel, stride } = one;
  const windowed = operation !== "batchNorm" ? ` ${kernel}x${kernel}` : "";
  const to = operation === "conv" ? ` to ${outChannels}` : "";
  const by = stride > 1 ? `, stride ${stride}` : "";
  return `${operation}${windowed}, ${batch}x${size}x${size}x${channels}${to}${by}`;
}

/** Figures of one operation. */
export interface KernelFigures {
  /** Floating-point operations of one pass; 0 where they are not what limits it. */
  readonly operations: number;
  /** GFLOP/s of each pass: forward, gradients of the input and of the weights. */
  readonly rates: readonly { readonly pass: string; readonly rate: readonly number[] }[];
  /** Of the same repeats. */
  readonly peak: readonly number[];
  /** All passes together, in milliseconds, and PyTorch's. */
  readonly all: Repeats;
}

interface Passes {
  readonly passes: readonly { readonly pass: string; readonly run: () => void }[];
  /** What they read, in the order in which PyTorch takes it. */
  readonly values: readonly Float32Array[];
  /** The sums of squares of what they write: output, gradients of the input and the weights. */
  check(): number[];
  dispose(): void;
}

/** Times one operation. Throws a `UserError` when PyTorch computes something else. */
export async function measureKernel(
  one: KernelCase,
  options: AlternateOptions & { readonly torch: Torch | undefined },
): Promise<KernelFigures> {
  const { torch, repeats, runs } = options;
  const meter = peakMeter(engineInfo().simd);
  const work = makePasses(one);
  const all = () => {
    for (const { run } of work.passes) run();
  };
  try {
    all();
    const jobs: Record<string, TorchJob> = {};
    if (torch !== undefined) Object.assign(jobs, await prepare(one, work, torch));
    const measured = await alternate(runner(all), jobs, options);
    const counted = one.operation === "conv" || one.operation === "depthwise";
    const operations = counted ? operationsOf(one) : 0;
    const rates = work.passes.map(({ pass }) => ({ pass, rate: [] as number[] }));
    const peak: number[] = [];
    for (let i = 0; i < repeats; i++) {
      peak.push(meter());
      for (const [index, { run }] of work.passes.entries()) {
        const times = await runner(run).time(3 * runs);
        rates[index]?.rate.push(operations / Math.min(...times) / 1e6);
      }
    }
    return { operations, rates, peak, all: measured };
  } finally {
    work.dispose();
    await torch?.drop();
  }
}

/** GFLOP/s of all passes together, repeat by repeat. */
export function combinedRate({ rates }: KernelFigures): number[] {
  const [first] = rates;
  return (first?.rate ?? []).map((_, i) =>
    rates.length / rates.reduce((sum, { rate }) => sum + 1 / (rate[i] as number), 0)
  );
}

/** The median share of the peak of one pass. */
export function share(rate: readonly number[], peak: readonly number[]): number {
  return median(rate.map((each, i) => each / (peak[i] as number)));
}

function outSize({ size, stride }: KernelCase): number {
  return Math.ceil(size / stride);
}

function operationsOf(one: KernelCase): number {
  const { operation, batch, channels, outChannels, kernel } = one;
  const inputs = operation === "conv" ? channels : 1;
  return 2 * batch * outSize(one) ** 2 * outChannels * kernel ** 2 * inputs;
}

async function prepare(
  one: KernelCase,
  work: Passes,
  torch: Torch,
): Promise<Record<string, TorchJob>> {
  const folder = await Deno.makeTempDir({ prefix: "naskit_bench_" });
  try {
    const values = join(folder, "values.f32");
    const parts = work.values.map(({ buffer, byteOffset, byteLength }) =>
      new Uint8Array(buffer, byteOffset, byteLength)
    );
    await Deno.writeFile(values, new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()));
    const jobs: Record<string, TorchJob> = {};
    for (const layout of layouts) {
      const job = { ...one, outSize: outSize(one), values, layout };
      jobs[layout] = await torch.prepare(layout, "kernel", job);
      const got = await torch.request<number[]>({ command: "check", id: layout });
      checkEqual(`${describeKernel(one)}: PyTorch (${layout})`, got, work.check());
    }
    return jobs;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function makePasses(one: KernelCase): Passes {
  const { operation, batch, size, channels, outChannels, kernel, stride } = one;
  const out = outSize(one);
  const rng = createRng("kernels");
  const tensors: tf.Tensor[] = [];
  const make = (shape: number[], value: () => number) => {
    const length = shape.reduce((product, side) => product * side, 1);
    const values = Float32Array.from({ length }, value);
    const tensor = tf.tensor(values, shape);
    tensors.push(tensor);
    return { values, tensor, at: pointer(tensor) };
  };
  const random = (...shape: number[]) => make(shape, () => rng.normal());
  const empty = (...shape: number[]) => make(shape, () => 0);
  const x = random(batch, size, size, channels);
  const pad = kernel >> 1;
  const square = [kernel, kernel, stride, stride] as const;
  const finish = (
    passes: Passes["passes"],
    inputs: readonly { values: Float32Array }[],
    outputs: readonly { tensor: tf.Tensor }[],
  ): Passes => ({
    passes,
    values: inputs.map(({ values }) => values),
    check: () =>
      outputs.map(({ tensor }) =>
        (tensor.dataSync() as Float32Array).reduce((sum, value) => sum + value * value, 0)
      ),
    dispose: () => tf.dispose(tensors),
  });

  if (operation === "conv" || operation === "depthwise") {
    const deep = operation === "conv";
    const w = random(kernel, kernel, channels, deep ? outChannels : 1);
    const dy = random(batch, out, out, outChannels);
    const [y, dx, dw] = [
      empty(...dy.tensor.shape),
      empty(...x.tensor.shape),
      empty(...w.tensor.shape),
    ];
    const ends = [out, out, ...(deep ? [outChannels] : [])];
    const sizes = [
      ...[batch, size, size, channels, ...(deep ? [] : [1]), ...ends],
      ...[...square, 1, 1, pad, pad],
    ];
    const run = deep
      ? {
        forward: () => kernels.conv(x.at, w.at, y.at, ...sizes as unknown as ConvSizes),
        dX: () => kernels.convInputGrad(dy.at, w.at, dx.at, ...sizes as unknown as ConvSizes),
        dW: () => kernels.convFilterGrad(x.at, dy.at, dw.at, ...sizes as unknown as ConvSizes),
      }
      : {
        forward: () => kernels.depthwise(x.at, w.at, y.at, ...sizes as unknown as DepthwiseSizes),
        dX: () =>
          kernels.depthwiseInputGrad(dy.at, w.at, dx.at, ...sizes as unknown as DepthwiseSizes),
        dW: () =>
          kernels.depthwiseFilterGrad(x.at, dy.at, dw.at, ...sizes as unknown as DepthwiseSizes),
      };
    const passes = Object.entries(run).map(([pass, run]) => ({ pass, run }));
    return finish(passes, [x, w, dy], [y, dx, dw]);
  }
  const [y, dx] = [empty(...x.tensor.shape), empty(...x.tensor.shape)];
  if (operation === "batchNorm") {
    const [gamma, beta] = [random(channels), random(channels)];
    const dy = random(...x.tensor.shape);
    const [mean, variance] = [empty(channels), empty(channels)];
    const [dGamma, dBeta] = [empty(channels), empty(channels)];
    const rows = batch * size * size;
    const at = { x: x.at, gamma: gamma.at, mean: mean.at, variance: variance.at };
    return finish(
      [
        {
          pass: "forward",
          run: () =>
            kernels.batchNorm(
              ...[at.x, at.gamma, beta.at, y.at, at.mean, at.variance] as const,
              ...[rows, channels, 1e-5] as const,
            ),
        },
        {
          pass: "backward",
          run: () =>
            kernels.batchNormGrad(
              ...[at.x, dy.at, at.gamma, at.mean, at.variance, dx.at, dGamma.at] as const,
              ...[dBeta.at, rows, channels, 1e-5] as const,
            ),
        },
      ],
      [x, gamma, beta, dy],
      [y, dx, dGamma, dBeta],
    );
  }
  const dy = random(...x.tensor.shape);
  const sizes: PoolSizes = [batch, size, size, channels, size, size, ...square, pad, pad];
  const passes = operation === "avgPool"
    ? [
      { pass: "forward", run: () => kernels.avgPool(x.at, y.at, ...sizes) },
      { pass: "backward", run: () => kernels.avgPoolGrad(dy.at, dx.at, ...sizes) },
    ]
    : [
      { pass: "forward", run: () => kernels.maxPool(x.at, y.at, ...sizes) },
      { pass: "backward", run: () => kernels.maxPoolGrad(x.at, y.at, dy.at, dx.at, ...sizes) },
    ];
  return finish(passes, [x, dy], [y, dx]);
}
