import type { Place } from "./drawing.ts";

/** What is to be placed. */
export interface LayoutItem {
  /** Unique, not negative. */
  readonly id: number;
  /** Pixels. */
  readonly width: number;
  /** The ids of the items above it; those that are not placed along with it stand above them all. */
  readonly inputs: readonly number[];
}

/** Items in layers, pixels from the top left corner of the whole. */
export interface LayeredLayout {
  /** The middle of each item. */
  readonly places: ReadonlyMap<number, Place>;
  /** The layers that the edge between two items passes through: key `"from to"`, from the top. */
  readonly passages: ReadonlyMap<string, readonly Place[]>;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

interface Slot {
  /** An item's id, or a number below zero for an edge that passes through the layer. */
  readonly id: number;
  readonly width: number;
  /** Its middle; 0 is the middle of the layout. */
  x: number;
}

const GAP = 14;
const PASSAGE = 8;
const SORTING = 8;
const STRAIGHTENING = 40;

/**
 * Places a directed graph in layers from top to bottom (after Sugiyama, Tagawa & Toda 1981): every
 * item one layer below the lowest of its inputs, edges over several layers given a passage through
 * each, layers sorted by the average place of what each item is joined to, then straightened.
 *
 * @param items In topological order.
 * @param pitch Pixels from layer to layer.
 */
export function layeredLayout(items: readonly LayoutItem[], pitch: number): LayeredLayout {
  const layerOf = new Map<number, number>();
  const depthOf = (id: number) => layerOf.get(id) ?? -1;
  const layers: Slot[][] = [];
  for (const { id, inputs, width } of items) {
    const layer = Math.max(-1, ...inputs.map(depthOf)) + 1;
    layerOf.set(id, layer);
    (layers[layer] ??= []).push({ id, width, x: 0 });
  }
  const joined = new Map<number, number[]>();
  const join = (a: number, b: number) => joined.set(a, [...joined.get(a) ?? [], b]);
  const through = new Map<string, number[]>();
  let next = -1;
  for (const { id, inputs } of items) {
    for (const input of inputs) {
      const chain: number[] = [];
      for (let layer = depthOf(input) + 1; layer < depthOf(id); layer++) {
        layers[layer]!.push({ id: next, width: PASSAGE, x: 0 });
        layerOf.set(next, layer);
        chain.push(next--);
      }
      through.set(`${input} ${id}`, chain);
      const links = [...(layerOf.has(input) ? [input] : []), ...chain, id];
      links.slice(1).forEach((to, i) => {
        join(links[i]!, to);
        join(to, links[i]!);
      });
    }
  }
  layers.forEach((layer) => settle(layer, layer.map(() => 0)));
  const slots = new Map(layers.flat().map((slot) => [slot.id, slot]));
  for (let sweep = 0; sweep < SORTING + STRAIGHTENING; sweep++) {
    // Sorting looks one way, downwards and upwards in turn; straightening looks both ways.
    const down = sweep % 2 === 0;
    const sorting = sweep < SORTING;
    for (const layer of down ? layers : [...layers].reverse()) {
      const pulls = new Map(layer.map((slot) => {
        let [sum, weight] = [0, 0];
        for (const id of joined.get(slot.id) ?? []) {
          if (sorting && (depthOf(id) < depthOf(slot.id)) !== down) continue;
          // A line is to be straight above all.
          const strength = slot.id < 0 && id < 0 ? 8 : 1;
          sum += strength * slots.get(id)!.x;
          weight += strength;
        }
        return [slot, weight > 0 ? sum / weight : slot.x];
      }));
      if (sorting) layer.sort((a, b) => pulls.get(a)! - pulls.get(b)!);
      settle(layer, layer.map((slot) => pulls.get(slot)!));
    }
  }
  return measure(layers, items, through, pitch);
}

/**
 * Puts the slots of a layer as near as can be to where they are pulled, keeping their order and
 * distance: least squares by pooling those that would collide. Passages pull harder, to be straight.
 */
function settle(layer: readonly Slot[], pulls: readonly number[]): void {
  const pools: { mean: number; weight: number; members: number }[] = [];
  const offsets: number[] = [];
  let offset = 0;
  layer.forEach((slot, i) => {
    if (i > 0) offset += (layer[i - 1]!.width + slot.width) / 2 + GAP;
    offsets.push(offset);
    pools.push({ mean: pulls[i]! - offset, weight: slot.id < 0 ? 4 : 1, members: 1 });
    while (pools.length > 1 && pools.at(-2)!.mean > pools.at(-1)!.mean) {
      const [b, a] = [pools.pop()!, pools.pop()!];
      const weight = a.weight + b.weight;
      const mean = (a.mean * a.weight + b.mean * b.weight) / weight;
      pools.push({ mean, weight, members: a.members + b.members });
    }
  });
  let i = 0;
  for (const { mean, members } of pools) {
    for (let k = 0; k < members; k++, i++) layer[i]!.x = mean + offsets[i]!;
  }
}

function measure(
  layers: readonly Slot[][],
  items: readonly LayoutItem[],
  through: ReadonlyMap<string, readonly number[]>,
  pitch: number,
): LayeredLayout {
  const all = layers.flat();
  const left = Math.min(...all.map((slot) => slot.x - slot.width / 2));
  const right = Math.max(...all.map((slot) => slot.x + slot.width / 2));
  const where = new Map<number, Place>();
  layers.forEach((layer, depth) => {
    for (const { id, x } of layer) where.set(id, { x: x - left, y: (depth + 0.5) * pitch });
  });
  return {
    places: new Map(items.map(({ id }) => [id, where.get(id)!])),
    passages: new Map([...through].map(([key, ids]) => [key, ids.map((id) => where.get(id)!)])),
    width: right - left,
    height: layers.length * pitch,
  };
}
