/**
 * What `JSON.parse(JSON.stringify(value))` gives for an object or an array, in a fraction of the time.
 *
 * @param value What is copied.
 * @param finish Is given each object and array of the copy, the inner ones first.
 */
export function plainCopy<T>(value: T, finish: (part: object) => void = () => {}): T {
  return copy(value, finish) as T;
}

function copy(value: unknown, finish: (part: object) => void): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      // Adding 0 takes the sign from -0.
      return Number.isFinite(value) ? value + 0 : null;
    case "object":
      return value === null ? null : copyObject(value, finish);
    case "bigint":
      throw new TypeError("Cannot copy: JSON has no BigInt");
    default:
      return undefined;
  }
}

function copyObject(value: object, finish: (part: object) => void): unknown {
  if (Array.isArray(value)) {
    // Not `map`, which passes over holes.
    const items: unknown[] = [];
    for (const item of value) items.push(copy(item, finish) ?? null);
    finish(items);
    return items;
  }
  const prototype = Object.getPrototypeOf(value);
  const isPlain = (prototype === Object.prototype || prototype === null) && !("toJSON" in value);
  if (!isPlain) return copy(JSON.parse(JSON.stringify(value) ?? "null"), finish);
  const fields: { [name: string]: unknown } = {};
  for (const name of Object.keys(value)) {
    const field = copy((value as { [name: string]: unknown })[name], finish);
    if (field === undefined) continue;
    if (name === "__proto__") Object.defineProperty(fields, name, { ...own, value: field });
    else fields[name] = field;
  }
  finish(fields);
  return fields;
}

/** A property as an assignment makes it. */
const own = { writable: true, enumerable: true, configurable: true };
