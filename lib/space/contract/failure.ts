/** Throws unless the rule holds. */
export function expect(holds: boolean, rule: string, found?: unknown): asserts holds {
  if (!holds) fail(rule, found);
}

/** Throws that a rule does not hold, for what, and why. */
export function fail(rule: string, found?: unknown, cause?: unknown): never {
  const example = found === undefined ? "" : `; it does not for ${JSON.stringify(found)}`;
  const reason = cause instanceof Error ? ` (${cause.message})` : "";
  throw new Error(`A search space must keep this rule: ${rule}${example}${reason}`, { cause });
}

/** Whether two values are the same as JSON. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What `run` throws; `undefined` when it does not. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
