import { assert, assertEquals, assertLess } from "@std/assert";
import {
  codeCells,
  commitFindings,
  findings,
  listNotebooks,
  notebookName,
  readNotebook,
} from "../../tools/support/notebook.ts";

for (const path of await listNotebooks()) {
  Deno.test(`notebook ${notebookName(path)} is committed with its outputs, and they are in order`, async () => {
    const notebook = await readNotebook(path);
    assertEquals([...findings(notebook), ...commitFindings(notebook)], []);
    const kernel = notebook.metadata.kernelspec as { name?: string } | undefined;
    assertEquals(kernel?.name, "deno");
    const outputs = codeCells(notebook).flatMap((cell) => cell.outputs ?? []);
    const figures = outputs.filter(({ data }) => data?.["application/vnd.plotly.v1+json"]);
    assert(figures.length > 0, "it has no plot");
    for (const { data } of figures) assert(data!["image/svg+xml"], "a plot has no picture");
    assertLess((await Deno.stat(path)).size, 2_000_000);
  });
}
