import { fullWindow, type Graph, type GraphNode } from "naskit/graph/mod.ts";
import type { FullWindow } from "naskit/graph/mod.ts";

/** An array in double precision; the first axis of `shape` is the batch. */
export interface Value {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A value of this shape, filled by index. */
export function value(shape: readonly number[], fill: (index: number) => number = () => 0): Value {
  const data = new Float64Array(shape.reduce((product, side) => product * side, 1));
  for (let i = 0; i < data.length; i++) data[i] = fill(i);
  return { shape, data };
}

/**
 * Runs a graph with plain loops in double precision: slow, short, and written from the definitions
 * alone, so that it can judge the fast paths. Batch norm uses the batch's statistics. What `shifts` holds for
 * a node is added to its value; `mixed` nodes weigh their inputs by `gates`.
 */
export function runReference(
  graph: Graph,
  params: ReadonlyMap<string, Value>,
  images: Value,
  shifts: ReadonlyMap<string, Float64Array> = new Map(),
  gates: ReadonlyMap<string, ArrayLike<number>> = new Map(),
): Value {
  const values = referenceValues(graph, params, images, { shifts, gates });
  return values.get(graph.output) as Value;
}

/** The values of all nodes, by name; those that are known are taken as they are. */
export function referenceValues(
  graph: Graph,
  params: ReadonlyMap<string, Value>,
  images: Value,
  { shifts = new Map(), gates = new Map(), known = new Map() }: {
    readonly shifts?: ReadonlyMap<string, Float64Array>;
    readonly gates?: ReadonlyMap<string, ArrayLike<number>>;
    readonly known?: ReadonlyMap<string, Value>;
  } = {},
): Map<string, Value> {
  const values = new Map(known);
  for (const node of graph.nodes) {
    if (known.has(node.name)) continue;
    const inputs = node.inputs.map((name) => values.get(name) as Value);
    const param = (name: string) => params.get(`${node.name}.${name}`);
    const found = node.op === "input" ? images : apply(node, inputs, param, gates),
      by = shifts.get(node.name);
    values.set(node.name, by ? value(found.shape, (i) => found.data[i]! + by[i]!) : found);
  }
  return values;
}

function apply(
  node: GraphNode,
  inputs: readonly Value[],
  param: (name: string) => Value | undefined,
  gates: ReadonlyMap<string, ArrayLike<number>>,
): Value {
  const x = inputs[0] as Value;
  switch (node.op) {
    case "input":
      return x;
    case "conv":
      return addBias(conv(x, param("weight") as Value, fullWindow(node)), param("bias"));
    case "depthwise":
      return addBias(depthwise(x, param("weight") as Value, fullWindow(node)), param("bias"));
    case "batchNorm":
      return normalise(x, node.epsilon ?? 1e-5, param("gamma"), param("beta"));
    case "relu":
      return map(x, (v) => Math.max(v, 0));
    case "relu6":
      return map(x, (v) => Math.min(Math.max(v, 0), 6));
    case "hswish":
      return map(x, (v) => v * Math.min(Math.max(v + 3, 0), 6) / 6);
    case "swish":
      return map(x, (v) => v / (1 + Math.exp(-v)));
    case "sigmoid":
      return map(x, (v) => 1 / (1 + Math.exp(-v)));
    case "hsigmoid":
      return map(x, (v) => Math.min(Math.max(v + 3, 0), 6) / 6);
    case "tanh":
      return map(x, Math.tanh);
    case "avgPool":
      return pool(x, fullWindow(node), (seen) => seen.reduce((a, b) => a + b) / seen.length);
    case "maxPool":
      return pool(x, fullWindow(node), (seen) => Math.max(...seen));
    case "globalAvgPool": {
      const [batch, height, width, channels] = x.shape as [number, number, number, number];
      const pixels = height * width;
      return value([batch, channels], (i) => {
        const [n, c] = [Math.floor(i / channels), i % channels];
        let sum = 0;
        for (let p = 0; p < pixels; p++) sum += x.data[(n * pixels + p) * channels + c] as number;
        return sum / pixels;
      });
    }
    case "upsample":
      return upsample(x, node.factor, node.mode ?? "bilinear");
    case "flatten":
      return {
        shape: [x.shape[0] as number, x.data.length / (x.shape[0] as number)],
        data: x.data,
      };
    case "linear":
      return addBias(linear(x, param("weight") as Value), param("bias"));
    case "add":
      return inputs.reduce((a, b) => value(a.shape, (i) => a.data[i]! + b.data[i]!));
    case "mixed": {
      const factors = gates.get(node.choice) ?? inputs.map(() => 1 / inputs.length);
      const terms = inputs.map(({ data }, j) => data.map((v) => v * factors[j]!));
      return value(x.shape, (i) => terms.reduce((sum, term) => sum + term[i]!, 0));
    }
    case "multiply":
      return inputs.reduce(multiply);
    case "concat":
      return concat(inputs);
    case "identity":
      return x;
    case "zero": {
      const stride = node.stride ?? 1;
      const [batch, ...rest] = x.shape as [number, ...number[]];
      const shape = rest.map((side, axis) =>
        axis < rest.length - 1 ? Math.ceil(side / stride) : side
      );
      return value([batch, ...shape]);
    }
    default:
      return node satisfies never;
  }
}

function map(x: Value, f: (v: number) => number): Value {
  return { shape: x.shape, data: x.data.map(f) };
}

function addBias(y: Value, bias: Value | undefined): Value {
  if (bias === undefined) return y;
  return value(y.shape, (i) => y.data[i]! + bias.data[i % bias.data.length]!);
}

/** Images, rows and columns of windows. */
function windowsOn(
  x: Value,
  { kernel, stride, padding, dilation }: FullWindow,
): [number, number, number] {
  const [batch, height, width] = x.shape as [number, number, number, number];
  const reach = dilation * (kernel - 1) + 1;
  const along = (side: number) => Math.floor((side + 2 * padding - reach) / stride) + 1;
  return [batch, along(height), along(width)];
}

/** Calls `visit` for every tap of every window that lies inside the image. */
function eachTap(
  x: Value,
  window: FullWindow,
  visit: (output: number, pixel: number, tap: number) => void,
): void {
  const [, height, width] = x.shape as [number, number, number, number];
  const [batch, rows, columns] = windowsOn(x, window);
  const { kernel, stride, padding, dilation } = window;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let tap = 0; tap < kernel * kernel; tap++) {
          const h = row * stride - padding + dilation * Math.floor(tap / kernel);
          const w = column * stride - padding + dilation * (tap % kernel);
          if (h < 0 || h >= height || w < 0 || w >= width) continue;
          visit((n * rows + row) * columns + column, (n * height + h) * width + w, tap);
        }
      }
    }
  }
}

