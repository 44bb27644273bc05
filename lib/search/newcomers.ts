import type { Rng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";

/** Draws architectures that were not drawn before. */
export class Newcomers<A> {
  readonly #space: SearchSpace<A>;
  #seen = new Set<string>();

  constructor(space: SearchSpace<A>) {
    this.#space = space;
  }

  /** Whether there are any left. */
  get areLeft(): boolean {
    return BigInt(this.#seen.size) < this.#space.size;
  }

  /** Counts an architecture as drawn; `false` when it was before. */
  admit(arch: A): boolean {
    const key = this.#space.encode(arch);
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /** One of those that are left, each as likely; `undefined` when none is. */
  draw(rng: Rng): A | undefined {
    while (this.areLeft) {
      const arch = this.#space.sample(rng);
      if (this.admit(arch)) return arch;
    }
    return undefined;
  }

  /**
   * The child where it is new; otherwise what becomes of it when it is changed on, one decision at a
   * time, until it is. `undefined` when as many changes as there are decisions lead to nothing new.
   */
  near(child: A, rng: Rng): A | undefined {
    let arch = child;
    for (let changes = 0; !this.admit(arch); changes++) {
      if (changes === this.#space.decisions.length) return undefined;
      arch = this.#space.mutate(arch, rng);
    }
    return arch;
  }

  /** The texts of those that were drawn. */
  toJSON(): string[] {
    return [...this.#seen];
  }

  /** Goes back to what `toJSON` gave. */
  restore(seen: readonly string[]): void {
    this.#seen = new Set(seen);
  }
}
