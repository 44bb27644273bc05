import { GraphBuilder } from "../../graph/mod.ts";
import {
  addMixed,
  type Branch,
  likeliest,
  type Relaxed,
  type RelaxOptions,
  weightsOf,
  withoutAffine,
} from "../relaxed.ts";
import type { Decision } from "../space.ts";
import type { MobileArch, MobileBlock } from "./arch.ts";
import { invertedResidual } from "./blocks.ts";
import { endsOfWidth, type MobileFrame, settingsOf } from "./chains.ts";
import { type MobileStage, widened } from "./skeleton.ts";

/** The option of leaving a block out. */
const SKIP = "skip";

/**
 * All blocks in one: each is a mixture of all its kernels and expansions and, beyond the least depth of its
 * stage, of nothing. The size of the images, the width and the channels must be decided already, as they are
 * shapes of what would be mixed.
 *
 * @throws {RangeError} When one of them is not.
 */
export function relaxMobile(
  { skeleton, inputChannels, classes, resolutions, widths }: MobileFrame & {
    readonly resolutions: readonly number[];
    readonly widths: readonly number[];
  },
  { affine = true }: RelaxOptions = {},
): Relaxed<MobileArch> {
  const [resolution, width] = [only("resolutions", resolutions), only("widths", widths)];
  const { stages, multiple = 8 } = skeleton;
  const { stemChannels, first, last } = endsOfWidth(skeleton, { width, classes });
  const net = new GraphBuilder([resolution, resolution, inputChannels]);
  let [x] = first.add(net, [net.input]) as [string];
  let inner = stemChannels;
  const layout = stages.map((stage, s) => {
    const channels = widened(only(`channels of stage ${s}`, stage.channels), { width, multiple });
    return Array.from({ length: stage.depths.at(-1) as number }, (_, b) => {
      const name = `stage${s}.block${b}`, choice = `stage ${s} block ${b}`, from = x;
      const branches = kindsOf(stage).map(({ kernel, expansion }): Branch => {
        const settings = settingsOf(stage, {
          kernel,
          expansion,
          inner,
          channels,
          isFirst: b === 0,
          multiple,
        });
        return {
          option: optionOf({ kernel, expansion }),
          add: (net, prefix) => invertedResidual(prefix, settings).add(net, [from])[0] as string,
        };
      });
      if (b >= (stage.depths[0] as number)) branches.push({ option: SKIP, add: () => from });
      x = addMixed(net, name, { choice, branches });
      inner = channels;
      return { name: choice, options: branches.map(({ option }) => option) };
    });
  });
  const [output] = last.add(net, [x]) as [string];
  const graph = net.build(output);
  const choices = layout.flat().filter(({ options }) => options.length > 1);
  return {
    graph: affine ? graph : withoutAffine(graph, (node) => /^stage/.test(node)),
    choices,
    pathOf: ({ stages }) =>
      new Map(
        layout.flatMap((blocks, s) =>
          blocks.flatMap(({ name, options }, b): [string, number][] => {
            const block = stages[s]?.blocks[b];
            return options.length < 2
              ? []
              : [[name, options.indexOf(block === undefined ? SKIP : optionOf(block))]];
          })
        ),
      ),
    archOf: (weights) => ({
      resolution,
      width,
      stages: stages.map((stage, s) => ({
        channels: stage.channels[0] as number,
        blocks: likeliestBlocks(stage, layout[s] as readonly Decision[], weights),
      })),
    }),
  };
}

/** The blocks of a stage of the depth at which they and nothing behind them are most likely. */
function likeliestBlocks(
  stage: MobileStage,
  layout: readonly Decision[],
  weights: ReadonlyMap<string, ArrayLike<number>>,
): MobileBlock[] {
  const kinds = kindsOf(stage);
  const blocks = layout.map((choice) => {
    const own = choice.options.length < 2 ? [1] : weightsOf(weights, choice);
    const best = likeliest(own.slice(0, kinds.length));
    return {
      kind: kinds[best] as MobileBlock,
      weight: own[best] as number,
      skip: own[kinds.length],
    };
  });
  const scores = stage.depths.map((depth) =>
    blocks.reduce((product, { weight, skip = 0 }, b) => product * (b < depth ? weight : skip), 1)
  );
  return blocks.slice(0, stage.depths[likeliest(scores)]).map(({ kind }) => kind);
}

function kindsOf({ kernels, expansions }: MobileStage): MobileBlock[] {
  return kernels.flatMap((kernel) => expansions.map((expansion) => ({ kernel, expansion })));
}

function optionOf({ kernel, expansion }: MobileBlock): string {
  return `k${kernel}e${expansion}`;
}

function only(name: string, values: readonly number[]): number {
  if (values.length !== 1) {
    throw new RangeError(
      `Cannot make a supernet of mobileNetwork: ${name} must be decided, got ${values.join(", ")}`,
    );
  }
  return values[0] as number;
}
