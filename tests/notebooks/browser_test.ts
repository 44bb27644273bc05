import { assert, assertEquals, assertLess, assertMatch, assertRejects } from "@std/assert";
import { basename, join } from "node:path";
import { runtimeFolder } from "../../tools/support/jupyter.ts";
import { codeCells, listNotebooks, readNotebook } from "../../tools/support/notebook.ts";
import { root } from "../../tools/support/paths.ts";
import {
  errorsShown,
  executablePath,
  inLab,
  kernelIs,
  openNotebook,
  runAll,
  saveScreenshot,
  startLab,
} from "./lab.ts";

const fixtures = join(root, "tests", "fixtures", "notebooks");

// A user's machine may lack the browser, and the test then says so. In CI it may not.
const ignore = executablePath === undefined && Deno.env.get("CI") !== "true";
const note = ignore ? " (skipped: no Chromium on the PATH)" : "";

/** How many figures the committed outputs of a notebook hold. */
async function countFigures(path: string): Promise<number> {
  return codeCells(await readNotebook(path)).flatMap((cell) => cell.outputs ?? [])
    .filter((output) => output.data?.["application/vnd.plotly.v1+json"] !== undefined).length;
}

const tours = (await listNotebooks()).filter((path) => basename(path).startsWith("00"));
for (const path of [join(fixtures, "plot.ipynb"), ...tours]) {
  const name = basename(path);
  Deno.test({
    name: `JupyterLab runs ${name} and draws its plots interactively${note}`,
    ignore,
    fn: async () => {
      const figures = await countFigures(path);
      assert(figures > 0, `${name} is committed without a figure in its outputs`);
      await inLab([path], async (page, lab) => {
        await openNotebook(page, lab, name);
        await runAll(page);
        await page.locator(".js-plotly-plot .main-svg").nth(figures - 1).waitFor();
        await saveScreenshot(page, name.replace(".ipynb", "_lab"));
        assertEquals(await errorsShown(page), []);
        assertEquals(await page.locator(".js-plotly-plot").count(), figures);
        for (const plot of await page.locator(".js-plotly-plot").all()) {
          assert(await plot.locator(".main-svg").first().isVisible());
          assert(await plot.locator(".modebar").count() > 0, "a plot without tools is a picture");
        }
        // No question about news or kernels, and no warning, stands in the way.
        assertEquals(await page.locator(".jp-Dialog, .Toastify__toast").count(), 0);
      });
    },
  });
}

Deno.test({
  name: `A plot in JupyterLab answers the mouse${note}`,
  ignore,
  fn: () =>
    inLab([join(fixtures, "plot.ipynb")], async (page, lab) => {
      await openNotebook(page, lab, "plot.ipynb");
      const point = page.locator(".js-plotly-plot .scatterlayer .point").nth(2);
      await point.waitFor();
      await point.hover({ force: true });
      const label = page.locator(".js-plotly-plot .hoverlayer .hovertext").first();
      await label.waitFor();
      assertMatch(await label.textContent() ?? "", /2.*4/);
    }),
});

Deno.test({
  name: `The Stop button ends a long cell and keeps the kernel with its variables${note}`,
  ignore,
  fn: () =>
    inLab([join(fixtures, "stop.ipynb")], async (page, lab) => {
      await openNotebook(page, lab, "stop.ipynb");
      const cells = page.locator(".jp-Notebook .jp-CodeCell");
      await cells.nth(0).locator(".cm-content").click();
      await page.keyboard.press("Shift+Enter");
      await page.keyboard.press("Shift+Enter");
      await cells.nth(1).locator(".jp-InputPrompt", { hasText: "[*]" }).waitFor();
      await kernelIs(page, "busy");
      await page.waitForTimeout(1000);
      await page.locator('[data-command="notebook:interrupt-kernel"]').click();
      await cells.nth(1).locator(".jp-OutputArea", { hasText: "stopped: true" }).waitFor();
      await kernelIs(page, "idle");

      await cells.nth(2).locator(".cm-content").click();
      await page.keyboard.press("Shift+Enter");
      await cells.nth(2).locator(".jp-OutputArea", { hasText: "alive: true" }).waitFor();
      assertEquals(await cells.nth(2).locator(".jp-InputPrompt").textContent(), "[3]:");
      assertEquals(await errorsShown(page), []);
    }),
});

Deno.test("lab prints its address on one line; one Ctrl-C ends it and its kernels", async () => {
  const lab = await startLab([join(fixtures, "plot.ipynb")]);
  assertMatch(lab.printed, /^naskit: http:\S+\/lab\?token=\w+ .*\n$/);
  const api = async (path: string, init: RequestInit = {}) => {
    const headers = { Authorization: `token ${lab.address.searchParams.get("token")}` };
    return await (await fetch(new URL(path, lab.address.origin), { headers, ...init })).json();
  };
  const { content } = await api("/api/contents");
  assertEquals(content.map(({ name }: { name: string }) => name), ["plot.ipynb"]);
  const { default: name, kernelspecs } = await api("/api/kernelspecs");
  assertEquals([name, ...Object.keys(kernelspecs)], ["deno", "deno"]);

  const { id } = await api("/api/kernels", { method: "POST", body: '{"name":"deno"}' });
  const connection = join(runtimeFolder, `kernel-${id}.json`);
  const { shell_port: port } = JSON.parse(await Deno.readTextFile(connection));
  const { code, seconds } = await lab.stop();
  assertEquals(code, 0);
  assertLess(seconds, 10);
  await assertRejects(() => Deno.connect({ port }), Deno.errors.ConnectionRefused);
});
