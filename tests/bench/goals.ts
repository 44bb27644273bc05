/** The figures of the goals. */
import { engineInfo } from "naskit/engine/mod.ts";
import { say, seconds } from "../../tools/support/process.ts";
import { convolutionWay, kernels } from "../../lib/engine/kernels.ts";
import type { Context } from "./context.ts";
import { combinedRate, describeKernel, directCase, measureKernel, share } from "./kernels.ts";
import { describe, layouts, measureNetwork, type Setting, variant } from "./networks.ts";
import { median, rateRow, ratios, timeRow } from "./row.ts";
import { measureEnumeration, measureSampling, sampled } from "./space_costs.ts";
import { measureWorkers, workersTask } from "./search_workers.ts";
import { measureSupernet, supernetTask } from "./supernet.ts";
import { measureThreads } from "./threads.ts";
import { Torch, type TorchJob } from "./torch.ts";

const steps = {
  "train-step-c8": { work: "training step", channels: 8, batch: 64, size: 16 },
  "train-step-c16": { work: "training step", channels: 16, batch: 64, size: 16 },
} as const satisfies Record<string, Setting>;
const gradSign: Setting = { work: "GradSign", channels: 8, batch: 64, size: 16 };
const forward: Setting = { work: "forward", channels: 16, batch: 16, size: 16 };

/** Measures the figures that are wanted. */
export async function measureGoals(context: Context): Promise<void> {
  const wants = context.wants.bind(context);
  if (wants("conv-direct-peak-share")) await peakShare(context);
  if (wants("train-step-c8")) await trainingStep(context, "train-step-c8");
  if (wants("train-step-c16")) await trainingStep(context, "train-step-c16");
  if (wants("gradsign-vs-loop") || wants("gradsign-vs-vmap")) await gradSigns(context);
  if (wants("forward-b16")) await forwardPass(context);
  if (wants("supernet-step")) await supernetStep(context);
  if (wants("workers-2")) await twoWorkers(context);
  if (wants("threads-2")) await twoThreads(context);
  if (wants("space-sample-cost")) sampling(context);
  if (wants("nb201-enumerate-cost")) enumeration(context);
}

/** The names of a way of PyTorch's in both memory layouts. */
export function inLayouts(work: string): string[] {
  return layouts.map((layout) => variant(work, layout));
}

async function peakShare(context: Context): Promise<void> {
  const figures = await directly(() =>
    measureKernel(directCase, { ...context.options(1), torch: undefined })
  );
  const { peak, rates } = figures;
  const row = rateRow("conv-direct-peak-share", "GFLOP/s", {
    ours: combinedRate(figures),
    peer: peak,
  });
  context.add(row, {
    what:
      `${
        describeKernel(directCase)
      }, directly, forward and both gradients together, beside the peak of ` +
      `${engineInfo().simd} 128-bit SIMD on registers`,
    shares: Object.fromEntries(rates.map(({ pass, rate }) => [pass, share(rate, peak)])),
  });
}

/** Runs with convolutions that save no multiplications. */
async function directly<T>(run: () => Promise<T>): Promise<T> {
  kernels.chooseConvolution(convolutionWay.direct);
  try {
    return await run();
  } finally {
    kernels.chooseConvolution(convolutionWay.faster);
  }
}

async function trainingStep(context: Context, name: keyof typeof steps): Promise<void> {
  const limit = context.extent.compile;
  const compiler = limit > 0 ? Torch.start() : undefined;
  let compile: string | undefined;
  try {
    const repeats = await measureNetwork(steps[name], {
      ...context.options(3),
      others: async (job): Promise<Record<string, TorchJob>> => {
        if (compiler === undefined) return {};
        say(`  ${name}: torch.compile ...`);
        const start = performance.now();
        const made = await compileWithin(compiler, job, limit);
        compile = typeof made === "string"
          ? made
          : `compiled in ${seconds((performance.now() - start) / 1000)}`;
        return typeof made === "string" ? {} : { compiled: made };
      },
    });
    const { compiled } = repeats.peers;
    context.add(timeRow(name, repeats, inLayouts("training step")), {
      what: `${describe(steps[name])}: loss, gradients, SGD with Nesterov momentum and weight ` +
        "decay, beside PyTorch's faster layout" +
        (compile === undefined ? "" : `; torch.compile: ${compile}`) +
        (compiled === undefined
          ? ""
          : `, ratio to it ${median(ratios(repeats, [compiled])).toFixed(2)}`),
      ...repeats,
      ...(compile === undefined ? {} : { compile }),
    });
  } finally {
    await compiler?.end();
  }
}

