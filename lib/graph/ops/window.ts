import type { Window } from "../op.ts";
import { requireWhole } from "./rules.ts";

/** A window with every default filled in. */
export interface FullWindow {
  /** Side length in pixels. */
  readonly kernel: number;
  /** Step in pixels. */
  readonly stride: number;
  /** Pixels added on every side. */
  readonly padding: number;
  /** Space between taps. */
  readonly dilation: number;
}

/** Fills in a window's defaults and checks it. */
export function fullWindow(node: Window & { readonly dilation?: number }): FullWindow {
  const { kernel, stride = 1, dilation = 1 } = node;
  const padding = node.padding ?? Math.floor((dilation * (kernel - 1)) / 2);
  requireWhole(kernel, "kernel");
  requireWhole(stride, "stride");
  requireWhole(dilation, "dilation");
  requireWhole(padding, "padding", 0);
  return { kernel, stride, padding, dilation };
}

/** Height and width of what a window gives on an image of this height and width. */
export function windowOutput(
  node: Window & { readonly dilation?: number },
  [height, width]: readonly number[],
): [number, number] {
  const { kernel, stride, padding, dilation } = fullWindow(node);
  const reach = dilation * (kernel - 1) + 1;
  const side = (length: number, name: string) => {
    const steps = Math.floor((length + 2 * padding - reach) / stride) + 1;
    if (steps < 1) {
      throw new RangeError(
        `window of ${reach} pixels does not fit in ${name} ${length} with padding ${padding}`,
      );
    }
    return steps;
  };
  return [side(height as number, "height"), side(width as number, "width")];
}

/** A window as text, e.g. `3x3, stride 2`. */
export function labelWindow(node: Window & { readonly dilation?: number }): string {
  const { kernel, stride, padding, dilation } = fullWindow(node);
  const usual = Math.floor((dilation * (kernel - 1)) / 2);
  return `${kernel}x${kernel}` +
    (stride === 1 ? "" : `, stride ${stride}`) +
    (dilation === 1 ? "" : `, dilation ${dilation}`) +
    (padding === usual ? "" : `, padding ${padding}`);
}
