import { image, requireWhole, type RulesFor } from "./rules.ts";

/** Enlarges an image. Its few products are not counted as MACs, as those of pools are not. */
export const upsample: RulesFor<"upsample"> = {
  arity: [1, 1],
  shape: ({ factor, mode = "bilinear" }, inputs) => {
    requireWhole(factor, "factor");
    if (mode !== "bilinear" && mode !== "nearest") {
      throw new RangeError(`mode must be "bilinear" or "nearest", got ${JSON.stringify(mode)}`);
    }
    const [height, width, channels] = image(inputs);
    return [height * factor, width * factor, channels];
  },
  label: ({ factor, mode = "bilinear" }) => `upsample ${factor}x, ${mode}`,
};
