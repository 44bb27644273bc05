/**
 * The part of `@std/assert` that the tests and notebooks use, over Node's `assert`, for machines
 * that do not reach JSR. Without the `links` line in the root `deno.json`, Deno takes the real one.
 *
 * @module
 */
import strict, { AssertionError } from "node:assert";
import { inspect } from "node:util";

export { AssertionError };

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = new (...args: any[]) => E;

function check(condition: boolean, failure: string, message?: string): asserts condition {
  if (!condition) {
    throw new AssertionError({ message: message ? `${failure}: ${message}` : failure });
  }
}

export function assert(condition: unknown, message?: string): asserts condition {
  check(Boolean(condition), "Expected a truthy value", message);
}

export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  strict.deepStrictEqual(actual, expected, message);
}

export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  strict.notDeepStrictEqual(actual, expected, message);
}

export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  strict.strictEqual(actual, expected, message);
}

export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  check(
    Math.abs(expected - actual) <= allowed,
    `Expected ${actual} to be within ${allowed} of ${expected}`,
    message,
  );
}

export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  check(actual !== undefined && actual !== null, `Expected a value, got ${actual}`, message);
}

export function assertInstanceOf<T extends abstract new (...args: never[]) => unknown>(
  actual: unknown,
  type: T,
  message?: string,
): asserts actual is InstanceType<T> {
  check(
    actual instanceof type,
    `Expected an instance of ${type.name}, got ${inspect(actual)}`,
    message,
  );
}

export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  check(actual > expected, `Expected ${actual} > ${expected}`, message);
}

export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  check(actual >= expected, `Expected ${actual} >= ${expected}`, message);
}

export function assertLess<T>(actual: T, expected: T, message?: string): void {
  check(actual < expected, `Expected ${actual} < ${expected}`, message);
}

export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  check(actual <= expected, `Expected ${actual} <= ${expected}`, message);
}

export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  check(expected.test(actual), `Expected ${inspect(actual)} to match ${expected}`, message);
}

export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  check(
    actual.includes(expected),
    `Expected ${inspect(actual)} to contain ${inspect(expected)}`,
    message,
  );
}

export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  message?: string,
): void {
  const has = (item: T) => Array.from(actual).some((each) => equal(each, item));
  const missing = Array.from(expected).filter((item) => !has(item));
  check(missing.length === 0, `Expected the array to include ${inspect(missing)}`, message);
}

export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
  message?: string,
): E {
  let thrown: unknown;
  try {
    fn();
  } catch (error) {
    thrown = error;
    return expectError(thrown, errorClass, messageIncludes, message);
  }
  throw new AssertionError({
    message: `Expected the function to throw${message ? `: ${message}` : ""}`,
  });
}

export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
  message?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    return expectError(error, errorClass, messageIncludes, message);
  }
  throw new AssertionError({
    message: `Expected the promise to reject${message ? `: ${message}` : ""}`,
  });
}

export function fail(message?: string): never {
  throw new AssertionError({ message: message ? `Failed: ${message}` : "Failed" });
}

export function unreachable(message?: string): never {
  throw new AssertionError({ message: message ?? "Unreachable" });
}

function equal(a: unknown, b: unknown): boolean {
  try {
    strict.deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

function expectError<E extends Error>(
  thrown: unknown,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
  message?: string,
): E {
  check(thrown instanceof Error, `Expected an Error, got ${inspect(thrown)}`, message);
  if (errorClass) {
    check(
      thrown instanceof errorClass,
      `Expected ${errorClass.name}, got ${thrown.name}: ${thrown.message}`,
      message,
    );
  }
  if (messageIncludes !== undefined) {
    check(
      thrown.message.includes(messageIncludes),
      `Expected the message to contain ${inspect(messageIncludes)}, got ${inspect(thrown.message)}`,
      message,
    );
  }
  return thrown as E;
}
