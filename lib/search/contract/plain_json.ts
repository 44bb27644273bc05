/** Whether a value comes back the same from `JSON.stringify` and `JSON.parse`. */
export function isPlainJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object": {
      if (value === null) return true;
      // Not `every`, which passes over the holes of an array.
      if (Array.isArray(value)) return Array.from(value).every(isPlainJson);
      const prototype = Object.getPrototypeOf(value);
      return (prototype === Object.prototype || prototype === null) &&
        Object.values(value).every(isPlainJson);
    }
    default:
      return false;
  }
}
