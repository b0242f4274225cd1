import { type Geometry, positionMm, type Volume } from "./volume.ts";
import { type VolumeHeader, type VolumePlanes, wholeVolume } from "./volumePlanes.ts";

/** Longer volumes are looked at in every second slice, or fewer: their slices stand so near that neighbours tell the same. */
const mostSlices = 400;

/** Of a volume with so many slices, every how many-th is looked at where all are needed together. */
export function thinStep(slices: number): number {
  return Math.ceil(slices / mostSlices);
}

/** A long volume's middle slice of every few, as a volume; one that is not long, itself. What is left over at the end is left out. */
export function thinned(volume: Volume): Volume {
  const step = thinStep(volume.shape[0]);
  if (step === 1) return volume;
  const indices = thinIndices(volume, step);
  const area = volume.shape[1] * volume.shape[2];
  const voxels = new Int16Array(indices.length * area);
  for (const [i, z] of indices.entries()) voxels.set(volume.voxels.subarray(z * area, (z + 1) * area), i * area);
  return { ...thinHeader(volume, indices, step), voxels };
}

/** As thinned, of a volume whose planes are read when they are asked for. */
export async function thinVolume(planes: VolumePlanes): Promise<Volume> {
  const step = thinStep(planes.shape[0]);
  if (step === 1) return wholeVolume(planes);
  if (planes.whole !== undefined) return thinned(planes.whole);
  const indices = thinIndices(planes, step);
  return { ...thinHeader(planes, indices, step), voxels: await planes.read(indices) };
}

function thinIndices({ shape }: VolumeHeader, step: number): number[] {
  return Array.from({ length: Math.floor(shape[0] / step) }, (_, i) => i * step + (step >> 1));
}

function thinHeader(
  { shape, geometry, series, acquisition, sliceNames, warnings }: VolumeHeader,
  indices: readonly number[],
  step: number,
): VolumeHeader {
  const [stepZ, stepY, stepX] = geometry.spacingMm;
  const placed: Geometry = {
    ...geometry,
    originMm: positionMm(geometry, [step >> 1, 0, 0]),
    spacingMm: [stepZ * step, stepY, stepX],
  };
  return {
    shape: [indices.length, shape[1], shape[2]],
    geometry: placed,
    series,
    ...(acquisition !== undefined && { acquisition }),
    sliceNames: indices.map((z) => sliceNames[z] ?? String(z)),
    warnings,
  };
}
