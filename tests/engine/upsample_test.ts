import { assertEquals, assertLess } from "@std/assert";
import { kernels, loadKernels } from "../../lib/engine/kernels.ts";
import type { UpsampleSizes } from "../../lib/engine/upsample_kernels.ts";
import { normals, withMemory } from "../support/kernel_memory.ts";
import { runReference, value } from "../support/reference_graph.ts";
import { distance, dot } from "../support/reference_ops.ts";

type Mode = "bilinear" | "nearest";

/** The result in double precision. */
function enlarged([batch, ...shape]: readonly number[], x: Float32Array, op: {
  readonly factor: number;
  readonly mode: Mode;
}): Float64Array {
  const [height, width, channels] = shape as [number, number, number];
  const graph = {
    nodes: [
      { name: "x", inputs: [], op: "input", shape: [height, width, channels] },
      { name: "y", inputs: ["x"], op: "upsample", ...op },
    ],
    output: "y",
  } as const;
  return runReference(graph, new Map(), value([batch as number, ...shape], (i) => x[i]!)).data;
}

for (const build of ["simd", "relaxed"] as const) {
  Deno.test(`upsampling and its gradient equal plain loops, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const mode of ["bilinear", "nearest"] as const) {
      const bilinear = mode === "bilinear" ? 1 : 0;
      for (const channels of [1, 3, 4, 5, 8, 17]) {
        for (const [height, width] of [[1, 1], [1, 4], [3, 5], [4, 2]] as const) {
          for (const factor of [1, 2, 3, 4]) {
            const sizes: UpsampleSizes = [2, height, width, channels, factor];
            const where = `${mode} ${sizes}`;
            const size = 2 * height * width * channels;
            const x = normals(size, `${where} x`), dy = normals(size * factor ** 2, `${where} dy`);
            const old = normals(size, `${where} old`);
            const expected = enlarged([2, height, width, channels], x, { factor, mode });
            withMemory(({ put, room, get }) => {
              const yAt = room(dy.length), dxAt = room(size), sumAt = put(old), dyAt = put(dy);
              kernels.upsample(put(x), yAt, bilinear, ...sizes);
              kernels.upsampleGradInto(dyAt, dxAt, 0, bilinear, ...sizes);
              kernels.upsampleGradInto(dyAt, sumAt, 1, bilinear, ...sizes);
              assertLess(distance(get(yAt), expected), 1e-6, where);
              // Linear, so that the gradient is the transposed map: a column of it for each input.
              const dx = Float64Array.from(x, (_, i) => {
                const unit = new Float32Array(size);
                unit[i] = 1;
                return dot(enlarged([2, height, width, channels], unit, { factor, mode }), dy);
              });
              assertLess(distance(get(dxAt), dx), 1e-6, where);
              assertLess(distance(get(sumAt), dx.map((v, i) => v + old[i]!)), 1e-6, where);
            });
          }
        }
      }
    }
  });
}

Deno.test("upsampling puts pixels where PyTorch's align_corners=False does", () => {
  // torch.nn.functional.interpolate of [1, 2, 4]: 0.25 and 0.75 of the way, the ends held.
  withMemory(({ put, room, get }) => {
    const wide = room(12), near = room(12), x = put([1, 2, 4]);
    kernels.upsample(x, wide, 1, 1, 1, 3, 1, 2);
    kernels.upsample(x, near, 0, 1, 1, 3, 1, 2);
    const row = [1, 1.25, 1.75, 2.5, 3.5, 4];
    assertEquals([...get(wide)], [...row, ...row]);
    assertEquals([...get(near)], [1, 1, 2, 2, 4, 4, 1, 1, 2, 2, 4, 4]);
  });
});
