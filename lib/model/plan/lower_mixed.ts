import { floatsOf, type Machine } from "../../engine/machine.ts";
import type { Backward, Lowering, NodeOf, Value } from "./lowering.ts";
import { type Region, region } from "./region.ts";

/** An input of a mixed node that is computed. */
interface Term {
  /** Its place among all inputs. */
  readonly place: number;
  /** Its value. */
  readonly value: Value;
}

/**
 * The inputs of a mixed node times their gates, of those that are open and not zeros. Backward a gate's
 * gradient is added to that of its choice, as other nodes may have the same.
 */
export function lowerMixed(node: NodeOf<"mixed">, to: Lowering): Backward | undefined {
  const terms = to.termsOf(node).map((place): Term => ({ place, value: to.input(node, place) }));
  if (terms.length === 0) {
    to.define(node, { region: to.zerosFor(node.name), differentiable: to.wantsGradient(node) });
    return undefined;
  }
  const y = to.define(node);
  const { machine, machine: { kernels } } = to;
  const gates = to.gates.valuesOf(node.choice), slopes = to.gates.slopesOf(node.choice);
  const inputs = terms.map(({ value }) => value.region), table = region(2 * terms.length);
  to.forward(node, {
    kernel: "mixed",
    reads: inputs,
    writes: [y.region, table],
    inPlaceOf: inputs,
    run: ({ count }) => {
      writeTable(machine, table, {
        inputs,
        gates: terms.map(({ place }) => gates[place] as number),
      });
      kernels.mix(table.address, terms.length, y.region.address, count * y.size);
    },
  });
  return (dy) => {
    if (to.wanted.gates) {
      const table = region(2 * terms.length), dots = region(2 * terms.length);
      to.backward(node, {
        kernel: "mixedGateGrad",
        reads: [dy, ...inputs],
        writes: [table, dots],
        run: ({ count }) => {
          writeTable(machine, table, { inputs, gates: terms.map(() => 0) });
          kernels.mixDots(table.address, terms.length, dy.address, dots.address, count * y.size);
          const found = new Float64Array(machine.memory.buffer, dots.address, terms.length);
          terms.forEach(({ place }, i) => slopes[place]! += found[i] as number);
        },
      });
    }
    for (const { place, value } of terms) {
      to.contribute(node, value, (dx, accumulate) => ({
        kernel: "mixedGrad",
        reads: [dy],
        writes: [dx],
        run: ({ count }) => {
          const gate = gates[place] as number, size = count * y.size;
          if (accumulate) kernels.scaleInto(dy.address, gate, dx.address, size);
          else kernels.scale(dy.address, gate, dx.address, size);
        },
      }));
    }
  };
}

/** Tells the kernels where the inputs are, and what to multiply them by. */
function writeTable(
  machine: Machine,
  { address }: Region,
  { inputs, gates }: { readonly inputs: readonly Region[]; readonly gates: readonly number[] },
): void {
  const factors = floatsOf(machine, address, 2 * inputs.length);
  const pointers = new Uint32Array(machine.memory.buffer, address, 2 * inputs.length);
  inputs.forEach(({ address }, i) => {
    pointers[2 * i] = address;
    factors[2 * i + 1] = gates[i] as number;
  });
}
