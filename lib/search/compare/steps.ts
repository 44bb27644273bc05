/** The last of some rising places that is not beyond `x`; −1 when all are. */
export function stepsAt(places: readonly number[], x: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
