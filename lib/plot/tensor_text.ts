/** The part of a tensor that is read here. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  data(): Promise<ArrayLike<unknown>>;
}

/** Whether a value is a tensor. */
export function isTensor(value: object): value is TensorLike {
  const { shape, dtype, data } = value as Partial<TensorLike>;
  return Array.isArray(shape) && typeof dtype === "string" && typeof data === "function";
}

/** Type, shape, spread and the values of a tensor, of long axes only both ends. */
export async function tensorText(tensor: TensorLike): Promise<string> {
  const data = await tensor.data();
  const { shape, dtype } = tensor;
  const head = `Tensor ${dtype} [${shape.join(", ")}]`;
  const values = nested(data, shape, 0, 0);
  if (data.length < 2 || dtype === "string") return `${head} ${values}`;
  let [low, high, sum] = [Infinity, -Infinity, 0];
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  const spread = [low, sum / data.length, high].map(short);
  return `${head}, min ${spread[0]}, mean ${spread[1]}, max ${spread[2]}\n${values}`;
}

function nested(
  data: ArrayLike<unknown>,
  shape: readonly number[],
  axis: number,
  start: number,
): string {
  if (axis === shape.length) {
    const value = data[start];
    return typeof value === "number" ? short(value) : JSON.stringify(value) ?? String(value);
  }
  const size = shape[axis]!;
  const step = shape.slice(axis + 1).reduce((product, side) => product * side, 1);
  const most = axis === shape.length - 1 ? 8 : 6;
  const shown = size <= most
    ? Array.from({ length: size }, (_, i) => i)
    : [0, 1, 2, -1, size - 3, size - 2, size - 1];
  const parts = shown.map((i) => i < 0 ? "…" : nested(data, shape, axis + 1, start + i * step));
  const separator = axis === shape.length - 1 ? ", " : ",\n" + " ".repeat(axis + 1);
  return `[${parts.join(separator)}]`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
