import type { Block, BlockChain } from "../blocks.ts";
import type { MobileArch } from "./arch.ts";
import { type BlockSettings, gateOf, headBlock, invertedResidual, stemBlock } from "./blocks.ts";
import { type MobileSkeleton, widened } from "./skeleton.ts";

/** A skeleton with what it reads and tells apart. */
export interface MobileFrame {
  readonly skeleton: MobileSkeleton;
  readonly inputChannels: number;
  readonly classes: number;
}

/** Makes the chains of blocks of networks with this skeleton. */
export function mobileChains(frame: MobileFrame): (arch: MobileArch) => BlockChain {
  const widths = new Map<number, (arch: MobileArch) => BlockChain>();
  return (arch) => {
    const chains = widths.get(arch.width) ?? chainsOfWidth(frame, arch.width);
    widths.set(arch.width, chains);
    return chains(arch);
  };
}

function chainsOfWidth(
  { skeleton, inputChannels, classes }: MobileFrame,
  width: number,
): (arch: MobileArch) => BlockChain {
  const { stages, multiple = 8 } = skeleton;
  const wide = (channels: number) => widened(channels, { width, multiple });
  const { stemChannels, first, last } = endsOfWidth(skeleton, { width, classes });
  // Blocks are made once: there are few, and very many networks of them.
  const known = stages.map((): Map<string, Block>[] => []);
  const outputs = stages.map(({ channels }) => new Map(channels.map((each) => [each, wide(each)])));

  return ({ resolution, stages: decided }) => {
    const blocks = [first];
    let inner = stemChannels;
    for (let s = 0; s < stages.length; s++) {
      const stage = stages[s] as MobileSkeleton["stages"][number];
      const { channels: chosen, blocks: list } = decided[s] as MobileArch["stages"][number];
      const channels = outputs[s]?.get(chosen) as number;
      for (let b = 0; b < list.length; b++) {
        const { kernel, expansion } = list[b] as MobileArch["stages"][number]["blocks"][number];
        const made = (known[s] as Map<string, Block>[])[b] ??= new Map();
        const key = `${kernel},${expansion},${inner},${channels}`;
        let block = made.get(key);
        if (block === undefined) {
          const settings = { kernel, expansion, inner, channels, isFirst: b === 0, multiple };
          block = invertedResidual(`stage${s}.block${b}`, settingsOf(stage, settings));
          made.set(key, block);
        }
        blocks.push(block);
        inner = channels;
      }
    }
    blocks.push(last);
    return { input: [resolution, resolution, inputChannels], blocks };
  };
}

/** What stands before and behind the stages, at a width. */
export function endsOfWidth(
  { stem, head, multiple = 8 }: MobileSkeleton,
  { width, classes }: { readonly width: number; readonly classes: number },
): { readonly stemChannels: number; readonly first: Block; readonly last: Block } {
  const wide = (channels: number) => widened(channels, { width, multiple });
  const stemChannels = wide(stem.channels);
  const last = headBlock({
    activation: head.activation,
    ...(head.channels === undefined ? {} : { channels: wide(head.channels) }),
    ...(head.features === undefined ? {} : { features: wide(head.features) }),
  }, classes);
  return { stemChannels, first: stemBlock({ ...stem, channels: stemChannels }), last };
}

/** A block of a stage with everything decided. */
export function settingsOf(
  stage: MobileSkeleton["stages"][number],
  { kernel, expansion, inner, channels, isFirst, multiple }: {
    readonly kernel: number;
    readonly expansion: number;
    readonly inner: number;
    readonly channels: number;
    readonly isFirst: boolean;
    readonly multiple: number;
  },
): BlockSettings {
  const expanded = Math.round(inner * expansion);
  return {
    kernel,
    stride: isFirst ? stage.stride : 1,
    activation: stage.activation,
    inner,
    expanded,
    channels,
    ...gateOf(stage, { inner, expanded, multiple }),
  };
}
