/** Layers that cover the density, a power of two. */
const LAYERS = 128;
/** Where the lowest layer ends and the tail begins. */
const TAIL = 3.442619855899;
/** The area of each layer, of the lowest with the tail. */
const AREA = 9.91256303526217e-3;
/** A power of two: 32 random bits less those that choose the layer, and the sign. */
const STEPS = 2 ** 24;

const { widths, shares } = makeLayers();

/**
 * A draw from the standard normal distribution by the ziggurat of Marsaglia & Tsang 2000: layers of equal
 * area cover the density, and 98.8 % of draws are inside one at once, without a logarithm. The layer and the
 * place in it are of different bits, without which they depend on each other (Doornik 2005).
 *
 * @param draw The next float in [0, 1), with 32 random bits.
 */
export function drawNormal(draw: () => number): number {
  while (true) {
    const bits = (draw() * 2 ** 32) | 0;
    const layer = bits & (LAYERS - 1), place = (bits >> 7) / STEPS; // in [-1, 1)
    const width = widths[layer] as number, x = place * width;
    if (Math.abs(place) < (shares[layer] as number)) return x;
    if (layer === 0) return place < 0 ? -drawTail(draw) : drawTail(draw);
    const [low, high] = [densityOver(width, x), densityOver(widths[layer + 1] as number, x)];
    if (high + draw() * (low - high) < 1) return x;
  }
}

/** A draw from what is beyond the lowest layer (Marsaglia 1964). */
function drawTail(draw: () => number): number {
  while (true) {
    const beyond = -Math.log(1 - draw()) / TAIL, height = -Math.log(1 - draw());
    if (2 * height >= beyond * beyond) return TAIL + beyond;
  }
}

/** The density at the edge of a layer over that at x. */
function densityOver(edge: number, x: number): number {
  return Math.exp(-(edge * edge - x * x) / 2);
}

/** How wide the layers are, from the lowest up, and which share of each is inside the density. */
function makeLayers(): { readonly widths: Float64Array; readonly shares: Float64Array } {
  const density = (x: number) => Math.exp(-x * x / 2);
  const widths = new Float64Array(LAYERS + 1); // the topmost ends in 0
  // Of the lowest, as wide as if the tail lay beside it.
  widths[0] = AREA / density(TAIL);
  widths[1] = TAIL;
  for (let i = 2; i < LAYERS; i++) {
    const below = widths[i - 1] as number;
    widths[i] = Math.sqrt(-2 * Math.log(AREA / below + density(below)));
  }
  const shares = Float64Array.from(
    { length: LAYERS },
    (_, i) => (widths[i + 1] as number) / (widths[i] as number),
  );
  return { widths, shares };
}
