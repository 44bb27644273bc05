/**
 * The inner products of all pairs of `count` lists, `[count, count]`. `read` writes the list of an index into
 * an array of `size`; it is called once for each where all lists together fit in `room` floats, and more often
 * where they do not.
 */
export function gramOfLists(
  { count, size, room }: {
    readonly count: number;
    readonly size: number;
    readonly room: number;
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

/**
 * A Gram matrix `[count, count]` put together from those of some of its members, at most `most` (but not
 * less than two) at a time. `gramOf` is given indices, and returns their `[n, n]`.
 */
export function gramOfTiles(
  { count, most }: { readonly count: number; readonly most: number },
  gramOf: (members: readonly number[]) => Float32Array,
): Float32Array {
  const gram = new Float32Array(count * count);
  const half = Math.max(1, Math.floor(most / 2)), starts: number[] = [];
  for (let start = 0; start < count; start += half) starts.push(start);
  const tile = (start: number) =>
    Array.from({ length: Math.min(half, count - start) }, (_, i) => start + i);
  for (const [i, first] of starts.entries()) {
    const others = starts.slice(i + 1);
    // A tile by itself is part of every pair that it is in.
    const pairs = others.length > 0
      ? others.map((other) => [...tile(first), ...tile(other)])
      : [tile(first)];
    for (const members of pairs) {
      const found = gramOf(members);
      members.forEach((row, i) => {
        members.forEach((column, j) => {
          gram[row * count + column] = found[i * members.length + j] as number;
        });
      });
    }
  }
  return gram;
}
