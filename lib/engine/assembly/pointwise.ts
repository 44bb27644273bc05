import { align, bytes, frame, scratch } from "./common";
import { convolveImage, panelColumns } from "./conv_block";
import { packPanels } from "./conv_pack";

/** Bytes of the piece of a matrix that goes through all panels before the next one. */
const PIECE: i32 = 16384;

/**
 * y [rows, outer] = x [rows, inner], rectified where `relu`, times a filter [inner, outer] of any strides in
 * bytes: a convolution of 1x1 pixels at stride 1, whose batch is one long row. For `how` and `hide` see
 * `settle.ts`.
 */
export function pointwise(
  relu: bool,
  x: usize,
  filter: usize,
  y: usize,
  rows: i32,
  inner: i32,
  outer: i32,
  strideIn: i32,
  strideOut: i32,
  how: i32,
  hide: usize,
): void {
  // Pieces of whole blocks, which are of 4, 6 or 8 rows.
  const most = min(rows, max(48, PIECE / <i32> bytes(inner) / 24 * 24));
  const packedSize = align(bytes(inner * panelColumns(outer)));
  const pieceSize = relu ? align(bytes(most * inner)) : 0;
  const packed = scratch(packedSize + pieceSize + bytes(most * 8));
  const piece = packed + packedSize, temporary = piece + pieceSize;
  packPanels(filter, packed, 1, 1, inner, outer, 0, 0, strideIn, strideOut);
  for (let left = rows; left > 0; left -= most) {
    const count = min(most, left);
    if (relu) frame(true, x, piece, 1, count, inner, 1, count, 0, 0);
    convolveImage(
      relu ? piece : x,
      packed,
      y,
      temporary,
      1,
      count,
      inner,
      outer,
      1,
      1,
      1,
      0,
      bytes(inner),
      0,
      0,
      bytes(outer),
      how,
      hide,
    );
    x += bytes(count * inner);
    y += bytes(count * outer);
  }
}
