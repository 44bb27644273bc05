/** What the parts of an inference cost in energy, in picojoules. */
export interface EnergyModel {
  /** What it stands for. */
  readonly name: string;
  /** A multiply-accumulate. */
  readonly perMac: number;
  /** A byte of a value read from or written to memory. */
  readonly perValueByte: number;
  /** A byte of a weight read from memory. */
  readonly perWeightByte: number;
}

/**
 * A chip in a 45 nm process with its values in on-chip SRAM and its weights in DRAM, 8-bit integers
 * (Horowitz, ISSCC 2014): an 8-bit multiplication at 0.2 pJ and a 32-bit addition at 0.1 pJ make a
 * MAC; 64 bits from an SRAM of 1 MB cost 100 pJ, and 32 bits from DRAM 640 pJ, the lower of the
 * figures given.
 */
export const int8Energy: EnergyModel = {
  name: "int8, 45 nm, values in SRAM, weights in DRAM",
  perMac: 0.2 + 0.1,
  perValueByte: 100 / 8,
  perWeightByte: 640 / 4,
};

/**
 * The chip of {@linkcode int8Energy} with its weights in SRAM too, as when they fit on the chip.
 */
export const int8OnChipEnergy: EnergyModel = {
  name: "int8, 45 nm, values and weights in SRAM",
  perMac: 0.2 + 0.1,
  perValueByte: 100 / 8,
  perWeightByte: 100 / 8,
};

/**
 * The chip of {@linkcode int8Energy} with 32-bit floating point: a multiplication at 3.7 pJ and an
 * addition at 0.9 pJ. Count it with `bytesPerElement: 4` and `bytesPerWeight: 4`.
 */
export const float32Energy: EnergyModel = {
  name: "float32, 45 nm, values in SRAM, weights in DRAM",
  perMac: 3.7 + 0.9,
  perValueByte: 100 / 8,
  perWeightByte: 640 / 4,
};

/** Throws a `RangeError` when a figure of a model cannot be used. */
export function checkEnergyModel(model: EnergyModel, task: string): void {
  for (const figure of ["perMac", "perValueByte", "perWeightByte"] as const) {
    if (!(model[figure] >= 0 && model[figure] < Infinity)) {
      throw new RangeError(
        `Cannot ${task}: energy.${figure} must be a number from 0, got ${model[figure]}`,
      );
    }
  }
}
