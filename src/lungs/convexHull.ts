import { type BitMask, emptyMask } from "./bitMask.ts";
import { rowExtent, setRun } from "./rows.ts";

/** Each slice's convex hull: the voxels whose centres lie in the polygon around the mask's. */
export function convexHull(mask: BitMask): BitMask {
  const result = emptyMask(mask.shape);
  const [slices, rows] = mask.shape;
  for (let z = 0; z < slices; z++) {
    const points: { y: number; left: number; right: number }[] = [];
    for (let y = 0; y < rows; y++) {
      const extent = rowExtent(mask, z * rows + y);
      if (extent) points.push({ y, left: extent.start, right: extent.end - 1 });
    }
    const first = points[0];
    const last = points[points.length - 1];
    if (!first || !last) continue;
    const left = chain(points.map(({ y, left: x }) => [y, -x] as const));
    const right = chain(points.map(({ y, right: x }) => [y, x] as const));
    for (let y = first.y; y <= last.y; y++) {
      const start = Math.ceil(-at(left, y) - 1e-9);
      const end = Math.floor(at(right, y) + 1e-9) + 1;
      if (end > start) setRun(result, z * rows + y, { start, end });
    }
  }
  return result;
}

/** The upper convex chain of points that rise in their first coordinate. @source Andrew 1979 */
function chain(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const hull: (readonly [number, number])[] = [];
  for (const point of points) {
    while (hull.length >= 2 && !turnsDown(hull[hull.length - 2], hull[hull.length - 1], point)) hull.pop();
    hull.push(point);
  }
  return hull;
}

function turnsDown(
  a: readonly [number, number] | undefined,
  b: readonly [number, number] | undefined,
  c: readonly [number, number],
): boolean {
  if (!a || !b) return true;
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) < 0;
}

/** The chain's height at a row. */
function at(hull: readonly (readonly [number, number])[], y: number): number {
  let i = 1;
  while (i < hull.length - 1 && (hull[i] as readonly [number, number])[0] < y) i++;
  const [y0, x0] = hull[i - 1] as readonly [number, number];
  const [y1, x1] = hull[i] ?? [y0 + 1, x0];
  return x0 + ((x1 - x0) * (y - y0)) / (y1 - y0);
}
