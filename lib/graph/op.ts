/** A square window that slides over an image. */
export interface Window {
  /** Side length in pixels. */
  readonly kernel: number;
  /** Step in pixels; 1 when absent. */
  readonly stride?: number;
  /**
   * Pixels added on every side; `floor(dilation * (kernel - 1) / 2)` when absent, which keeps the
   * size at stride 1 for odd kernels. Equal on all sides, as in PyTorch: TensorFlow's "same" differs
   * at stride 2.
   */
  readonly padding?: number;
}

/** Everything a node can compute, told apart by `op`. Plain JSON. */
export type Op =
  | {
    /** The images, `[height, width, channels]`. */
    readonly op: "input";
    /** Their size. */
    readonly shape: readonly [height: number, width: number, channels: number];
  }
  | Window & {
    /** 2-D convolution; filter `[kernel, kernel, in, channels]`. */
    readonly op: "conv";
    /** Output channels. */
    readonly channels: number;
    /** Space between the filter's taps; 1 when absent. */
    readonly dilation?: number;
    /** Whether a bias is added; `false` when absent. */
    readonly bias?: boolean;
  }
  | Window & {
    /** One filter a channel; filter `[kernel, kernel, in, multiplier]`. */
    readonly op: "depthwise";
    /** Output channels for each input channel; 1 when absent. */
    readonly multiplier?: number;
    /** Space between the filter's taps; 1 when absent. */
    readonly dilation?: number;
    /** Whether a bias is added; `false` when absent. */
    readonly bias?: boolean;
  }
  | {
    /** Batch normalisation over all but the last axis (Ioffe & Szegedy 2015). */
    readonly op: "batchNorm";
    /** Added to the variance; 1e-5 when absent. */
    readonly epsilon?: number;
    /** Share of the batch's statistics in each update of the running ones; 0.1 when absent. */
    readonly momentum?: number;
    /** Whether it has a trained scale and shift; `true` when absent. */
    readonly affine?: boolean;
  }
  | {
    /**
     * An activation, element by element. `swish` is x times the sigmoid of x (Ramachandran et al. 2017);
     * `hsigmoid` and `hswish` are drawn with straight lines instead: relu6(x + 3) / 6, and x times that
     * (Howard et al. 2019).
     */
    readonly op: "relu" | "relu6" | "hswish" | "swish" | "sigmoid" | "hsigmoid" | "tanh";
  }
  | Window & {
    /** The mean of each window (padding left out of it), or the maximum. */
    readonly op: "avgPool" | "maxPool";
  }
  | {
    /** `globalAvgPool`: `[h, w, c]` to `[c]`, the mean of each channel. `flatten`: to `[h * w * c]`. */
    readonly op: "globalAvgPool" | "flatten";
  }
  | {
    /**
     * Enlarges an image to `[height * factor, width * factor, channels]`. Pixels are squares whose outer
     * edges stay in place, as with PyTorch's `align_corners=False`: the middle of output pixel i lies at
     * `(i + 0.5) / factor - 0.5`.
     */
    readonly op: "upsample";
    /** How many times as high and wide, a whole number. */
    readonly factor: number;
    /**
     * `"bilinear"`: between the four pixels around, beyond the outermost their values; `"nearest"`: the
     * nearest pixel. Bilinear when absent.
     */
    readonly mode?: "bilinear" | "nearest";
  }
  | {
    /** A fully connected layer `[in]` to `[features]`, weight `[in, features]`. */
    readonly op: "linear";
    /** Output features. */
    readonly features: number;
    /** Whether a bias is added; `true` when absent. */
    readonly bias?: boolean;
  }
  | {
    /**
     * `add`, `multiply`: two or more inputs of one shape, element by element; `multiply` also takes
     * `[c]` beside `[h, w, c]` (a gate for each channel). `concat`: along the channels.
     */
    readonly op: "add" | "multiply" | "concat";
  }
  | {
    /**
     * A sum of inputs of one shape, each times a number of its own, its gate. Gates are not of the graph: they
     * are given where it is run, by `choice`, and are 1 by the number of inputs where none are given. It
     * stands for a choice between the inputs, of which one is left when all but one of the gates are 0 (Liu,
     * Simonyan & Yang, "DARTS: Differentiable Architecture Search", 2019).
     */
    readonly op: "mixed";
    /** What is chosen; nodes of one choice have the same gates, and as many inputs. */
    readonly choice: string;
  }
  | {
    /** Returns its input. */
    readonly op: "identity";
  }
  | {
    /** Zeros in the shape of the input (every `stride`-th pixel of it); passes no gradient. */
    readonly op: "zero";
    /** Step in pixels; 1 when absent. */
    readonly stride?: number;
  };

/** The name of an op. */
export type OpName = Op["op"];
