import { join } from "node:path";
import sharp from "sharp";
import { writeJson } from "../../src/base/files.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Case, Dataset } from "../../src/dataset/dataset.ts";
import { datasetPaths } from "../../src/dataset/dataset.ts";
import { type PreparedCase, type PreparedSlice, writePreparedCase } from "../../src/dataset/preparedSlices.ts";
import { makeSplits, type Splits } from "../../src/dataset/splits.ts";
import { readStudy } from "../../src/intake/readStudy.ts";
import { prepareStudyImages } from "../../src/slices/prepareStudyImages.ts";
import { defaultRecipe, picturesRecipe, type SliceRecipe } from "../../src/slices/sliceRecipe.ts";
import { studyAttributes } from "../../src/slices/studyAttributes.ts";
import { type WholePlanes, wholePlanes } from "../../src/slices/wholePlanes.ts";
import type { Picture, StudyImages, Volume } from "../../src/study/volume.ts";
import { greyOfHu } from "../../src/study/windowLevel.ts";

/** A study of a set to be audited, in memory. */
export interface Member {
  readonly subject: string;
  readonly label: string;
  readonly studyUid: string;
  readonly seriesUid: string | null;
  readonly kind: "volume" | "pictures";
  readonly slices: readonly PreparedSlice[];
  readonly pixels: Uint8Array;
  readonly lungs: Uint8Array | null;
  readonly whole: WholePlanes | null;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly columns?: Readonly<Record<string, string | number>>;
}

export const trialRecipe: SliceRecipe = { ...defaultRecipe, inputPx: 64, storedPx: 72, maxSlices: 9 };
const classes = ["COVID-19", "other pneumonia", "normal"];

/** A phantom's volume. */
export async function readVolumeOf(pool: string, path: string): Promise<Volume> {
  const { images } = await readStudy(join(pool, path), { intake: { decodeWorkers: 1 } });
  if (images.kind !== "volume") throw new Error(`${path} is no volume`);
  return images.volume;
}

/** A study prepared as `prepare` would. */
export async function memberOf(
  images: StudyImages,
  who: { readonly subject: string; readonly label: string; readonly studyUid: string },
): Promise<Member> {
  const recipe = images.kind === "volume" ? trialRecipe : picturesRecipe(trialRecipe);
  const { slices, mask } = await prepareStudyImages(images, recipe);
  const size = recipe.storedPx ** 2;
  const pixels = new Uint8Array(slices.length * size);
  const lungs = mask === null ? null : new Uint8Array(slices.length * size);
  for (const [i, slice] of slices.entries()) {
    pixels.set(slice.pixels, i * size);
    if (slice.lungs !== null) lungs?.set(slice.lungs, i * size);
  }
  return {
    ...who,
    seriesUid: images.kind === "volume" ? images.volume.series.seriesUid : null,
    kind: images.kind,
    slices: slices.map(({ pixels: _, lungs: __, ...slice }) => slice),
    pixels,
    lungs,
    whole: images.kind === "volume" ? wholePlanes(images.volume) : null,
    attributes: studyAttributes(images, mask),
  };
}

/** Three slices of a volume as pictures, in a lung window. */
export function picturesOf(volume: Volume): Picture[] {
  const [slices, rows, columns] = volume.shape;
  return [0.35, 0.5, 0.65].map((share, i) => {
    const z = Math.floor(share * slices);
    const hu = volume.voxels.subarray(z * rows * columns, (z + 1) * rows * columns);
    const pixels = Uint8Array.from(hu, (value) => greyOfHu(value, { levelHu: -600, widthHu: 1500 }));
    return { pixels, shape: [rows, columns], name: `${i}.png`, file: { format: "PNG", mode: "grey", bitDepth: 8 } };
  });
}

/** A set as `prepare` would describe it, its split drawn from the seed. */
export function auditSetOf(
  members: readonly Member[],
  seed: number,
): { readonly dataset: Dataset; readonly splits: Splits; readonly prepared: ReadonlyMap<string, PreparedCase> } {
  const prepared = new Map<string, PreparedCase>();
  const cases = members.map((member, index): Case => {
    const { subject, label, studyUid, seriesUid, kind, slices, whole, attributes, columns } = member;
    const caseId = `case-${index.toString(16).padStart(12, "0")}`;
    const known = { pixelsSha256: sha256Hex(member.pixels), lungsMl: null, attributes, warnings: [] };
    prepared.set(caseId, {
      format: "groundglass-case/1",
      caseId,
      key: "made",
      kind,
      studyUid,
      ...(seriesUid === null ? {} : { seriesUid }),
      hasLungs: member.lungs !== null,
      ...(whole === null ? {} : { wholePlanesMm: whole.heightsMm }),
      patientDigest: null,
      storedPx: trialRecipe.storedPx,
      slices,
      labelledSlices: null,
      ...known,
    });
    return {
      caseId,
      path: `studies/${index}`,
      subjectId: subject,
      studyUid,
      label,
      ...(columns === undefined ? {} : { columns }),
      prepared: { slices: slices.length, ...known },
    };
  });
  const arePictures = members.every(({ kind }) => kind === "pictures");
  const dataset: Dataset = {
    format: "groundglass-dataset/1",
    groundglassVersion: "0.0.0",
    level: "study",
    classes: classes.filter((name) => members.some(({ label }) => label === name)),
    recipe: arePictures ? picturesRecipe(trialRecipe) : trialRecipe,
    warnings: [],
    cases,
    excluded: [],
  };
  return { dataset, splits: makeSplits(cases, { seed }), prepared };
}

