import type { PoolSizes } from "../../engine/kernels.ts";
import type { NodeOf } from "../plan/lowering.ts";
import { poolSizes } from "../plan/sizes.ts";
import type { Backward, DualRun, Pair } from "./dual_run.ts";

/** The maximum of each window; its tangent is that of the pixel that holds it. */
export function dualMaxPool(node: NodeOf<"maxPool">, run: DualRun): Backward {
  const { machine: { kernels }, count } = run;
  const sizes: PoolSizes = [count, ...poolSizes(node, run)];
  const x = run.input(node), y = run.define(node);
  kernels.maxPool(x.value, y.value, ...sizes);
  pickTangents(run, { x, y, sizes });
  return (dy) =>
    run.contribute(x, (dx, accumulate) => {
      kernels.maxPoolGradInto(x.value, y.value, dy.value, dx.value, accumulate, ...sizes);
      kernels.maxPoolGradInto(x.value, y.value, dy.tangent, dx.tangent, accumulate, ...sizes);
    });
}

/** Of several pixels that hold the maximum the first counts, as on the way back. */
function pickTangents(
  run: DualRun,
  { x, y, sizes }: { readonly x: Pair; readonly y: Pair; readonly sizes: PoolSizes },
): void {
  const [count, height, width, channels, rows, columns, kernel, , stride, , padding] = sizes;
  const values = run.floats(x.value, count * x.size), maxima = run.floats(y.value, count * y.size);
  const from = run.floats(x.tangent, count * x.size), to = run.floats(y.tangent, count * y.size);
  const positions = count * rows * columns;
  for (let position = 0; position < positions; position++) {
    const row = Math.floor(position / columns) % rows, column = position % columns;
    const image = Math.floor(position / (rows * columns)) * height;
    const [top, left] = [row * stride - padding, column * stride - padding];
    const bottom = Math.min(top + kernel, height), right = Math.min(left + kernel, width);
    for (let c = 0; c < channels; c++) {
      const at = position * channels + c, maximum = maxima[at] as number;
      let tangent = 0;
      search: for (let h = Math.max(top, 0); h < bottom; h++) {
        for (let w = Math.max(left, 0); w < right; w++) {
          const pixel = ((image + h) * width + w) * channels + c;
          if (values[pixel] !== maximum) continue;
          tangent = from[pixel] as number;
          break search;
        }
      }
      to[at] = tangent;
    }
  }
}
