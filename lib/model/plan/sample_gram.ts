/** How many floats of gradients are held at a time. */
const ROOM = 2 ** 24;

/**
 * The inner products of all pairs of `count` lists, `[count, count]`. `read` writes the list of an index into
 * an array of `size`; it is called once for each where all lists together fit in `room` floats, and more often
 * where they do not.
 */
export function gramOf(
  { count, size, room = ROOM }: {
    readonly count: number;
    readonly size: number;
    readonly room?: number;
  },
  read: (index: number, into: Float32Array) => void,
): Float32Array {
  const gram = new Float32Array(count * count);
  const held = Math.max(1, Math.min(count, Math.floor(room / Math.max(size, 1))));
  const rows = Array.from({ length: held }, () => new Float32Array(size));
  const spare = held < count ? new Float32Array(size) : undefined;
  for (let start = 0; start < count; start += held) {
    const end = Math.min(start + held, count);
    for (let i = start; i < count; i++) {
      const row = (i < end ? rows[i - start] : spare) as Float32Array;
      read(i, row);
      for (let k = start; k <= Math.min(i, end - 1); k++) {
        gram[i * count + k] = gram[k * count + i] = dot(rows[k - start] as Float32Array, row);
      }
    }
  }
  return gram;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
