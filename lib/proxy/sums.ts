/** The sum of something over a list. */
export function sumOf<T>(items: Iterable<T>, of: (item: T) => number): number {
  let sum = 0;
  for (const item of items) sum += of(item);
  return sum;
}

/** The inner product of two arrays, in double precision. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0; // `reduce` is ten times slower
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** The sum of |a b|, element by element, in double precision. */
export function absoluteDot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) * (b[i] as number));
  return sum;
}

/** The sum of absolute values, in double precision. */
export function absoluteSum(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i] as number);
  return sum;
}

/** The Euclidean norm, in double precision. */
export function norm(values: Float32Array): number {
  return Math.sqrt(dot(values, values));
}

/** The absolute values. */
export function absolutes(values: Float32Array): Float32Array {
  const positive = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) positive[i] = Math.abs(values[i] as number);
  return positive;
}
