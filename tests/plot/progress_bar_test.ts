import { assert, assertEquals, assertMatch } from "@std/assert";

const root = new URL("../../", import.meta.url);

/** The lines that a program prints which draws progress. */
async function lines(code: string): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { progressBar } from "./lib/plot/progress_bar.ts";
       const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
       const at = (done, total = 100, note) => ({ label: "train", done, total, unit: "epochs", ...(note ? { note } : {}) });
       ${code}`,
    ],
    cwd: root,
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

Deno.test("progressBar() prints the first and the last state, and nothing for what comes too fast", async () => {
  const printed = await lines(`
    const draw = progressBar();
    for (let done = 0; done <= 100; done++) await draw(at(done, 100, "best " + done));
  `);
  assertEquals(printed.length, 2);
  assertMatch(printed[0]!, /^train ░{20} 0 of 100 epochs, 0\.0 s, best 0$/);
  assertMatch(printed[1]!, /^train █{20} 100 of 100 epochs, \d\.\d s, best 100$/);
});

Deno.test("progressBar() draws no oftener than its interval, a line for each tenth", async () => {
  const printed = await lines(`
    const draw = progressBar("mine", { interval: 1 });
    for (let done = 0; done <= 100; done++) { await draw(at(done)); await wait(2); }
  `);
  assertEquals(printed.length, 11);
  assertMatch(printed[5]!, /^mine █{10}░{10} 50 of 100 epochs, \d\.\d s, \d\.\d s left$/);
});

Deno.test("progressBar() starts anew for other work", async () => {
  const printed = await lines(`
    const draw = progressBar();
    await draw(at(1, 2)); await draw(at(2, 2)); await draw(at(1, 3)); await draw(at(3, 3));
    await draw({ ...at(3, 3), label: "again" });
  `);
  assertEquals(printed.map((line) => line.match(/^\w+ \S+ (\d+ of \d+)/)?.[1]), [
    "1 of 2",
    "2 of 2",
    "1 of 3",
    "3 of 3",
    "3 of 3",
  ]);
});

Deno.test("progressBar() foresees by what took time here, not by what was restored", async () => {
  const printed = await lines(`
    const draw = progressBar("mine", { interval: 0 });
    await draw({ ...at(0), restored: 50 }); await wait(100);
    await draw({ ...at(50), restored: 50 }); await draw({ ...at(60), restored: 50 });
    await draw({ ...at(75), restored: 50 });
  `);
  assertMatch(printed[1]!, / 50 of 100 epochs, \d\.\d s$/);
  // Ten units took a tenth of a second and a little, so that the other forty take four times that.
  const [, elapsed, left] = /60 of 100 epochs, ([\d.]+) s, ([\d.]+) s left/.exec(printed[2]!)!;
  assert(Math.abs(Number(left) - 4 * Number(elapsed)) <= 0.25, printed[2]!);
});

Deno.test("progressBar() draws the last state of work that ends before its time", async () => {
  const printed = await lines(`
    const draw = progressBar();
    await draw(at(0)); await draw(at(40)); await draw({ ...at(40), ended: true }); await draw(at(50));
  `);
  assertEquals(printed.length, 3);
  assertMatch(printed[1]!, /^train █{8}░{12} 40 of 100 epochs, \d\.\d s$/);
  assertMatch(printed[2]!, / 50 of 100 epochs/);
});

Deno.test("progressBar() changes one output in a notebook, five times a second", async () => {
  // A kernel stands in for the notebook's: it keeps what it is sent.
  const [sent] = await lines(`
    const sent = [];
    const display = (...message) => Promise.resolve(sent.push(message));
    Object.defineProperty(globalThis, "Deno", {
      value: Object.create(Deno, { jupyter: { value: { display } } }),
    });
    const draw = progressBar();
    for (let done = 0; done <= 50; done++) { await draw(at(done, 50)); await wait(20); }
    await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(sent)));
  `);
  const outputs = JSON.parse(sent!) as [
    Record<string, string>,
    { raw: boolean; display_id: string; update?: boolean },
  ][];
  // 51 states over a second and more.
  assert(outputs.length >= 4 && outputs.length <= 12, `${outputs.length} outputs`);
  assertEquals(new Set(outputs.map(([, options]) => options.display_id)).size, 1);
  assertEquals(outputs.map(([, { update = false }]) => update), [
    false,
    ...outputs.slice(1).map(() => true),
  ]);
  assert(outputs.every(([, options]) => options.raw));
  const [last] = outputs.at(-1)!;
  assertMatch(last["text/plain"]!, /50 of 50 epochs/);
  assertMatch(last["text/html"]!, /<progress value="50" max="50"/);
});
