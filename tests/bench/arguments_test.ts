import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../tools/support/process.ts";
import { parseArguments, parts } from "./arguments.ts";

Deno.test("without arguments all parts are measured", () => {
  assertEquals(parseArguments([]), { only: parts, quick: false, installTorch: false });
});

Deno.test("arguments come with their value after them or after an equals sign", () => {
  const expected = {
    json: "out/bench.json",
    only: ["workers-2", "kernels"],
    quick: true,
    installTorch: false,
  } as const;
  assertEquals(
    parseArguments([
      ...["--json", "out/bench.json", "--only", "workers-2", "--quick", "--only", "kernels"],
    ]),
    expected,
  );
  assertEquals(
    parseArguments([
      ...["--json=out/bench.json", "--only=workers-2", "--quick", "--only=kernels"],
    ]),
    expected,
  );
});

Deno.test("a wrong command line says what there is", () => {
  const fails = (args: string[], message: string) =>
    assertThrows(() => parseArguments(args), UserError, message);
  fails(["--slow"], "bench takes no '--slow'; it has --json FILE");
  fails(["--only", "speed"], "bench has no part 'speed'; it has conv-direct-peak-share,");
  fails(["--json"], "--json needs a value");
});
