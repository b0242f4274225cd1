import { wholePlanePx as px } from "../slices/wholePlanes.ts";

/** Lung is darker than this, in grey of a volume's own range: about −480 HU. */
export const lungsDarkerThan = 110;

/**
 * Where a small whole plane shows lung, [px, px] of 0 and 1: what is dark and does not hang together with the air at the edges, with vessels
 * of one pixel closed. A rough outline: enough to lay studies over each other.
 *
 * grey: [px, px], 0–255 over the volume's own range.
 */
export function lungsOfPlane(grey: Uint8Array): Uint8Array {
  const air = airAtEdges(grey);
  const dark = grey.map((value, i) => (value < lungsDarkerThan && air[i] === 0 ? 1 : 0));
  return spread(spread(spread(spread(dark, 1), 1), 0), 0);
}

function airAtEdges(grey: Uint8Array): Uint8Array {
  const air = new Uint8Array(px * px);
  const open: number[] = [];
  const take = (y: number, x: number) => {
    const at = y * px + x;
    if (y < 0 || x < 0 || y >= px || x >= px || air[at] === 1 || (grey[at] as number) >= lungsDarkerThan) return;
    air[at] = 1;
    open.push(at);
  };
  for (let i = 0; i < px; i++) {
    take(0, i);
    take(px - 1, i);
    take(i, 0);
    take(i, px - 1);
  }
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [y, x] = [Math.floor(at / px), at % px];
    take(y - 1, x);
    take(y + 1, x);
    take(y, x - 1);
    take(y, x + 1);
  }
  return air;
}

/** A mask after its ones, or zeros, have grown by a pixel up, down, left and right. */
function spread(mask: Uint8Array, growing: 0 | 1): Uint8Array {
  const grown = mask.slice();
  for (let y = 0, i = 0; y < px; y++) {
    for (let x = 0; x < px; x++, i++) {
      if (mask[i] !== growing) continue;
      if (y > 0) grown[i - px] = growing;
      if (y < px - 1) grown[i + px] = growing;
      if (x > 0) grown[i - 1] = growing;
      if (x < px - 1) grown[i + 1] = growing;
    }
  }
  return grown;
}
