import { textWidth } from "./text_width.ts";

/** A text to be put near a point; pixels, y downwards. */
export interface LabelAnchor {
  /** The point. */
  readonly x: number;
  /** The point. */
  readonly y: number;
  /** One line of text. */
  readonly text: string;
}

/** Where the middle of a label goes, seen from its point, in pixels. */
export interface LabelOffset {
  readonly dx: number;
  readonly dy: number;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Puts labels beside their points so that they cover neither each other nor, where it can be helped,
 * points. Greedy: each label takes the best of 24 places that the labels before it left.
 */
export function placeLabels(
  anchors: readonly LabelAnchor[],
  points: readonly { readonly x: number; readonly y: number }[],
  area: { readonly width: number; readonly height: number },
  size: number,
): LabelOffset[] {
  const taken: Box[] = [];
  return anchors.map(({ x, y, text }) => {
    const [width, height] = [textWidth(text, size) + 6, 1.3 * size];
    let best: { offset: LabelOffset; box: Box; cost: number } | undefined;
    for (const reach of [16, 32, 52]) {
      for (let turn = 0; turn < 8; turn++) {
        const angle = (turn + 0.5) * Math.PI / 4;
        const offset = {
          dx: Math.round(Math.cos(angle) * (reach + width / 2)),
          dy: -Math.round(Math.sin(angle) * (reach + height / 2)),
        };
        const box = { x: x + offset.dx, y: y + offset.dy, width, height };
        const cost = reach / 10 +
          20 * taken.filter((other) => overlap(box, other)).length +
          2 * points.filter((p) => overlap(box, { ...p, width: 8, height: 8 })).length +
          (inside(box, area) ? 0 : 100);
        if (best === undefined || cost < best.cost) best = { offset, box, cost };
      }
    }
    taken.push(best!.box);
    return best!.offset;
  });
}

function overlap(a: Box, b: Box): boolean {
  return Math.abs(a.x - b.x) < (a.width + b.width) / 2 &&
    Math.abs(a.y - b.y) < (a.height + b.height) / 2;
}

function inside(box: Box, area: { readonly width: number; readonly height: number }): boolean {
  return box.x - box.width / 2 >= 0 && box.x + box.width / 2 <= area.width &&
    box.y - box.height / 2 >= 0 && box.y + box.height / 2 <= area.height;
}
