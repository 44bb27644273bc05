import { createRng, type Rng } from "../../../lib/engine/rng.ts";

/**
 * Numbers as random as a simulation of thousands of searches needs them, whose splits cost next to
 * nothing (sfc32, seeded by a hash of the labels).
 */
export function fastRng(seed: string | number): Rng {
  return seeded(String(seed), hash(0x9e3779b9, String(seed)));
}

function seeded(seed: string, state: number): Rng {
  let [a, b, c, d] = [state, state ^ 0x85ebca6b, state ^ 0xc2b2ae35, 1];
  const next = (): number => {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t | 0;
    return (t >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  const int = (bound: number) => Math.floor(next() * bound);
  const split = (label: string | number) => seeded(`${seed}/${label}`, hash(state, String(label)));
  const pick = <T>(items: readonly T[]) => items[int(items.length)] as T;
  const shuffle = <T>(items: readonly T[]) => {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = int(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  };
  const normal = () => createRng(int(2 ** 31)).normal();
  return Object.assign(next, { seed, split, int, normal, pick, shuffle });
}

function hash(state: number, text: string): number {
  let h = state;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
