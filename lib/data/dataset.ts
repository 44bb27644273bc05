/** The size of an image: `[height, width, channels]`. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** The mean and the standard deviation of pixels, one number a channel. */
export interface PixelStatistics {
  /** The mean, one a channel. */
  readonly mean: readonly number[];
  /** The population standard deviation, one a channel. */
  readonly std: readonly number[];
}

/**
 * Labelled images in memory, as plain data: it can be posted to a worker and saved as it is.
 */
export interface Dataset {
  /** What it is, e.g. `"fashion-mnist train 16x16"`. */
  readonly name: string;
  /** Pixels, `[count, height, width, channels]`, row by row. */
  readonly images: Float32Array;
  /** The class of each image, an index into `classes`. */
  readonly labels: Int32Array;
  /** The size of one image. */
  readonly shape: ImageShape;
  /** The names of the classes. */
  readonly classes: readonly string[];
  /** What was taken from the pixels in [0, 1] and what they were divided by; absent if nothing was. */
  readonly normalisation?: PixelStatistics;
}

/** Targets that are part one class, part another (Zhang et al. 2018). */
export interface LabelMix {
  /** The other class of each image. */
  readonly labels: Int32Array;
  /** How much of each target it is, in [0, 1]; the rest is the image's label. */
  readonly share: number;
}

/** Some images to compute with, as plain data. */
export interface Batch {
  /** Pixels, `[count, height, width, channels]`. */
  readonly images: Float32Array;
  /** The class of each image. */
  readonly labels: Int32Array;
  /** `[count, height, width, channels]`. */
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
  /** The normalisation of the dataset that the images are from; absent if there was none. */
  readonly normalisation?: PixelStatistics;
  /** Other classes that the images are part of; absent if each is of one. */
  readonly mix?: LabelMix;
}
