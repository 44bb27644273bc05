/** The wider tables: kernels, networks of many sizes, and proxies. */
import { say } from "../../tools/support/process.ts";
import type { Context } from "./context.ts";
import { inLayouts } from "./goals.ts";
import {
  describeKernel,
  kernelCases,
  type KernelFigures,
  measureKernel,
  share,
} from "./kernels.ts";
import {
  cell,
  describe,
  layouts,
  measureNetwork,
  type NetworkOptions,
  type Setting,
} from "./networks.ts";
import { median, type Repeats, timeRow } from "./row.ts";

/** Measures the kernels one by one. */
export async function measureKernels(context: Context): Promise<void> {
  const { torch, extent } = context;
  say(
    "\nKernels: GFLOP/s of ours, counted as direct convolution, and their share of the SIMD peak",
  );
  say("(Winograd's algorithm saves multiplications and can be above it); then milliseconds of all");
  say(
    `passes together, ours${
      torch === undefined ? "" : ", PyTorch's in NCHW and channels last, ratio"
    }\n`,
  );
  for (const one of kernelCases.slice(0, extent.kernels)) {
    const name = describeKernel(one);
    if (context.isLate(`kernels: ${name}`)) break;
    const figures = await measureKernel(one, {
      torch,
      repeats: extent.tableRepeats,
      runs: 8,
      warmUp: 0.3,
    });
    const { all, operations, rates, peak } = figures;
    say(`  ${name.padEnd(38)}${rateText(figures).padEnd(54)}${timesText(all, layouts)}`);
    context.report.kernels.push({
      name,
      ...one,
      peak: median(peak),
      ...(operations === 0 ? {} : {
        rates: Object.fromEntries(rates.map(({ pass, rate }) => [pass, median(rate)])),
        shares: Object.fromEntries(rates.map(({ pass, rate }) => [pass, share(rate, peak)])),
      }),
      ...figuresOf(all, layouts),
    });
  }
}

/** Measures networks of many sizes. */
export async function measureNetworks(context: Context): Promise<void> {
  const { torch, extent, report } = context;
  const all = (["training step", "forward", "GradSign"] as const).flatMap((work) =>
    extent.sizes.flatMap((size) =>
      extent.channels.flatMap((channels) =>
        extent.batches.map((batch): Setting => ({ work, channels, batch, size }))
      )
    )
  );
  say(`\nNetworks: ${cell}, one cell a stage; milliseconds,`);
  say(
    torch === undefined
      ? "ours\n"
      : "ours, PyTorch's in NCHW and channels last, ratio; GradSign beside vmap\n",
  );
  // The small ones first: when time runs out, most are there.
  const cost = ({ channels, batch, size }: Setting) => channels * batch * size * size;
  for (const setting of all.toSorted((a, b) => cost(a) - cost(b))) {
    const name = describe(setting);
    if (context.isLate(`networks: ${name} and larger`)) break;
    report.networks.push(await measureSetting(setting, { torch, repeats: extent.tableRepeats }));
  }
}

/** Measures proxies on small networks and on whole ones of NAS-Bench-201. */
export async function measureProxies(context: Context): Promise<void> {
  const { torch, extent, report } = context;
  say(`\nProxies: ${cell}; weights and buffers are ready before; milliseconds,`);
  say(
    torch === undefined
      ? "ours\n"
      : "ours, PyTorch's in NCHW and channels last, ratio; GradSign beside vmap\n",
  );
  for (const network of extent.proxies) {
    for (const work of ["SNIP", "SynFlow", "NASWOT", "Zen", "GradSign"] as const) {
      const setting: Setting = { ...network, work }, name = describe(setting);
      if (context.isLate(`proxies: ${name}`)) continue;
      report.proxies.push(await measureSetting(setting, { torch, repeats: extent.tableRepeats }));
    }
  }
}

/** Measures one line of a table of networks, and prints it. */
async function measureSetting(
  setting: Setting,
  options: Pick<NetworkOptions, "torch" | "repeats">,
): Promise<object> {
  const way = setting.work === "GradSign" ? "GradSign vmap" : setting.work;
  const repeats = await measureNetwork(setting, {
    ...options,
    torchWorks: [way],
    runs: 3,
    warmUp: 0.2,
  });
  say(`  ${describe(setting).padEnd(42)}${timesText(repeats, inLayouts(way))}`);
  return { ...setting, ...figuresOf(repeats, inLayouts(way)) };
}

function figuresOf(repeats: Repeats, variants: readonly string[]): object {
  const peers = Object.entries(repeats.peers).map(([name, each]) => [name, median(each)]);
  return {
    ours: median(repeats.ours),
    peers: Object.fromEntries(peers),
    ratio: timeRow("", repeats, variants).ratio,
    repeats: repeats.ours.length,
  };
}

function timesText(repeats: Repeats, variants: readonly string[]): string {
  const { ours, ratio } = timeRow("", repeats, variants);
  const peers = variants.flatMap((name) => repeats.peers[name] ?? []).length === 0
    ? []
    : variants.map((name) => median(repeats.peers[name] ?? []));
  const times = [ours, ...peers].map((each) => each.toPrecision(3).padStart(8));
  return times.join("") + (ratio === null ? "" : `  ${ratio.toFixed(2).padStart(6)}`);
}

function rateText({ operations, rates, peak }: KernelFigures): string {
  if (operations === 0) return "";
  return rates.map(({ pass, rate }) =>
    `${pass} ${median(rate).toFixed(1)} (${(100 * share(rate, peak)).toFixed(0)} %)`
  ).join("  ");
}
