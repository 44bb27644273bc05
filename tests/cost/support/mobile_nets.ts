import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";

/** The multiple of 8 nearest to a width that keeps at least nine tenths of it. */
function divisible(width: number): number {
  const rounded = Math.max(8, Math.floor((width + 4) / 8) * 8);
  return rounded < 0.9 * width ? rounded + 8 : rounded;
}

class MobileBuilder {
  readonly net: GraphBuilder;
  x: string;
  channels = 3;

  constructor(size: number) {
    this.net = new GraphBuilder([size, size, 3]);
    this.x = this.net.input;
  }

  conv(name: string, kernel: number, channels: number, { stride = 1, act = true } = {}): void {
    this.x = this.net.add(`${name}.conv`, { op: "conv", kernel, channels, stride }, this.x);
    this.x = this.net.add(`${name}.bn`, { op: "batchNorm" }, this.x);
    if (act) this.x = this.net.add(`${name}.relu`, { op: "relu6" }, this.x);
    this.channels = channels;
  }

  block(
    name: string,
    { expand, kernel, channels, stride, gate = false, residual }: {
      readonly expand: number;
      readonly kernel: number;
      readonly channels: number;
      readonly stride: number;
      readonly gate?: boolean;
      readonly residual: boolean;
    },
  ): void {
    const { net } = this;
    const input = this.x;
    const before = this.channels;
    const middle = expand === 1 ? before : divisible(before * expand);
    if (expand !== 1) this.conv(`${name}.expand`, 1, middle);
    this.x = net.add(`${name}.depthwise`, { op: "depthwise", kernel, stride }, this.x);
    this.x = net.add(`${name}.depthwise.bn`, { op: "batchNorm" }, this.x);
    this.x = net.add(`${name}.depthwise.relu`, { op: "relu6" }, this.x);
    if (gate) {
      let g = net.add(`${name}.gate.pool`, { op: "globalAvgPool" }, this.x);
      const features = Math.floor(before / 4);
      g = net.add(`${name}.gate.reduce`, { op: "linear", features }, g);
      g = net.add(`${name}.gate.relu`, { op: "relu" }, g);
      g = net.add(`${name}.gate.expand`, { op: "linear", features: middle }, g);
      g = net.add(`${name}.gate.sigmoid`, { op: "sigmoid" }, g);
      this.x = net.add(`${name}.gate`, { op: "multiply" }, this.x, g);
    }
    this.conv(`${name}.project`, 1, channels, { act: false });
    if (residual) this.x = net.add(`${name}.sum`, { op: "add" }, this.x, input);
  }

  head(classes: number): Graph {
    this.x = this.net.add("pool", { op: "globalAvgPool" }, this.x);
    return this.net.build(this.net.add("head", { op: "linear", features: classes }, this.x));
  }
}

/** MobileNetV2 (Sandler et al. 2018), its last convolution as wide as the rest. */
export function mobileNetV2(
  { width, size, classes }: {
    readonly width: number;
    readonly size: number;
    readonly classes: number;
  },
): Graph {
  const stages = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const;
  const to = new MobileBuilder(size);
  to.conv("stem", 3, divisible(32 * width), { stride: 2 });
  for (const [s, [expand, base, count, first]] of stages.entries()) {
    const channels = divisible(base * width);
    for (let i = 0; i < count; i++) {
      const stride = i === 0 ? first : 1;
      const residual = stride === 1 && channels === to.channels;
      to.block(`stage${s}.${i}`, { expand, kernel: 3, channels, stride, residual });
    }
  }
  to.conv("last", 1, divisible(1280 * width));
  return to.head(classes);
}

/** One sub-network of the supernet that MIT's course on efficient deep learning searches (MCUNet). */
export function courseNet(
  { width, size, depth, kernel, expand }: {
    readonly width: number;
    readonly size: number;
    /** Blocks in each stage beyond the fewest. */
    readonly depth: number;
    readonly kernel: number;
    readonly expand: number;
  },
): Graph {
  const stages = [[24, 1, 2], [40, 2, 2], [80, 2, 2], [96, 2, 1], [192, 2, 2]] as const;
  const to = new MobileBuilder(size);
  to.conv("stem", 3, divisible(32 * width), { stride: 2 });
  to.conv("first", 1, divisible(16 * width), { act: false });
  for (const [s, [base, least, first]] of stages.entries()) {
    for (let i = 0; i < least + depth; i++) {
      const stride = i === 0 ? first : 1;
      to.block(`stage${s}.${i}`, {
        expand,
        kernel,
        channels: divisible(base * width),
        stride,
        gate: s > 1 || (s === 1 && i > 0),
        residual: i > 0,
      });
    }
  }
  const channels = divisible(320 * width);
  to.block("stage5", { expand, kernel, channels, stride: 1, residual: false });
  to.conv("last", 1, 384);
  return to.head(2);
}
