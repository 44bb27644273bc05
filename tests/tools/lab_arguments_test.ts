import { assert, assertEquals } from "@std/assert";
import { serverArguments } from "../../tools/lab.ts";
import { notebooksFolder } from "../../tools/support/paths.ts";

const desktop = { asRoot: false, display: true };

Deno.test("lab serves the notebooks and passes flags on", () => {
  const args = serverArguments("lab", ["--port=9000", "--ip", "0.0.0.0"], desktop);
  assertEquals(args.slice(0, 4), ["jupyterlab", "--port=9000", "--ip", "0.0.0.0"]);
  assert(args.includes(`--ServerApp.root_dir=${notebooksFolder}`));
  assert(!args.includes("--allow-root"));
  assert(!args.includes("--no-browser"));
});

Deno.test("lab asks for no browser where there is no display, once", () => {
  const count = (args: string[]) => args.filter((arg) => arg === "--no-browser").length;
  assertEquals(count(serverArguments("lab", [], { asRoot: false, display: false })), 1);
  const asked = serverArguments("lab", ["--no-browser"], { asRoot: false, display: false });
  assertEquals(count(asked), 1);
});

Deno.test("lab lets root in, and leaves a folder that the user names alone", () => {
  const args = serverArguments("lab", ["--notebook-dir=/x"], { asRoot: true, display: true });
  assert(args.includes("--allow-root"));
  assert(!args.some((arg) => arg.includes(notebooksFolder)));
});

Deno.test("the classic notebook gets the flags that it knows", () => {
  const args = serverArguments("classic", [], desktop);
  assertEquals(args[0], "notebook");
  assert(args.includes(`--notebook-dir=${notebooksFolder}`));
  assert(!args.some((arg) => arg.startsWith("--LabApp") || arg.startsWith("--ServerApp")));
});
