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
  const { turn, ...turnedPlace } = placeInLps({ shape, geometry });
  if (!isTurned(turn)) return { voxels, shape, geometry, turn };
  const strides = stridesOf(shape);
  const newShape = turnedPlace.shape;
  const steps = turn.from.map((source, target) => (turn.isFlipped[target] ? -1 : 1) * strides[source]) as [
    number,
    number,
    number,
  ];
  const start = turn.from.reduce<number>(
    (sum, source, target) => sum + (turn.isFlipped[target] ? (shape[source] - 1) * strides[source] : 0),
    0,
  );
  const turned = new Int16Array(voxels.length);
  let at = 0;
  for (let z = 0; z < newShape[0]; z++) {
    for (let y = 0; y < newShape[1]; y++) {
      let read = start + z * steps[0] + y * steps[1];
      for (let x = 0; x < newShape[2]; x++, read += steps[2]) turned[at++] = voxels[read] as number;
    }
  }
  return { voxels: turned, ...turnedPlace, turn };
}

/** Shape and geometry as turnToLps leaves them. */
export function placeInLps({
  shape,
  geometry,
}: Pick<PlacedVoxels, "shape" | "geometry">): Pick<PlacedVoxels, "shape" | "geometry"> & { readonly turn: Turn } {
  const turn = turnOf(geometry.axes);
  if (!isTurned(turn)) return { shape, geometry, turn };
  const { from, isFlipped } = turn;
  const originMm = [...geometry.originMm] as [number, number, number];
  from.forEach((source, target) => {
    if (!isFlipped[target]) return;
    for (let i = 0; i < 3; i++) {
      originMm[i] =
        (originMm[i] as number) +
        (shape[source] - 1) * geometry.spacingMm[source] * (geometry.axes[source][i] as number);
    }
  });
  const axes = from.map((source, target) => {
    const sign = isFlipped[target] ? -1 : 1;
    return geometry.axes[source].map((part) => sign * part + 0) as unknown as Vector3;
  }) as unknown as Geometry["axes"];
  const spacingMm = from.map((source) => geometry.spacingMm[source]) as unknown as Shape3;
  const newShape = from.map((source) => shape[source]) as unknown as Shape3;
  return { shape: newShape, geometry: { originMm, spacingMm, axes }, turn };
}

const stridesOf = (shape: Shape3): Shape3 => [shape[1] * shape[2], shape[2], 1];

const isTurned = ({ from, isFlipped }: Turn) =>
  from.some((source, target) => source !== target) || isFlipped.some(Boolean);

/** Whether each plane stays a plane of its own, in the same order. */
export function keepsPlanes({ from, isFlipped }: Turn): boolean {
  return from[0] === 0 && !isFlipped[0];
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
