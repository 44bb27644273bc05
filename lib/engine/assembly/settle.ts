import { loadSome, storeSome } from "./common";

// How results reach their place: they may be hidden where a ReLU's input was not above 0, and they may be
// added to what is there. Kernels carry this along as `how`, and as `hide` the bytes from a result's place to
// its place in the ReLU's input, which has the same shape.

/** Written over what is there. */
export const WRITE: i32 = 0;
/** Hidden where the mask is not above 0. */
const MASK: i32 = 1;
/** Added to what is there. */
export const ADD: i32 = 2;

/** `how`, for an address of a mask, where 0 is none. */
@inline
export function settling(mask: usize, accumulate: bool): i32 {
  return (mask != 0 ? MASK : 0) | (accumulate ? ADD : 0);
}

/** Four results to `p`. */
@inline
export function put(how: i32, hide: usize, p: usize, v: v128): void {
  if (how & MASK) v = v128.and(v, f32x4.gt(v128.load(p + hide), f32x4.splat(0)));
  if (how & ADD) v = f32x4.add(v128.load(p), v);
  v128.store(p, v);
}

/** The first `n` (1 to 4) results to `p`. */
@inline
export function putSome(how: i32, hide: usize, p: usize, v: v128, n: i32): void {
  if (how & MASK) v = v128.and(v, f32x4.gt(loadSome(p + hide, n), f32x4.splat(0)));
  if (how & ADD) v = f32x4.add(loadSome(p, n), v);
  storeSome(p, v, n);
}

/** `n` results from `src` to `p`. */
export function settle(how: i32, hide: usize, p: usize, src: usize, n: i32): void {
  let left = n;
  for (; left >= 4; left -= 4) {
    put(how, hide, p, v128.load(src));
    src += 16;
    p += 16;
  }
  if (left > 0) putSome(how, hide, p, loadSome(src, left), left);
}
