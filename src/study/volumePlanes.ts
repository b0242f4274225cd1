import type { Picture, Volume } from "./volume.ts";

/** What is known of a volume beside its voxels. */
export type VolumeHeader = Omit<Volume, "voxels">;

/** A volume of which planes are read when they are asked for: a long one need never be in memory whole. */
export interface VolumePlanes extends VolumeHeader {
  /**
   * The Hounsfield units of some planes, row-major [plane, y, x], in the order asked. They may be the volume's own memory: not to be
   * written to.
   */
  read(indices: readonly number[]): Promise<Int16Array>;
  /** The volume itself, where it is in memory. */
  readonly whole?: Volume;
}

/** A study's images as opened: planes to read, or pictures. */
export type StudyPlanes =
  | { readonly kind: "volume"; readonly volume: VolumePlanes }
  | { readonly kind: "pictures"; readonly pictures: readonly Picture[] };

/** The planes of a volume in memory. */
export function planesOf(volume: Volume): VolumePlanes {
  const { voxels, ...header } = volume;
  const area = volume.shape[1] * volume.shape[2];
  const plane = (z: number) => voxels.subarray(z * area, (z + 1) * area);
  return {
    ...header,
    whole: volume,
    async read(indices) {
      const [first = 0] = indices;
      if (indices.every((z, i) => z === first + i))
        return voxels.subarray(first * area, (first + indices.length) * area);
      const picked = new Int16Array(indices.length * area);
      for (const [i, z] of indices.entries()) picked.set(plane(z), i * area);
      return picked;
    },
  };
}

/** All of a volume in memory. */
export async function wholeVolume(planes: VolumePlanes): Promise<Volume> {
  if (planes.whole !== undefined) return planes.whole;
  const { read: _, whole: __, ...header } = planes;
  return { ...header, voxels: await planes.read(allOf(planes)) };
}

/** The indices of all planes. */
export function allOf({ shape }: VolumeHeader): number[] {
  return Array.from({ length: shape[0] }, (_, z) => z);
}

/** Planes that are in memory together. */
export interface Slab {
  readonly indices: readonly number[];
  /** [plane, y, x]. */
  readonly voxels: Int16Array;
}

/** Planes that are looked at together: masks of so many stay in the processor's cache. */
export const slabSlices = 32;

/** Visits planes in the order of their indices, some at a time; the next ones are read meanwhile. */
export async function eachSlab(
  planes: VolumePlanes,
  indices: readonly number[],
  visit: (slab: Slab) => Promise<void> | void,
): Promise<void> {
  const read = (from: number) => {
    const own = indices.slice(from, from + slabSlices);
    const voxels = own.length === 0 ? null : planes.read(own);
    voxels?.catch(() => {}); // who awaits it is told
    return { indices: own, voxels };
  };
  let next = read(0);
  for (let from = slabSlices; next.voxels !== null; from += slabSlices) {
    const slab: Slab = { indices: next.indices, voxels: await next.voxels };
    next = read(from);
    await visit(slab);
  }
}
