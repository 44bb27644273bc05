import { assert, assertEquals, assertLess } from "@std/assert";
import { basename, join } from "node:path";
import { codeCells, listNotebooks, readNotebook, text } from "../../tools/support/notebook.ts";
import { exists, notebooksFolder, root } from "../../tools/support/paths.ts";
import {
  choose,
  errorsShown,
  executablePath,
  kernelIs,
  openBrowser,
  openNotebook,
  runAll,
  saveScreenshot,
  startLab,
} from "./lab.ts";

const fixtures = join(root, "tests", "fixtures", "notebooks");
const plot = join(fixtures, "plot.ipynb");
const stop = join(fixtures, "stop.ipynb");
const tour = join(notebooksFolder, "00_tour.ipynb");

// A machine of a user may lack the browser, and then says so; one that decides on a change may not.
const ignore = executablePath === undefined && Deno.env.get("CI") !== "true";
const suffix = ignore ? " (skipped: there is no Chromium on the PATH)" : "";