function conv(x: Value, filter: Value, window: FullWindow): Value {
  const [, , inner, outer] = filter.shape as [number, number, number, number];
  const made = value([...windowsOn(x, window), outer]);
  eachTap(x, window, (output, pixel, tap) => {
    for (let o = 0; o < outer; o++) {
      let sum = made.data[output * outer + o]!;
      for (let i = 0; i < inner; i++) {
        sum += x.data[pixel * inner + i]! * filter.data[(tap * inner + i) * outer + o]!;
      }
      made.data[output * outer + o] = sum;
    }
  });
  return made;
}

function depthwise(x: Value, filter: Value, window: FullWindow): Value {
  const [, , inner, multiplier] = filter.shape as [number, number, number, number];
  const outer = inner * multiplier;
  const made = value([...windowsOn(x, window), outer]);
  eachTap(x, window, (output, pixel, tap) => {
    for (let o = 0; o < outer; o++) {
      const seen = x.data[pixel * inner + Math.floor(o / multiplier)]!;
      made.data[output * outer + o]! += seen * filter.data[tap * outer + o]!;
    }
  });
  return made;
}

function pool(x: Value, window: FullWindow, summarise: (seen: number[]) => number): Value {
  const channels = x.shape[3] as number;
  const shape = [...windowsOn(x, window), channels];
  const seen = Array.from(value(shape).data, (): number[] => []);
  eachTap(x, window, (output, pixel) => {
    for (let c = 0; c < channels; c++) {
      seen[output * channels + c]!.push(x.data[pixel * channels + c]!);
    }
  });
  return value(shape, (i) => summarise(seen[i]!));
}

