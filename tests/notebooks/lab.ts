/** JupyterLab in a browser, as a user has it: `./naskit lab` and Chromium. */
import { basename, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "../../tools/support/chromium.ts";
import { out, root } from "../../tools/support/paths.ts";

/** The browser; undefined where there is none. */
export const executablePath: string | undefined = findChromium();

/** Milliseconds that anything may take. */
const patience = 10 * 60_000;

/** Starts a browser with a page of a laptop's size. */
async function openBrowser(): Promise<{ browser: Browser; page: Page }> {
  const browser = await chromium.launch({
    executablePath: executablePath!,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return { browser, page: await browser.newPage({ viewport: { width: 1280, height: 900 } }) };
}

/** Runs a test on notebooks in a browser, and ends all that it started. */
export async function inLab(
  notebooks: readonly string[],
  test: (page: Page, lab: Lab) => Promise<void>,
): Promise<void> {
  const lab = await startLab(notebooks);
  try {
    const { browser, page } = await openBrowser();
    try {
      await test(page, lab);
    } finally {
      await browser.close();
    }
  } finally {
    await lab.stop();
  }
}

/** A running `./naskit lab`. */
export interface Lab {
  /** The address that it printed, token included. */
  readonly address: URL;
  /** Everything it printed until then. */
  readonly printed: string;
  /** Sends Ctrl-C and returns the exit code and the seconds until it ended. */
  stop(): Promise<{ code: number; seconds: number }>;
}

/** A port that nothing listens on. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Starts `./naskit lab` on a folder of copies of these notebooks, so that the tree stays as it is. */
export async function startLab(notebooks: readonly string[]): Promise<Lab> {
  const folder = join(out, "lab");
  await Deno.mkdir(folder, { recursive: true });
  const copies = await Deno.makeTempDir({ dir: folder });
  for (const path of notebooks) await Deno.copyFile(path, join(copies, basename(path)));
  const child = new Deno.Command(join(root, "naskit"), {
    args: ["lab", "--no-browser", `--port=${freePort()}`, `--notebook-dir=${copies}`],
    // As in a terminal: a process group, all of which gets the Ctrl-C.
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  let address: string | undefined;
  while (address === undefined) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`lab ended before it gave an address:\n${printed}`);
    printed += value;
    address = /(http:\S+)/.exec(printed)?.[1];
  }
  return {
    address: new URL(address),
    printed,
    async stop() {
      const start = performance.now();
      await new Deno.Command("sh", { args: ["-c", `kill -s INT -- -${child.pid}`] }).output();
      const { code } = await child.status;
      await reader.cancel();
      await Deno.remove(copies, { recursive: true });
      return { code, seconds: (performance.now() - start) / 1000 };
    },
  };
}

/** Opens a notebook and waits until its kernel is ready. */
export async function openNotebook(page: Page, lab: Lab, name: string): Promise<void> {
  const address = new URL(lab.address);
  address.pathname += `/tree/${name}`;
  // Before it is connected, a kernel passes for idle, and running a cell asks which one to start.
  const connected = page.waitForEvent("websocket", {
    predicate: (socket) => socket.url().includes("/channels"),
    timeout: patience,
  });
  await page.goto(address.href, { timeout: patience });
  await connected;
  await page.locator(".jp-Notebook .jp-CodeCell").first().waitFor({ timeout: patience });
  await kernelIs(page, "idle");
}

/** Chooses an entry of a menu of JupyterLab, such as `Run` and `runmenu:run-all`. */
export async function choose(page: Page, menu: string, command: string): Promise<void> {
  await page.locator(".lm-MenuBar-itemLabel", { hasText: new RegExp(`^${menu}$`) }).click();
  await page.locator(`.lm-Menu-item[data-command="${command}"]`).click();
}

/** Waits until the kernel of the open notebook is `idle` or `busy`. */
export async function kernelIs(page: Page, status: "idle" | "busy"): Promise<void> {
  const indicator = `.jp-Notebook-ExecutionIndicator[data-status="${status}"]`;
  await page.locator(indicator).waitFor({ state: "attached", timeout: patience });
}

/** Runs all cells and waits until each has its number. */
export async function runAll(page: Page): Promise<void> {
  await choose(page, "Run", "runmenu:run-all");
  // Text, not a function: it runs in the page, whose types are not ours.
  const done = `
    document.querySelector('[data-mime-type="application/vnd.jupyter.error"]') !== null ||
    [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")]
      .every((prompt) => /^\\[\\d+\\]:$/.test(prompt.textContent.trim()))`;
  await page.waitForFunction(done, undefined, { timeout: patience, polling: 100 });
  await kernelIs(page, "idle");
}

/** The errors and standard-error output that the open notebook shows. */
export async function errorsShown(page: Page): Promise<string[]> {
  return await page.locator(
    '[data-mime-type="application/vnd.jupyter.error"], ' +
      '[data-mime-type="application/vnd.jupyter.stderr"]',
  ).allTextContents();
}

/** Saves a picture of the whole notebook to `out/`. */
export async function saveScreenshot(page: Page, name: string): Promise<void> {
  const bottom = async () => {
    const box = await page.locator(".jp-Notebook .jp-Cell").last().boundingBox();
    return Math.ceil(box!.y + box!.height);
  };
  await page.locator(".jp-Notebook .jp-Cell").first().scrollIntoViewIfNeeded();
  await page.setViewportSize({ width: 1280, height: Math.min(await bottom() + 100, 16_000) });
  await page.waitForTimeout(500);
  const height = Math.min(await bottom() + 40, 16_000);
  await page.screenshot({
    path: join(out, `${name}.png`),
    clip: { x: 0, y: 0, width: 1280, height },
  });
}
