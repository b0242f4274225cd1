import { type BitMask, sliceOf } from "../lungs/bitMask.ts";
import type { LungMask } from "../lungs/lungMask.ts";
import { eachRun } from "../lungs/rows.ts";
import type { Picture, StudyImages } from "../study/volume.ts";
import type { VolumeHeader } from "../study/volumePlanes.ts";
import { greyByTable, windowTable } from "./greyOfSlice.ts";
import { type ImageTraces, imageTraces } from "./imageTraces.ts";

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
  if (images.kind === "pictures") return ofPictures(images.pictures);
  const { voxels, shape } = images.volume;
  const seen = attributesByPlane(images.volume);
  const area = shape[1] * shape[2];
  for (let z = 0; z < shape[0]; z++) seen.add(z, voxels.subarray(z * area, (z + 1) * area), mask);
  return seen.found(mask);
}

/** studyAttributes of a volume whose planes come one by one, in any order, each once. */
export interface AttributesByPlane {
  /** plane: [y, x]. */
  add(z: number, plane: Int16Array, mask: LungMask | null): void;
  /** After all planes. */
  found(mask: LungMask | null): Record<string, string | number>;
}

export function attributesByPlane(header: VolumeHeader): AttributesByPlane {
  const [slices, rows, columns] = header.shape;
  const looked = planesToTrace(slices);
  const found = new Map<number, ImageTraces>();
  let [sum, count] = [0, 0];
  return {
    add(z, plane, mask) {
      if (looked.includes(z)) found.set(z, imageTraces(greyByTable(plane, tracesTable, null), [rows, columns]));
      for (const side of mask === null ? [] : [mask.right, mask.left]) {
        const own = sumWithin(plane, sliceOf(side, z));
        sum += own.sum;
        count += own.count;
      }
    },
    found: (mask) =>
      ofVolume(header, mask, {
        meanLungHu: count === 0 ? null : rounded(sum / count),
        traces: looked.flatMap((z) => found.get(z) ?? []),
      }),
  };
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

function ofVolume(
  { series, shape, geometry, acquisition }: VolumeHeader,
  mask: LungMask | null,
  seen: { readonly meanLungHu: number | null; readonly traces: readonly ImageTraces[] },
): Record<string, string | number> {
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
    meanLungHu: seen.meanLungHu,
    studyYear: acquisition?.studyYear,
    fileFormat: acquisition?.fileFormat,
    bitDepth: acquisition?.bitsStored,
    compression: acquisition?.isLossy === undefined ? null : acquisition.isLossy ? "lossy" : "none or lossless",
    burnedInText: yesOrNo(acquisition?.hasBurnedInAnnotation),
    ...traces(seen.traces),
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

/** Evenly spaced, each in the middle of its share. */
function planesToTrace(slices: number): number[] {
  const count = Math.min(planesLookedAt, slices);
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * slices) / count));
}

/** Wide enough that air, padding below it, tissue and text all differ. */
const tracesTable = windowTable({ levelHu: -300, widthHu: 2000 });

function traces(found: readonly ImageTraces[]): Record<string, number> {
  const mean = (values: readonly number[]) => rounded(values.reduce((sum, value) => sum + value, 0) / values.length);
  if (found.length === 0) return {};
  return {
    borderShare: mean(found.map((one) => one.borderShare)),
    markShare: mean(found.map((one) => one.markShare)),
  };
}

/** The sum and the number of a plane's values within a mask of one slice. */
function sumWithin(plane: Int16Array, mask: BitMask): { sum: number; count: number } {
  let [sum, count] = [0, 0];
  eachRun(mask, (start, end) => {
    let own = 0; // of one run, a whole number of 32 bits
    for (let i = start; i < end; i++) own = (own + (plane[i] as number)) | 0;
    sum += own;
    count += end - start;
  });
  return { sum, count };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
