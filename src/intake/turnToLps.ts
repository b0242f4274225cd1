import type { Geometry, Shape3, Vector3 } from "../study/volume.ts";

/** Voxels in any order of axes, with where their indices lead. */
export interface PlacedVoxels {
  readonly voxels: Int16Array;
  readonly shape: Shape3;
  readonly geometry: Geometry;
}

/**
 * The same voxels with index z rising to the head, y to the back and x to the left, as near as whole turns and flips come;
 * what is left oblique stays in the geometry's axes. Returns the input where nothing is to turn.
 */
export function turnToLps({ voxels, shape, geometry }: PlacedVoxels): PlacedVoxels & { readonly turn: Turn } {
  const turn = turnOf(geometry.axes);
  const from = turn.from;
  const isTurned = from.some((source, target) => source !== target) || turn.isFlipped.some(Boolean);
  if (!isTurned) return { voxels, shape, geometry, turn };
  const strides = [shape[1] * shape[2], shape[2], 1] as const;
  const newShape = from.map((source) => shape[source]) as unknown as Shape3;
  const steps = from.map((source, target) => (turn.isFlipped[target] ? -1 : 1) * strides[source]) as unknown as Shape3;
  let start = 0;
  const originMm = [...geometry.originMm] as [number, number, number];
  from.forEach((source, target) => {
    if (!turn.isFlipped[target]) return;
    start += (shape[source] - 1) * strides[source];
    for (let i = 0; i < 3; i++) {
      originMm[i] =
        (originMm[i] as number) +
        (shape[source] - 1) * geometry.spacingMm[source] * (geometry.axes[source][i] as number);
    }
  });
  const turned = new Int16Array(voxels.length);
  let at = 0;
  for (let z = 0; z < newShape[0]; z++) {
    for (let y = 0; y < newShape[1]; y++) {
      let read = start + z * steps[0] + y * steps[1];
      for (let x = 0; x < newShape[2]; x++, read += steps[2]) turned[at++] = voxels[read] as number;
    }
  }
  const axes = from.map((source, target) => {
    const sign = turn.isFlipped[target] ? -1 : 1;
    return geometry.axes[source].map((part) => sign * part + 0) as unknown as Vector3;
  }) as unknown as Geometry["axes"];
  const spacingMm = from.map((source) => geometry.spacingMm[source]) as unknown as Shape3;
  return { voxels: turned, shape: newShape, geometry: { originMm, spacingMm, axes }, turn };
}

/** Which old axis each new one ([z, y, x]) is, and whether it runs the other way. */
export interface Turn {
  readonly from: readonly [0 | 1 | 2, 0 | 1 | 2, 0 | 1 | 2];
  readonly isFlipped: readonly [boolean, boolean, boolean];
}

/** The turn whose axes lie nearest to head, back and left: of the six orders the one with the largest sum of cosines. */
function turnOf(axes: Geometry["axes"]): Turn {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ] as const;
  const cosine = (source: 0 | 1 | 2, target: number) => axes[source][2 - target] as number;
  const closeness = (order: (typeof orders)[number]) =>
    order.reduce<number>((sum, source, target) => sum + Math.abs(cosine(source, target)), 0);
  const from = orders.reduce((best, order) => (closeness(order) > closeness(best) + 1e-9 ? order : best));
  const isFlipped = from.map((source, target) => cosine(source, target) < 0) as unknown as Turn["isFlipped"];
  return { from, isFlipped };
}
