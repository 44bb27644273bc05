import { floatsOf, type Machine } from "../../engine/machine.ts";
import { Exchange } from "./exchange.ts";
import type { Backward, Lowering, NodeOf } from "./lowering.ts";
import { type Region, region } from "./region.ts";
import type { Call } from "./schedule.ts";

/**
 * Batch norm by whichever statistics a call asks for. Backward it needs what it read and the
 * statistics that it used, not what it returned.
 */
export function lowerBatchNorm(
  node: NodeOf<"batchNorm">,
  to: Lowering,
): Backward {
  const { epsilon = 1e-5, momentum = 0.1 } = node;
  const x = to.input(node), y = to.define(node);
  const { machine, machine: { kernels } } = to;
  const channels = to.shapeOf(node.name).at(-1) as number, pixels = x.size / channels;
  const gamma = to.param(node, "gamma"), beta = to.param(node, "beta");
  const running = { mean: to.statistic(node, "mean"), variance: to.statistic(node, "variance") };
  // Mean and variance, of each image by its own; a factor and a summand by running statistics.
  const first = region(to.batch * channels), second = region(to.batch * channels);
  const moments = new Exchange(1 + 2 * channels, to);
  const gammaAt = () => gamma?.values.address ?? 0, betaAt = () => beta?.values.address ?? 0;

  const forward = ({ count, statistics, update, part }: Call): void => {
    const [from, into] = [x.region.address, y.region.address];
    const [a, b] = [first.address, second.address];
    const rows = count * pixels;
    switch (statistics) {
      case "batch": {
        const { mean: { address: mean }, variance: { address: variance } } = running;
        if (part === undefined) {
          kernels.batchNorm(from, gammaAt(), betaAt(), into, a, b, rows, channels, epsilon);
        } else {
          kernels.batchNormMoments(from, moments.of(part.index), rows, channels);
          part.meet();
          const at = [from, gammaAt(), betaAt(), into, a, b, ...moments.all(part)] as const;
          kernels.batchNormJoin(...at, rows, channels, epsilon);
          if (part.index > 0) return;
        }
        if (!update) return;
        const all = (part?.images ?? count) * pixels;
        return kernels.batchNormUpdate(a, b, mean, variance, all, channels, momentum);
      }
      case "running":
        fold(machine, {
          gamma: gamma?.values,
          beta: beta?.values,
          ...running,
          epsilon,
          first,
          second,
        });
        return kernels.batchNormApply(from, a, b, into, rows, channels);
      case "sample": {
        const sizes = [count, pixels, channels, epsilon] as const;
        return kernels.batchNormPerSample(from, gammaAt(), betaAt(), into, a, b, ...sizes);
      }
      default:
        statistics satisfies never;
    }
  };
  to.forward(node, {
    kernel: "batchNorm",
    reads: [x.region],
    writes: [y.region, first, second],
    inPlaceOf: [x.region],
    run: forward,
  });

  return (dy) => {
    const discarded = region(2 * channels);
    const sums = new Exchange(2 * channels, to);
    const dgamma = gamma?.gradient ?? discarded;
    const dbetaAt = () => beta?.gradient?.address ?? discarded.address + 4 * channels;
    // By running statistics the kernel's own input gradient is of no use and goes here.
    const spare = region(x.region.floats);
    const unused = [spare, ...(gamma?.gradient ? [] : [discarded])];
    const backward = (dx: Region, { count, statistics, part }: Call): void => {
      const [from, slope, scale] = [x.region.address, dy.address, gammaAt()];
      const rows = count * pixels;
      const grad = (mean: Region, variance: Region, into: Region) =>
        kernels.batchNormGrad(
          from,
          slope,
          scale,
          mean.address,
          variance.address,
          into.address,
          dgamma.address,
          dbetaAt(),
          rows,
          channels,
          epsilon,
        );
      switch (statistics) {
        case "batch": {
          if (part === undefined) return grad(first, second, dx);
          const own = sums.of(part.index);
          kernels.batchNormGradSums(from, slope, first.address, own, rows, channels);
          part.meet();
          return kernels.batchNormGradJoin(
            from,
            slope,
            scale,
            first.address,
            second.address,
            dx.address,
            dgamma.address,
            dbetaAt(),
            ...sums.all(part),
            own,
            rows,
            part.images * pixels,
            channels,
            epsilon,
          );
        }
        case "running":
          grad(running.mean, running.variance, spare);
          // `first` still holds the factor; the gradient has no summand.
          floatsOf(machine, second.address, channels).fill(0);
          return kernels.batchNormApply(
            slope,
            first.address,
            second.address,
            dx.address,
            rows,
            channels,
          );
        case "sample":
          return kernels.batchNormPerSampleGrad(
            from,
            slope,
            scale,
            first.address,
            second.address,
            dx.address,
            dgamma.address,
            dbetaAt(),
            count,
            pixels,
            channels,
            epsilon,
          );
        default:
          statistics satisfies never;
      }
    };
    const draft = (dx: Region) => ({
      kernel: "batchNormGrad",
      reads: [x.region, dy, first, second],
      writes: [dx, ...unused],
      inPlaceOf: [dy],
      run: (call: Call) => backward(dx, call),
    });
    if (x.differentiable) to.contributeWritten(node, x, draft);
    else to.backward(node, draft(region(x.region.floats)));
  };
}

interface Folded {
  readonly gamma: Region | undefined;
  readonly beta: Region | undefined;
  readonly mean: Region;
  readonly variance: Region;
  readonly epsilon: number;
  readonly first: Region;
  readonly second: Region;
}

/** What running statistics, gamma and beta come to: one factor and one summand a channel. */
function fold(
  machine: Machine,
  { gamma, beta, mean, variance, epsilon, first, second }: Folded,
): void {
  const read = ({ address }: Region) => floatsOf(machine, address, mean.floats);
  const [means, variances, factors, summands] = [mean, variance, first, second].map(read) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const gammas = gamma && read(gamma), betas = beta && read(beta);
  for (let i = 0; i < mean.floats; i++) {
    const scale = (gammas?.[i] ?? 1) / Math.sqrt((variances[i] as number) + epsilon);
    factors[i] = scale;
    summands[i] = (betas?.[i] ?? 0) - (means[i] as number) * scale;
  }
}
