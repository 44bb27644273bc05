/** An inverted residual block. */
export interface MobileBlock {
  /** Side of the depthwise kernel in pixels. */
  readonly kernel: number;
  /** How many times as many channels it works on inside as it reads. */
  readonly expansion: number;
}

/** A mobile network. */
export interface MobileArch {
  /** Height and width of the images in pixels. */
  readonly resolution: number;
  /** The width multiplier. */
  readonly width: number;
  /** The stages in order. */
  readonly stages: readonly {
    /** Output channels, before the width multiplier. */
    readonly channels: number;
    /** The blocks in order; their number is the depth. */
    readonly blocks: readonly MobileBlock[];
  }[];
}

/** A network as text, e.g. `28px w1 8:k3e2 16:k5e4-k3e2`. */
export function encodeMobile({ resolution, width, stages }: MobileArch): string {
  const each = stages.map(({ channels, blocks }) =>
    `${channels}:${blocks.map(({ kernel, expansion }) => `k${kernel}e${expansion}`).join("-")}`
  );
  return `${resolution}px w${width} ${each.join(" ")}`;
}

/** The inverse of {@linkcode encodeMobile}, as far as the form goes. Throws a `SyntaxError`. */
export function parseMobile(text: string): MobileArch {
  const [resolution = "", width = "", ...stages] = text.split(" ");
  const arch: MobileArch = {
    resolution: numberIn(text, { part: resolution, pattern: /^(\d+)px$/, form: "28px" }),
    width: numberIn(text, { part: width, pattern: /^w(\d+(?:\.\d+)?)$/, form: "w0.5" }),
    stages: stages.map((stage) => {
      const [channels = "", blocks = "", ...rest] = stage.split(":");
      if (rest.length > 0) fail(text, `"${stage}" must have one ":"`);
      return {
        channels: numberIn(text, { part: channels, pattern: /^(\d+)$/, form: "16" }),
        blocks: blocks.split("-").map((block) => ({
          kernel: numberIn(text, { part: block, pattern: blockPattern, form: "k3e6" }),
          expansion: numberIn(text, { part: block, pattern: blockPattern, form: "k3e6", at: 2 }),
        })),
      };
    }),
  };
  if (encodeMobile(arch) !== text) fail(text, `it is written "${encodeMobile(arch)}"`);
  return arch;
}

const blockPattern = /^k(\d+)e(\d+(?:\.\d+)?)$/;

function numberIn(
  text: string,
  { part, pattern, form, at = 1 }: {
    readonly part: string;
    readonly pattern: RegExp;
    readonly form: string;
    readonly at?: number;
  },
): number {
  const found = pattern.exec(part)?.[at];
  return found === undefined ? fail(text, `"${part}" must be like ${form}`) : Number(found);
}

function fail(text: string, reason: string): never {
  throw new SyntaxError(`Cannot decode "${text}" as a mobile network: ${reason}`);
}
