import { floatsOf } from "../../engine/machine.ts";
import { clipByNorm } from "./clip.ts";
import type { Compiled } from "./compiled.ts";
import type { PlanGradients, StepOutcome } from "./plan.ts";
import type { Region } from "./region.ts";
import type { Regions } from "./regions.ts";

/** What a plan's last way back left: the gradients of a whole batch, which the threads' shares add up to. */
export class Gradients {
  readonly #compiled: Compiled;
  readonly #regions: Regions;

  /** Of a plan with such regions. */
  constructor(compiled: Compiled, regions: Regions) {
    this.#compiled = compiled;
    this.#regions = regions;
  }

  /** Copies of them, after a batch of `count` images of `size` numbers. */
  read({ count, size }: { readonly count: number; readonly size: number }): PlanGradients {
    const { crew, parameters: { params }, ends: { images }, options } = this.#compiled;
    crew.addUp(count);
    const gradients = new Map(
      [...params].map(([name, { values: { floats }, gradient }]) => {
        return [
          name,
          gradient ? this.#view(gradient).slice() : new Float32Array(floats),
        ] as const;
      }),
    );
    if (!options.imageGradient) return { params: gradients };
    const dx = images?.gradient; // none where the output does not depend on the images
    return {
      params: gradients,
      images: dx ? this.#regions.gather(dx, { count, size }) : new Float32Array(count * size),
    };
  }

  /** Adds them up for a step, and clips them where that is asked for. */
  settle(
    { count, clipNorm }: { readonly count: number; readonly clipNorm: number | undefined },
  ): Pick<StepOutcome, "gradientNorm"> {
    const { crew, parameters: { params } } = this.#compiled;
    crew.addUp(count);
    if (clipNorm === undefined) return {};
    const gradients = [...params.values()].flatMap(({ gradient }) =>
      gradient ? [this.#view(gradient)] : []
    );
    return { gradientNorm: clipByNorm({ gradients, norm: clipNorm }) };
  }

  #view({ address, floats }: Region): Float32Array {
    return floatsOf(this.#compiled.machine, address, floats);
  }
}