/** A compiled training step, or why there is none; the process is ended when it takes too long. */
async function compileWithin(
  torch: Torch,
  job: object,
  limit: number,
): Promise<TorchJob | string> {
  const options = { ...job, layout: "channels_last", compiled: true };
  const compiling = torch.prepare("compiled", "training step", options);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`not compiled within ${limit} s`), 1000 * limit);
  });
  try {
    const first = await Promise.race([compiling, late]);
    if (typeof first === "string") {
      await torch.end();
      await compiling.catch(() => {});
    }
    return first;
  } catch (error) {
    return `not compiled: ${(error as Error).message}`;
  } finally {
    clearTimeout(timer);
  }
}

async function gradSigns(context: Context): Promise<void> {
  const repeats = await measureNetwork(gradSign, { ...context.options(2), runs: 3 });
  for (const way of ["loop", "vmap"] as const) {
    const name = `gradsign-vs-${way}` as const;
    if (!context.wants(name)) continue;
    context.add(timeRow(name, repeats, inLayouts(`GradSign ${way}`)), {
      what: `${describe(gradSign)}: signs of each image's gradient, each a batch of its own, ` +
        `beside PyTorch's ${way === "loop" ? "loop over the images" : "torch.func.vmap"}`,
      ...repeats,
    });
  }
}

async function forwardPass(context: Context): Promise<void> {
  const repeats = await measureNetwork(forward, context.options(2));
  context.add(timeRow("forward-b16", repeats, inLayouts("forward")), {
    what: `${describe(forward)}: the batch's statistics, no gradients, as for the Zen-score`,
    ...repeats,
  });
}

async function supernetStep(context: Context): Promise<void> {
  const repeats = await measureSupernet(context.options(2));
  context.add(timeRow("supernet-step", repeats, inLayouts("supernet step")), {
    what: `${supernetTask}, beside PyTorch's faster layout`,
    ...repeats,
  });
}

async function twoWorkers(context: Context): Promise<void> {
  const { repeats, trainings } = context.extent;
  const measured = await measureWorkers({ repeats, trainings });
  context.add(rateRow("workers-2", "trainings/s", measured), {
    what: `${workersTask}, ${trainings} trainings in a turn, beside one worker`,
    ...measured,
  });
}

async function twoThreads(context: Context): Promise<void> {
  const { repeats } = context.extent;
  const [narrow, wide] = [steps["train-step-c8"], steps["train-step-c16"]];
  const other = await measureThreads(narrow, { repeats, steps: 30 });
  const measured = await measureThreads(wide, { repeats, steps: 10 });
  const { ratio } = rateRow("threads-2", "steps/s", other);
  context.add(rateRow("threads-2", "steps/s", measured), {
    what:
      `${describe(wide)}, on two threads that share each batch, beside one thread; the ratio at ` +
      `C=8: ${ratio?.toFixed(2)}`,
    ...measured,
    narrow: other,
  });
}

function sampling(context: Context): void {
  const repeats = measureSampling(context.extent.repeats);
  context.add(timeRow("space-sample-cost", repeats, []), {
    what: `${sampled.toLocaleString("en-US")} networks drawn from Once-for-All's space of 5.4e20 ` +
      "and costed, with nothing known before",
    ...repeats,
  });
}

function enumeration(context: Context): void {
  const repeats = measureEnumeration(context.extent.repeats);
  context.add(timeRow("nb201-enumerate-cost", repeats, []), {
    what: "all 15,625 cells of NAS-Bench-201 enumerated and their networks of 15 cells costed, " +
      "with nothing known before",
    ...repeats,
  });
}
