import { checkFilled, checkNumber } from "./checks.ts";
import { canvasLayout } from "./drawing.ts";
import type { Figure } from "./figure.ts";
import { encodePNG } from "./png.ts";
import { escapeText, wrapText } from "./text_width.ts";
import { type FigureOptions, INK, label } from "./theme.ts";

/** One picture of {@linkcode imageGrid}. */
export interface GridImage {
  /** Pixels, `[height, width, channels]`, row by row. */
  readonly pixels: ArrayLike<number>;
  /** Its size; 1 channel is grey, 3 are red, green and blue. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** What stands under it. */
  readonly title?: string;
}

/** Options of {@linkcode imageGrid}. */
export interface ImageGridOptions extends FigureOptions {
  /** Pictures in a row; as many as there are, at most 6, when absent. */
  readonly columns?: number;
  /** The numbers that are black and white; the extremes over all pictures when absent. */
  readonly range?: readonly [black: number, white: number];
}

const CAPTION = 11;
const GAP = 12;
const LARGEST = 128;

/**
 * Shows pictures in rows, each pixel as a sharp square.
 *
 * @param images The pictures; they may differ in size.
 * @param options Title, columns, range of the pixels.
 * @throws {RangeError} When there is no picture, a shape is not `[height, width, 1 or 3]`, the number
 * of pixels is not what the shape says, or a pixel is not a finite number.
 *
 * @example A picture of two by two pixels
 * ```ts
 * import { imageGrid } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const image = { pixels: [0, 1, 1, 0], shape: [2, 2, 1], title: "check" } as const;
 * const figure = imageGrid([image], { title: "A check" });
 * assertEquals(figure.data[0]!.text, ["check"]);
 * ```
 */
export function imageGrid(images: readonly GridImage[], options: ImageGridOptions): Figure {
  const task = "show images";
  checkFilled(task, "images", images);
  images.forEach((image, i) => checkImage(task, `images[${i}]`, image));
  const columns = options.columns ?? Math.min(6, images.length);
  if (!Number.isSafeInteger(columns) || columns < 1) {
    throw new RangeError(`Cannot ${task}: columns must be a positive integer, got ${columns}`);
  }
  const [black, white] = options.range ?? extremes(images);
  checkNumber(task, "range[0]", black);
  checkNumber(task, "range[1]", white);

  const cell = Math.floor(((options.width ?? 720) - 32) / columns);
  const [tallest, widest] = [0, 1].map((axis) =>
    images.reduce((size, { shape }) => Math.max(size, shape[axis]!), 0)
  ) as [number, number];
  const scale = Math.max(
    1,
    Math.floor(Math.min(LARGEST, cell - GAP) / Math.max(tallest, widest)),
  );
  const captions = images.map(({ title = "" }) =>
    title === "" ? [] : wrapText(title, cell - 4, CAPTION)
  );
  const lines = captions.reduce((most, caption) => Math.max(most, caption.length), 0);
  const rowHeight = tallest * scale + GAP + lines * CAPTION * 1.3;
  const rows = Math.ceil(images.length / columns);
  const { layout, height } = canvasLayout(options, rows * rowHeight);

  const top = Math.max(0, (height - rows * rowHeight) / 2);
  const places = images.map(({ shape }, i) => ({
    left: (i % columns) * cell + Math.floor((cell - shape[1] * scale) / 2),
    top: Math.round(top + Math.floor(i / columns) * rowHeight),
    width: shape[1] * scale,
    height: shape[0] * scale,
  }));
  return {
    data: [{
      type: "scatter",
      mode: "markers+text",
      x: places.map(({ left, width }) => left + width / 2),
      y: places.map((place) => place.top + tallest * scale + 1),
      text: captions.map((caption) => caption.map(escapeText).join("<br>")),
      textposition: "bottom center",
      textfont: { size: CAPTION, color: INK },
      cliponaxis: false,
      hovertext: images.map(({ title, shape }, i) =>
        `${label(title ?? `${i}`)}<br>[${shape.join(", ")}]`
      ),
      hovertemplate: "%{hovertext}<extra></extra>",
      marker: { size: 1, opacity: 0 },
      showlegend: false,
    }],
    layout: {
      ...layout,
      images: images.map((image, i) => ({
        source: toDataURL(image, scale, black, white),
        xref: "x",
        yref: "y",
        x: places[i]!.left,
        y: places[i]!.top,
        sizex: places[i]!.width,
        sizey: places[i]!.height,
        sizing: "stretch",
        layer: "above",
      })),
    },
  };
}

function checkImage(task: string, name: string, { pixels, shape }: GridImage): void {
  const [height, width, channels] = shape;
  const whole = [height, width].every((side) => Number.isSafeInteger(side) && side > 0);
  if (shape.length !== 3 || !whole || (channels !== 1 && channels !== 3)) {
    throw new RangeError(
      `Cannot ${task}: ${name}.shape must be [height, width, 1 or 3], got [${shape.join(", ")}]`,
    );
  }
  if (pixels.length !== height * width * channels) {
    throw new RangeError(
      `Cannot ${task}: ${name}.pixels must have ${height * width * channels} values, ` +
        `got ${pixels.length}`,
    );
  }
  for (let i = 0; i < pixels.length; i++) checkNumber(task, `${name}.pixels[${i}]`, pixels[i]);
}

function extremes(images: readonly GridImage[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { pixels } of images) {
    for (let i = 0; i < pixels.length; i++) {
      low = Math.min(low, pixels[i]!);
      high = Math.max(high, pixels[i]!);
    }
  }
  return [low, high];
}

/** A PNG in which each pixel is a square: browsers blur small pictures when they enlarge them. */
function toDataURL(
  { pixels, shape: [height, width, channels] }: GridImage,
  scale: number,
  black: number,
  white: number,
): string {
  const [tall, wide] = [height * scale, width * scale];
  const bytes = new Uint8Array(tall * wide * channels);
  for (let y = 0, at = 0; y < tall; y++) {
    for (let x = 0; x < wide; x++) {
      const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
      for (let c = 0; c < channels; c++) {
        const share = (pixels[from + c]! - black) / (white - black || 1);
        bytes[at++] = Math.round(255 * Math.min(1, Math.max(0, share)));
      }
    }
  }
  const png = encodePNG(bytes, [tall, wide, channels as 1 | 3]);
  return `data:image/png;base64,${png.toBase64()}`;
}
