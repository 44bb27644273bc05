import type { SearchSpace } from "../space.ts";
import { expect, same, thrownBy } from "./failure.ts";

/** Checks that choices and texts that make no architecture are refused. */
export function checkBadInput<A>(space: SearchSpace<A>): void {
  const first: number[] = [];
  const bad: number[][] = [];
  for (const { options } of space.decisions) {
    const may = space.allowed(first);
    for (const option of [-1, 0.5, ...options.keys(), options.length]) {
      if (!may.includes(option)) {
        bad.push([...first, option, ...space.decisions.slice(first.length + 1).map(() => 0)]);
      }
    }
    first.push(may[0] as number);
  }
  bad.push([...first, 0], ...(first.length > 0 ? [first.slice(1)] : []));
  for (const choices of bad) {
    expect(
      thrownBy(() => space.fromChoices(choices)) instanceof RangeError,
      "fromChoices refuses other choices with a RangeError",
      choices,
    );
  }
  expect(
    thrownBy(() => space.allowed(first)) instanceof RangeError,
    "allowed refuses to go beyond the last decision with a RangeError",
    first,
  );
  const text = space.encode(space.fromChoices(first));
  for (const other of ["", "?", `${text}?`, text.slice(0, -1), `${text}${text}`]) {
    const error = thrownBy(() => space.decode(other));
    // A text cut short may still be another architecture's; it must not decode to something else.
    const isAnother = error === undefined && same(space.encode(space.decode(other)), other);
    expect(
      error instanceof SyntaxError || isAnother,
      "decode refuses other text with a SyntaxError",
      other,
    );
  }
}
