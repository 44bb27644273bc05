import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tf } from "naskit/engine/tf.ts";
import { bars } from "naskit/plot/bars.ts";
import { bundleOf } from "naskit/plot/show.ts";
import { table } from "naskit/plot/table.ts";

const root = new URL("../../", import.meta.url);

/** What a program prints that has the kit's public face. */
async function output(code: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `import * as plot from "./lib/plot/mod.ts"; ${code}`],
    cwd: root,
    env: { NO_COLOR: "", ...env },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

Deno.test("bundleOf() a figure is interactive, a picture, and text", async () => {
  const figure = bars([{ label: "a", value: 1, group: "x" }], { title: "A & <b>", yLabel: "y" });
  const bundle = await bundleOf(figure);
  assertEquals(Object.keys(bundle), [
    "application/vnd.plotly.v1+json",
    "image/svg+xml",
    "text/plain",
  ]);
  const plotly = bundle["application/vnd.plotly.v1+json"] as typeof figure;
  assertEquals([plotly.data, plotly.layout], [figure.data, figure.layout]);
  assertStringIncludes(String(bundle["image/svg+xml"]), "<svg");
  assertEquals(bundle["text/plain"], "Figure: A & <b>\n  x (1 points)");
});

Deno.test("bundleOf() a table is HTML and text", async () => {
  const made = table([{ a: 1 }]);
  assertEquals(await bundleOf(made), { "text/plain": made.text, "text/html": made.html });
});

Deno.test("bundleOf() asks values how they are shown, with and without a promise", async () => {
  const promised = { toDisplay: () => Promise.resolve({ "text/html": "<p>" }) };
  assertEquals(await bundleOf(promised), { "text/plain": "", "text/html": "<p>" });
  const symbolic = { [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "mine" }) };
  assertEquals(await bundleOf(symbolic), { "text/plain": "mine" });
});

Deno.test("bundleOf() a tensor tells its type, shape, spread and values", async () => {
  const tensor = tf.tensor2d([[1, 2, 3], [4, 5, 6.5]]);
  const long = tf.range(0, 100);
  const scalar = tf.scalar(3);
  try {
    assertEquals(await bundleOf(tensor), {
      "text/plain": "Tensor float32 [2, 3], min 1, mean 3.583, max 6.5\n[[1, 2, 3],\n [4, 5, 6.5]]",
    });
    assertStringIncludes(String((await bundleOf(long))["text/plain"]), "[0, 1, 2, …, 97, 98, 99]");
    assertEquals(await bundleOf(scalar), { "text/plain": "Tensor float32 [] 3" });
  } finally {
    tf.dispose([tensor, long, scalar]);
  }
});

Deno.test("bundleOf() other values is text without colours", async () => {
  for (
    const [value, text] of [
      ["as it is", "as it is"],
      [3.5, "3.5"],
      [null, "null"],
      [undefined, "undefined"],
      [12n, "12n"],
      [[1, "a"], '[ 1, "a" ]'],
      [{ a: [true] }, "{ a: [ true ] }"],
    ] as const
  ) {
    assertEquals(await bundleOf(value), { "text/plain": text });
  }
});

Deno.test("show() prints each value outside a notebook, figures as text", async () => {
  const printed = await output(`
    const figure = plot.heatMap([[1]], { title: "Heat", colorLabel: "c" });
    await plot.show("one", 2, plot.table([{ a: 1 }]), figure);
  `);
  assertEquals(printed, "one\n2\na\n─\n1\nFigure: Heat\n");
});

Deno.test("Nothing of plotly is loaded before the first picture", async () => {
  const printed = await output(`
    import { createRequire } from "node:module";
    const loaded = () => Object.keys(createRequire(import.meta.url).cache ?? {})
      .some((path) => path.includes("jsdom"));
    const figure = plot.heatMap([[1]], { title: "Heat", colorLabel: "c" });
    await plot.show(figure);
    const before = loaded();
    await plot.toSVG(figure);
    await plot.show([before, loaded()]);
  `);
  assertStringIncludes(printed, "[ false, true ]");
});

Deno.test("setup() shows the versions in one line and gives the seeded stream", async () => {
  const printed = await output(`
    const rng = await plot.setup({ seed: "a seed" });
    const signal = plot.interruptible();
    await plot.show(rng.seed, rng(), signal.aborted);
  `);
  const [line, seed, first, aborted] = printed.split("\n");
  assertMatch(
    line!,
    /^naskit \d+\.\d+\.\d+ · Deno \d\S+ · TensorFlow.js \d\S+ \(wasm, \w+ SIMD\) · \d+ cores? · seed "a seed"$/,
  );
  assertEquals(seed, "a seed");
  const { createRng } = await import("naskit/engine/rng.ts");
  assertEquals(first, String(createRng("a seed")()));
  assertEquals(aborted, "false");
});
