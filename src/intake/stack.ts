import type { Frame, Instance, PixelFormat } from "../dicom/instance.ts";
import type { Vector3 } from "../study/volume.ts";
import { type Acquisition, acquisitionsOf } from "./acquisitions.ts";
import type { ScannedInstance } from "./scanFiles.ts";

/** One plane of a stack: a frame of a file, with all the geometry that a plane needs. */
export interface Plane {
  readonly scanned: ScannedInstance;
  readonly frameIndex: number;
  readonly frame: PlacedFrame;
  /** Along the stack's normal. */
  readonly alongMm: number;
}

type PlacedFrame = Frame & Required<Pick<Frame, "positionMm" | "rowDirection" | "columnDirection" | "pixelSpacingMm">>;

/** Planes of one series with the same size, direction and pixel spacing, in the order of their positions. */
export interface Stack {
  readonly seriesUid: string;
  /** The first plane's instance, for what all share. */
  readonly instance: Instance;
  readonly format: PixelFormat;
  readonly planes: readonly Plane[];
  /** Unit normal; turned so that it points to the head in an axial stack. */
  readonly normal: Vector3;
  /** The usual distance of neighbouring positions (the lower median); 0 where there are no two positions. */
  readonly spacingMm: number;
  readonly lengthMm: number;
  /** Neighbours further apart than the settings allow. */
  readonly gaps: readonly (readonly [fromMm: number, toMm: number])[];
  /** Planes at a position that another has already. */
  readonly duplicates: number;
  /** Acquisitions that were put one above the other. */
  readonly joined: number;
}

/** Positions nearer than this are one. */
export const samePositionMm = 0.05;

/**
 * The stacks of one series, the one with most planes first: planes apart in size, direction or pixel spacing make stacks
 * of their own, and so do acquisitions that cover the same positions. Frames without geometry or pixels are left out.
 */
export function stacksOf(series: readonly ScannedInstance[], maxGap: number): Stack[] {
  const groups = new Map<string, Plane[]>();
  for (const scanned of series) {
    const { instance } = scanned;
    const { pixels } = instance;
    if (!pixels) continue;
    instance.frames.forEach((frame, frameIndex) => {
      if (!isPlaced(frame)) return;
      const normal = normalOf(frame);
      const key = [
        pixels.rows,
        pixels.columns,
        ...frame.pixelSpacingMm.map((mm) => mm.toFixed(3)),
        ...[...frame.rowDirection, ...frame.columnDirection].map((part) => Math.round(part * 200) + 0),
      ].join(" ");
      const group = groups.get(key) ?? [];
      group.push({ scanned, frameIndex, frame, alongMm: dot(frame.positionMm, normal) });
      groups.set(key, group);
    });
  }
  return [...groups.values()]
    .flatMap(acquisitionsOf)
    .map((acquisition) => stackOf(acquisition, maxGap))
    .sort((a, b) => b.planes.length - a.planes.length);
}

function stackOf({ planes: unsorted, joined }: Acquisition, maxGap: number): Stack {
  const planes = [...unsorted].sort((a, b) => a.alongMm - b.alongMm || byName(a, b));
  const [first] = planes as [Plane, ...Plane[]];
  const steps = planes.slice(1).map((plane, i) => plane.alongMm - (planes[i] as Plane).alongMm);
  const distances = steps.filter((step) => step >= samePositionMm);
  const spacingMm = median(distances);
  const gaps = steps.flatMap((step, i) =>
    step > maxGap * spacingMm ? [[(planes[i] as Plane).alongMm, (planes[i + 1] as Plane).alongMm] as const] : [],
  );
  const { instance } = first.scanned;
  return {
    seriesUid: instance.seriesUid,
    instance,
    format: instance.pixels as PixelFormat,
    planes,
    normal: normalOf(first.frame),
    spacingMm,
    lengthMm: distances.reduce((sum, step) => sum + step, 0) + spacingMm,
    gaps,
    duplicates: steps.length - distances.length,
    joined,
  };
}

function isPlaced(frame: Frame): frame is PlacedFrame {
  const { positionMm, rowDirection, columnDirection, pixelSpacingMm } = frame;
  if (!positionMm || !rowDirection || !columnDirection || !pixelSpacingMm) return false;
  return Math.abs(dot(rowDirection, columnDirection)) < 0.01;
}

/** Row × column, turned towards the head, or where that says nothing, kept. */
function normalOf(frame: PlacedFrame): Vector3 {
  const [a, b] = [frame.rowDirection, frame.columnDirection];
  const normal: Vector3 = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  return normal[2] < 0 ? [-normal[0], -normal[1], -normal[2]] : normal;
}

function byName(a: Plane, b: Plane): number {
  if (a.scanned.file.path === b.scanned.file.path) return a.frameIndex - b.frameIndex;
  return a.scanned.file.path < b.scanned.file.path ? -1 : 1;
}

/** Scalar product. */
export function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** The middle value, the lower of two; 0 of none. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}