function normalise(x: Value, epsilon: number, gamma?: Value, beta?: Value): Value {
  const channels = x.shape.at(-1) as number;
  const of = (c: number) =>
    value([x.data.length / channels], (i) => x.data[i * channels + c]!).data;
  const mean = Array.from({ length: channels }, (_, c) => average(of(c)));
  const spread = mean.map((m, c) => Math.sqrt(average(of(c).map((v) => (v - m) ** 2)) + epsilon));
  return value(x.shape, (i) => {
    const c = i % channels;
    const y = (x.data[i]! - mean[c]!) / spread[c]!;
    return y * (gamma?.data[c] ?? 1) + (beta?.data[c] ?? 0);
  });
}

function average(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function linear(x: Value, weight: Value): Value {
  const [inner, outer] = weight.shape as [number, number];
  return value([x.shape[0] as number, outer], (at) => {
    const [n, o] = [Math.floor(at / outer), at % outer];
    let sum = 0;
    for (let i = 0; i < inner; i++) sum += x.data[n * inner + i]! * weight.data[i * outer + o]!;
    return sum;
  });
}

function multiply(a: Value, b: Value): Value {
  const [image, other] = a.data.length >= b.data.length ? [a, b] : [b, a];
  if (other.data.length === image.data.length) {
    return value(image.shape, (i) => image.data[i]! * other.data[i]!);
  }
  const channels = image.shape.at(-1) as number;
  const perSample = image.data.length / (image.shape[0] as number);
  return value(image.shape, (i) => {
    const gate = Math.floor(i / perSample) * channels + i % channels;
    return image.data[i]! * other.data[gate]!;
  });
}

function concat(inputs: readonly Value[]): Value {
  const widths = inputs.map(({ shape }) => shape.at(-1) as number);
  const total = widths.reduce((a, b) => a + b);
  const shape = [...(inputs[0] as Value).shape.slice(0, -1), total];
  return value(shape, (i) => {
    let channel = i % total;
    const row = Math.floor(i / total);
    let source = 0;
    while (channel >= (widths[source] as number)) channel -= widths[source++] as number;
    return inputs[source]!.data[row * (widths[source] as number) + channel]!;
  });
}

/** Each output pixel by its own place in the image: the mean of its four neighbours, weighted. */
function upsample(x: Value, factor: number, mode: "bilinear" | "nearest"): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  // On each side the two nearest pixels, of which the image's edge may be both, and their shares.
  const neighbours = (side: number) =>
    Array.from({ length: side * factor }, (_, k) => {
      const place = (k + 0.5) / factor;
      if (mode === "nearest") return [{ at: Math.floor(place), share: 1 }];
      const before = Math.floor(place - 0.5);
      return [before, before + 1].map((at) => ({
        at: Math.min(Math.max(at, 0), side - 1),
        share: 1 - Math.abs(place - 0.5 - at),
      }));
    });
  const [rows, columns] = [neighbours(height), neighbours(width)];
  const made = value([batch, rows.length, columns.length, channels]);
  let out = 0;
  for (let n = 0; n < batch; n++) {
    for (const row of rows) {
      for (const column of columns) {
        for (let c = 0; c < channels; c++, out++) {
          for (const h of row) {
            for (const w of column) {
              const pixel = x.data[((n * height + h.at) * width + w.at) * channels + c]!;
              made.data[out]! += h.share * w.share * pixel;
            }
          }
        }
      }
    }
  }
  return made;
}

/** The mean cross entropy of logits, `[labels, classes]`. */
export function crossEntropyOf(logits: Float64Array, labels: ArrayLike<number>): number {
  const classes = logits.length / labels.length;
  return Array.from(labels).reduce((sum, label, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    const log = Math.log(own.reduce((all, v) => all + Math.exp(v), 0));
    return sum + (log - own[label]!) / labels.length;
  }, 0);
}
