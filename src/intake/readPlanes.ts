import { InputError } from "../base/errors.ts";
import type { DecodeJob } from "./decodeJob.ts";
import { decodeInPool } from "./decodePool.ts";
import type { IntakeSettings } from "./intakeSettings.ts";
import { parseLimitsOf } from "./scanFiles.ts";
import { type Plane, type Stack, samePositionMm } from "./stack.ts";

/** Which planes of a stack make its volume. */
export interface Places {
  /** One plane per position, in order. */
  readonly kept: readonly Plane[];
  /** Of each plane of the stack, the index of the kept one at its position. */
  readonly slots: readonly number[];
}

/** The first plane of each position. */
export function placesOf(planes: readonly Plane[]): Places {
  const kept: Plane[] = [];
  const slots = planes.map((plane) => {
    const before = kept.at(-1);
    if (!before || plane.alongMm - before.alongMm >= samePositionMm) kept.push(plane);
    return kept.length - 1;
  });
  return { kept, slots };
}

/**
 * The Hounsfield units of some of the kept planes as they are in their files, one after the other; others at the same positions must
 * be equal. wanted: indices of kept planes.
 * @throws InputError DUPLICATE_POSITION; as decodeInPool.
 */
export async function readPlanes(
  stack: Stack,
  settings: IntakeSettings,
  { kept, slots, wanted }: Places & { readonly wanted: readonly number[] },
): Promise<Int16Array> {
  const { rows, columns } = stack.format;
  const size = rows * columns;
  const placeOf = new Map(wanted.map((slot, place) => [slot, place]));
  const read = stack.planes.flatMap((plane, at) => {
    const slot = slots[at] as number;
    const place = placeOf.get(slot);
    return place === undefined ? [] : [{ plane, slot, place }];
  });
  const voxels = sharedVoxels(wanted.length * size);
  const own = (place: number) => voxels.subarray(place * size, (place + 1) * size);
  const repeats: {
    readonly slot: number;
    readonly place: number;
    readonly plane: Plane;
    readonly frame: Int16Array;
  }[] = [];
  const targetOf = (at: number) => {
    const { plane, slot, place } = read[at] as (typeof read)[number];
    if (plane === kept[slot]) return own(place);
    const frame = sharedVoxels(size);
    repeats.push({ slot, place, plane, frame });
    return frame;
  };
  const planes = read.map(({ plane }) => plane);
  const jobs = jobsOf(planes);
  await decodeInPool(jobs.length, {
    workers: settings.decodeWorkers,
    ofMany: stack.planes.length,
    timeoutMs: settings.decodeTimeoutMs,
    job: (index) => decodeJob(planes, jobs[index] as readonly number[], { settings, targetOf }),
  });
  for (const { slot, place, plane, frame } of repeats) {
    const first = own(place);
    if (first.every((hu, i) => hu === frame[i])) continue;
    throw new InputError(
      "DUPLICATE_POSITION",
      `Series ${stack.seriesUid} has two different slices at ${plane.alongMm.toFixed(1)} mm: ${(kept[slot] as Plane).scanned.file.path} and ${plane.scanned.file.path}. Keep one of them, or export the acquisitions as series of their own.`,
    );
  }
  return voxels;
}

/** Indices of planes by the file they are in, in the order of the first of each. */
function jobsOf(planes: readonly Plane[]): number[][] {
  const byFile = new Map<unknown, number[]>();
  planes.forEach((plane, i) => {
    const own = byFile.get(plane.scanned.file);
    if (own) own.push(i);
    else byFile.set(plane.scanned.file, [i]);
  });
  return [...byFile.values()];
}

/** Memory that threads share. */
function sharedVoxels(count: number): Int16Array<SharedArrayBuffer> {
  return new Int16Array(new SharedArrayBuffer(2 * count));
}

async function decodeJob(
  of: readonly Plane[],
  indices: readonly number[],
  { settings, targetOf }: { settings: IntakeSettings; targetOf: (plane: number) => DecodeJob["targets"][number] },
): Promise<DecodeJob> {
  const planes = indices.map((i) => of[i] as Plane);
  const { file, instance } = (planes[0] as Plane).scanned;
  return {
    path: file.path,
    source: file.diskPath ? { diskPath: file.diskPath } : { bytes: await file.whole() },
    instance,
    frames: planes.map((plane) => plane.frameIndex),
    targets: indices.map(targetOf),
    lowestHu: settings.lowestHu,
    limits: parseLimitsOf(settings),
  };
}
