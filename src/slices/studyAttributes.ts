import { type LungMask, outsideLungs } from "../lungs/lungMask.ts";
import type { StudyImages, Volume } from "../study/volume.ts";

/**
 * How a study was taken, without anything that names the patient: what a data set's cases keep, and what a study is compared
 * with when it is diagnosed. Lengths in mm, volumes in ml, the mean within the lungs in HU.
 */
export function studyAttributes(images: StudyImages, mask: LungMask | null): Record<string, string | number> {
  if (images.kind === "pictures") {
    const [rows, columns] = images.pictures[0]?.shape ?? [0, 0];
    return { slicesInStudy: images.pictures.length, rows, columns };
  }
  const { series, shape, geometry } = images.volume;
  const attributes: Record<string, string | number | null | undefined> = {
    slicesInStudy: shape[0],
    rows: shape[1],
    columns: shape[2],
    spacingZMm: rounded(geometry.spacingMm[0]),
    pixelSpacingMm: rounded(geometry.spacingMm[2]),
    sliceThicknessMm: series.sliceThicknessMm,
    kernel: series.kernel,
    manufacturer: series.manufacturer,
    lungsMl: mask === null ? null : rounded(mask.volumeMl),
    meanLungHu: mask === null ? null : meanHu(images.volume, mask),
  };
  const known = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined || value === null || value === "" ? [] : [[name, value] as const],
  );
  return Object.fromEntries(known);
}

function meanHu({ voxels }: Volume, { labels }: LungMask): number | null {
  let [sum, count] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === outsideLungs) continue;
    sum += voxels[i];
    count++;
  }
  return count === 0 ? null : rounded(sum / count);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
