import { measure } from "./sample_mode";
import { ADD, putSome } from "./settle";

// Sums over samples of 3x3 filters' gradients are formed as pieces of nine vectors, the taps of one input
// channel and four output channels, which lie in the order in which they are formed: at home, taps are far
// apart, by a power of two as a rule, and push one another out of the cache.

/** Adds the `mode` of four values to those at `p`. */
@inline
export function measureInto(mode: i32, p: usize, v: v128): void {
  v128.store(p, f32x4.add(v128.load(p), measure(mode, v)));
}

/** Adds a piece to the taps at `g`, `tap` bytes apart, of `lanes` (1 to 4) output channels. */
@inline
export function unpackTaps(piece: usize, g: usize, tap: usize, lanes: i32): void {
  for (const end = piece + 144; piece != end; piece += 16) {
    putSome(ADD, 0, g, v128.load(piece), lanes);
    g += tap;
  }
}