/** Writes a set as `prepare` leaves it. */
export async function writeAuditSet(folder: string, members: readonly Member[], seed: number): Promise<void> {
  const { dataset, splits, prepared } = auditSetOf(members, seed);
  for (const [index, one] of [...prepared.values()].entries()) {
    const { pixels, lungs, whole } = members[index] as Member;
    await writePreparedCase(folder, one, pixels, { lungs, wholePlanes: whole?.pixels ?? null });
  }
  const paths = datasetPaths(folder);
  await writeJson(paths.splits, splits);
  await writeJson(paths.dataset, dataset);
}

/** What may be done to a study before it comes again under another name. */
export const copyings = [
  "as it is",
  "windowed",
  "scaled to 80 %",
  "JPEG, quality 50",
  "cropped by 5 %",
  "all four",
] as const;
export type Copying = (typeof copyings)[number];

/** A volume as it might come from another archive: other UIDs, and changed as named. */
export async function copyVolume(volume: Volume, how: Copying, name: string): Promise<Volume> {
  let made = volume;
  if (how === "windowed" || how === "all four") made = windowed(made);
  if (how === "scaled to 80 %" || how === "all four") made = inPlane(made, { scale: 0.8, crop: 0 });
  if (how === "JPEG, quality 50" || how === "all four") made = await throughJpeg(made);
  if (how === "cropped by 5 %" || how === "all four") made = inPlane(made, { scale: 1, crop: 0.05 });
  const sliceNames = made.sliceNames.map((_, i) => `${name}.${i}`);
  return { ...made, sliceNames, series: { ...made.series, studyUid: name, seriesUid: `${name}.0` } };
}

/** Clipped to a window and stretched, as an export in 8 bits read as HU would be. */
function windowed(volume: Volume): Volume {
  return {
    ...volume,
    voxels: volume.voxels.map((hu) => Math.round(0.85 * Math.max(-1050, Math.min(450, hu)) - 120)),
  };
}

async function throughJpeg(volume: Volume): Promise<Volume> {
  const [slices, rows, columns] = volume.shape;
  const voxels = new Int16Array(volume.voxels.length);
  for (let z = 0; z < slices; z++) {
    const hu = volume.voxels.subarray(z * rows * columns, (z + 1) * rows * columns);
    const grey = Uint8Array.from(hu, (value) => Math.max(0, Math.min(255, Math.round((value + 1200) / 7))));
    const raw = { width: columns, height: rows, channels: 1 } as const;
    const jpeg = await sharp(grey, { raw }).jpeg({ quality: 50 }).toBuffer();
    const back = await sharp(jpeg).extractChannel(0).raw().toBuffer();
    voxels.set(
      Int16Array.from(back, (value) => value * 7 - 1200),
      z * rows * columns,
    );
  }
  return { ...volume, voxels };
}

/** Each slice cropped (off centre) and at another size. crop, scale: shares of the side. */
function inPlane(volume: Volume, { scale, crop }: { readonly scale: number; readonly crop: number }): Volume {
  const [slices, rows, columns] = volume.shape;
  const kept = 1 - crop;
  const [newRows, newColumns] = [Math.round(rows * kept * scale), Math.round(columns * kept * scale)];
  const [top, left] = [0.3 * crop * rows, 0.7 * crop * columns];
  const voxels = new Int16Array(slices * newRows * newColumns);
  for (let z = 0; z < slices; z++) {
    for (let y = 0; y < newRows; y++) {
      const sourceY = top + ((y + 0.5) * rows * kept) / newRows - 0.5;
      const y0 = Math.max(0, Math.min(rows - 2, Math.floor(sourceY)));
      const fy = Math.max(0, Math.min(1, sourceY - y0));
      for (let x = 0; x < newColumns; x++) {
        const sourceX = left + ((x + 0.5) * columns * kept) / newColumns - 0.5;
        const x0 = Math.max(0, Math.min(columns - 2, Math.floor(sourceX)));
        const fx = Math.max(0, Math.min(1, sourceX - x0));
        const at = (z * rows + y0) * columns + x0;
        const value = (i: number) => volume.voxels[i] as number;
        const upper = value(at) * (1 - fx) + value(at + 1) * fx;
        const lower = value(at + columns) * (1 - fx) + value(at + columns + 1) * fx;
        voxels[(z * newRows + y) * newColumns + x] = Math.round(upper * (1 - fy) + lower * fy);
      }
    }
  }
  const { originMm, spacingMm, axes } = volume.geometry;
  const stepMm = (size: number, all: number, now: number) => (size * all * kept) / now;
  const spacing = [
    spacingMm[0],
    stepMm(spacingMm[1], rows, newRows),
    stepMm(spacingMm[2], columns, newColumns),
  ] as const;
  return { ...volume, voxels, shape: [slices, newRows, newColumns], geometry: { originMm, spacingMm: spacing, axes } };
}
