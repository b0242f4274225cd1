import { type Plane, samePositionMm } from "./stack.ts";

/** Planes that make one volume. */
export interface Acquisition {
  readonly planes: readonly Plane[];
  /** How many acquisitions were put one above the other to make it. */
  readonly joined: number;
}

/**
 * The planes of one series with the same geometry as acquisitions that show no position twice, where that can be had.
 *
 * Where positions repeat, planes are told apart by Temporal Position Identifier, else by Acquisition Number, else, where every
 * position is there equally often, by the order of Instance Numbers (a series whose times are interleaved). Parts of the body
 * taken one after the other, which overlap by less than half of the shorter, are joined; the part with more slices keeps the
 * overlap.
 */
export function acquisitionsOf(planes: readonly Plane[]): Acquisition[] {
  if (countRepeats(planes) === 0) return [{ planes, joined: 1 }];
  const ways = [byKey(planes, temporalPosition), byKey(planes, acquisitionNumber), byTurn(planes)];
  const parts = ways.find((way) => way.length > 1 && way.every((part) => countRepeats(part) === 0));
  return parts === undefined ? [{ planes, joined: 1 }] : joinNeighbours(parts);
}

/** How many planes stand where another stands already. */
export function countRepeats(planes: readonly Plane[]): number {
  const sorted = planes.map((plane) => plane.alongMm).sort((a, b) => a - b);
  return sorted.filter((mm, i) => i > 0 && mm - (sorted[i - 1] as number) < samePositionMm).length;
}

const temporalPosition = ({ scanned }: Plane) => scanned.instance.temporalPosition;
const acquisitionNumber = ({ scanned }: Plane) => scanned.instance.acquisitionNumber;

function byKey(planes: readonly Plane[], keyOf: (plane: Plane) => number | undefined): Plane[][] {
  const parts = new Map<number | undefined, Plane[]>();
  for (const plane of planes) {
    const key = keyOf(plane);
    const part = parts.get(key);
    if (part) part.push(plane);
    else parts.set(key, [plane]);
  }
  return [...parts.values()];
}

/** The first of each position by Instance Number, the second of each, …; nothing where positions differ in how many they have. */
function byTurn(planes: readonly Plane[]): Plane[][] {
  const positions: Plane[][] = [];
  for (const plane of [...planes].sort((a, b) => a.alongMm - b.alongMm)) {
    const here = positions.at(-1);
    if (here && plane.alongMm - (here[0] as Plane).alongMm < samePositionMm) here.push(plane);
    else positions.push([plane]);
  }
  const turns = positions[0]?.length ?? 0;
  const numberOf = ({ scanned }: Plane) => scanned.instance.instanceNumber;
  const areTold = positions.every((here) => here.length === turns && new Set(here.map(numberOf)).size === turns);
  if (!areTold || planes.some((plane) => numberOf(plane) === undefined)) return [];
  const inTurn = positions.map((here) => here.sort((a, b) => Number(numberOf(a)) - Number(numberOf(b))));
  return Array.from({ length: turns }, (_, turn) => inTurn.map((here) => here[turn] as Plane));
}

interface Part extends Acquisition {
  readonly lowMm: number;
  readonly highMm: number;
}

function joinNeighbours(parts: readonly Plane[][]): Acquisition[] {
  const upward = parts.map((planes) => partOf(planes, 1)).sort((a, b) => a.lowMm - b.lowMm);
  const joined: Part[] = [];
  for (const part of upward) {
    const below = joined.at(-1);
    if (below !== undefined && isAbove(part, below)) joined[joined.length - 1] = join(below, part);
    else joined.push(part);
  }
  return joined;
}

function partOf(planes: readonly Plane[], joined: number): Part {
  let [lowMm, highMm] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { alongMm } of planes) {
    lowMm = Math.min(lowMm, alongMm);
    highMm = Math.max(highMm, alongMm);
  }
  return { planes, joined, lowMm, highMm };
}

function isAbove(part: Part, below: Part): boolean {
  const overlapMm = below.highMm - part.lowMm;
  const shorterMm = Math.min(below.highMm - below.lowMm, part.highMm - part.lowMm);
  return part.highMm > below.highMm && overlapMm < shorterMm / 2;
}

function join(below: Part, above: Part): Part {
  const planes =
    below.planes.length >= above.planes.length
      ? [...below.planes, ...above.planes.filter((plane) => plane.alongMm - below.highMm >= samePositionMm)]
      : [...below.planes.filter((plane) => above.lowMm - plane.alongMm >= samePositionMm), ...above.planes];
  return partOf(planes, below.joined + above.joined);
}
