/** Throws a `RangeError` that names the first of these options that is not a positive whole number. */
export function checkPositive(space: string, options: { readonly [name: string]: number }): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot make ${space}: ${name} must be a positive whole number, got ${value}`,
      );
    }
  }
}
