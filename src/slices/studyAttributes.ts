import type { LungMask } from "../lungs/lungMask.ts";
import { eachRun } from "../lungs/rows.ts";
import type { Picture, StudyImages, Volume } from "../study/volume.ts";
import { greyByTable, windowTable } from "./greyOfSlice.ts";
import { imageTraces } from "./imageTraces.ts";

/** Attributes that say where images came from, not how a patient was scanned: they are audited, never diagnosed by. */
export const attributesOfOrigin: ReadonlySet<string> = new Set([
  "studyYear",
  "fileFormat",
  "imageMode",
  "bitDepth",
  "compression",
  "burnedInText",
  "borderShare",
  "markShare",
]);

/**
 * How a study was taken, without anything that names the patient: what a data set's cases keep, and what a study is compared
 * with when it is diagnosed. Lengths in mm, volumes in ml, the mean within the lungs in HU; ages of 90 and more are 90.
 */
export function studyAttributes(images: StudyImages, mask: LungMask | null): Record<string, string | number> {
  return images.kind === "pictures" ? ofPictures(images.pictures) : ofVolume(images.volume, mask);
}

function ofPictures(pictures: readonly Picture[]): Record<string, string | number> {
  const [rows, columns] = pictures[0]?.shape ?? [0, 0];
  const files = pictures.map(({ file }) => file);
  return known({
    slicesInStudy: pictures.length,
    rows,
    columns,
    fileFormat: together(files.map((file) => file?.format)),
    imageMode: together(files.map((file) => file?.mode)),
    bitDepth: files[0]?.bitDepth,
    ...traces(pictures.map(({ pixels, shape }) => imageTraces(pixels, shape))),
  });
}

function ofVolume(volume: Volume, mask: LungMask | null): Record<string, string | number> {
  const { series, shape, geometry, acquisition } = volume;
  return known({
    slicesInStudy: shape[0],
    rows: shape[1],
    columns: shape[2],
    spacingZMm: rounded(geometry.spacingMm[0]),
    pixelSpacingMm: rounded(geometry.spacingMm[2]),
    sliceThicknessMm: series.sliceThicknessMm,
    kernel: series.kernel,
    manufacturer: series.manufacturer,
    modelName: series.modelName,
    tubeVoltageKv: acquisition?.tubeVoltageKv,
    contrastMedium: yesOrNo(acquisition?.hasContrastMedium),
    sex: acquisition?.sex,
    ageYears: acquisition?.ageYears,
    lungsMl: mask === null ? null : rounded(mask.volumeMl),
    meanLungHu: mask === null ? null : meanHu(volume, mask),
    studyYear: acquisition?.studyYear,
    fileFormat: acquisition?.fileFormat,
    bitDepth: acquisition?.bitsStored,
    compression: acquisition?.isLossy === undefined ? null : acquisition.isLossy ? "lossy" : "none or lossless",
    burnedInText: yesOrNo(acquisition?.hasBurnedInAnnotation),
    ...tracesOfVolume(volume),
  });
}

function known(
  attributes: Readonly<Record<string, string | number | null | undefined>>,
): Record<string, string | number> {
  const found = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined || value === null || value === "" ? [] : [[name, value] as const],
  );
  return Object.fromEntries(found);
}

const yesOrNo = (is: boolean | undefined) => (is === undefined ? undefined : is ? "yes" : "no");

/** The words that occur, in alphabetical order. */
function together(words: readonly (string | undefined)[]): string {
  return [...new Set(words.filter((word) => word !== undefined))].sort().join(" + ");
}

/** Planes that a volume's borders and marks are looked for in. */
const planesLookedAt = 3;

function tracesOfVolume({ voxels, shape }: Volume): Record<string, number> {
  const [slices, rows, columns] = shape;
  // Wide enough that air, padding below it, tissue and text all differ.
  const table = windowTable({ levelHu: -300, widthHu: 2000 });
  const count = Math.min(planesLookedAt, slices);
  const planes = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * slices) / count));
  return traces(
    planes.map((z) => {
      const hu = voxels.subarray(z * rows * columns, (z + 1) * rows * columns);
      return imageTraces(greyByTable(hu, table, null), [rows, columns]);
    }),
  );
}

function traces(
  found: readonly { readonly borderShare: number; readonly markShare: number }[],
): Record<string, number> {
  const mean = (values: readonly number[]) => rounded(values.reduce((sum, value) => sum + value, 0) / values.length);
  if (found.length === 0) return {};
  return {
    borderShare: mean(found.map((one) => one.borderShare)),
    markShare: mean(found.map((one) => one.markShare)),
  };
}

function meanHu({ voxels }: Volume, { right, left }: LungMask): number | null {
  let [sum, count] = [0, 0];
  const add = (start: number, end: number) => {
    let own = 0; // of one run, a whole number of 32 bits
    for (let i = start; i < end; i++) own = (own + (voxels[i] as number)) | 0;
    sum += own;
    count += end - start;
  };
  eachRun(right, add);
  eachRun(left, add);
  return count === 0 ? null : rounded(sum / count);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
