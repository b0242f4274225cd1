/** A map made larger: bilinear, pixels as areas, level beyond the outermost centres. Returns [side, side]. */
export function enlarge(map: Float32Array, [rows, columns]: readonly [number, number], side: number): Float32Array {
  const enlarged = new Float32Array(side * side);
  const alongY = Array.from({ length: side }, (_, y) => neighbours(y, rows, side));
  const alongX = Array.from({ length: side }, (_, x) => neighbours(x, columns, side));
  for (const [y, [upper, lower, down]] of alongY.entries()) {
    for (const [x, [left, right, across]] of alongX.entries()) {
      const above = map[upper * columns + left] * (1 - across) + map[upper * columns + right] * across;
      const below = map[lower * columns + left] * (1 - across) + map[lower * columns + right] * across;
      enlarged[y * side + x] = above * (1 - down) + below * down;
    }
  }
  return enlarged;
}

/** The two places of the small map that a place of the large one lies between, and how far it is from the first. */
function neighbours(place: number, small: number, large: number): [first: number, second: number, share: number] {
  const at = Math.min(small - 1, Math.max(0, ((place + 0.5) * small) / large - 0.5));
  const first = Math.floor(at);
  return [first, Math.min(small - 1, first + 1), at - first];
}
