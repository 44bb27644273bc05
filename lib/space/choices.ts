import type { Decision } from "./space.ts";
import type { Allowed } from "./vary.ts";

/** A space as far as its choices go. */
export interface ChoiceRules {
  /** The space's name. */
  readonly space: string;
  /** Its decisions. */
  readonly decisions: readonly Decision[];
  /** The options of the next decision. */
  readonly allowed: Allowed;
}

/** Throws a `RangeError` unless there are decisions and each has different options. */
export function checkDecisions(space: string, decisions: readonly Decision[]): void {
  if (decisions.length === 0) {
    throw new RangeError(`Cannot define space "${space}": decisions is empty`);
  }
  for (const { name, options } of decisions) {
    if (options.length === 0 || new Set(options).size < options.length) {
      throw new RangeError(
        `Cannot define space "${space}": decision "${name}" needs different options, got ${
          JSON.stringify(options)
        }`,
      );
    }
  }
}

/** Throws a `RangeError` unless these choices make an architecture. */
export function checkChoices(
  { space, decisions, allowed }: ChoiceRules,
  choices: readonly number[],
): void {
  if (choices.length !== decisions.length) {
    throw new RangeError(
      `Not an architecture of ${space}: needs ${decisions.length} choices, got ${choices.length}`,
    );
  }
  const prefix: number[] = [];
  choices.forEach((choice, i) => {
    const { name } = decisions[i] as Decision;
    const may = allowed(prefix);
    if (!may.includes(choice)) {
      throw new RangeError(
        `Not an architecture of ${space}: choice ${i} (${name}) must be ${
          describe(may)
        }, got ${choice}`,
      );
    }
    prefix.push(choice);
  });
}

/** The choices that a text lists with commas between. Throws a `SyntaxError` that says what is wrong. */
export function parseChoices({ space, decisions, allowed }: ChoiceRules, text: string): number[] {
  const parts = text === "" ? [] : text.split(",");
  if (parts.length !== decisions.length) {
    throw new SyntaxError(
      `Cannot decode "${text}" as ${space}: expected ${decisions.length} choices, got ${parts.length}`,
    );
  }
  const prefix: number[] = [];
  parts.forEach((part, i) => {
    const { name } = decisions[i] as Decision;
    const may = allowed(prefix);
    if (!/^(0|[1-9]\d*)$/.test(part) || !may.includes(Number(part))) {
      throw new SyntaxError(
        `Cannot decode "${text}" as ${space}: choice ${i} (${name}) must be ${
          describe(may)
        }, got "${part}"`,
      );
    }
    prefix.push(Number(part));
  });
  return prefix;
}

/** Increasing numbers as text, e.g. `a whole number from 0 to 4`. */
function describe(may: readonly number[]): string {
  const [first, last] = [may[0] as number, may.at(-1) as number];
  if (may.length === 1) return `${first}, the only option after the choices before it`;
  return last - first === may.length - 1
    ? `a whole number from ${first} to ${last}`
    : `one of ${may.join(", ")}`;
}
