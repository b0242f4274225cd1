import { basename, join } from "node:path";
import { concatenated } from "../base/concatenated.ts";
import { InputError } from "../base/errors.ts";
import { readBytes } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import { parseInstance } from "../dicom/parseInstance.ts";
import type { IntakeSettings } from "../intake/intakeSettings.ts";
import { openStudy, readStudy, type StudyOpening, type StudyReading } from "../intake/readStudy.ts";
import type { StudySource } from "../intake/studySource.ts";
import { weighFindings } from "../intake/weighFindings.ts";
import { prepareStudyImages } from "../slices/prepareStudyImages.ts";
import type { SliceImage } from "../slices/sliceImage.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import { attributesByPlane, studyAttributes } from "../slices/studyAttributes.ts";
import { type WholePlanes, wholePlanes } from "../slices/wholePlanes.ts";
import type { Picture } from "../study/volume.ts";
import type { StudyPlanes } from "../study/volumePlanes.ts";
import type { Warning } from "../study/warning.ts";
import { type BesidePixels, type PreparedCase, writePreparedCase } from "./preparedSlices.ts";
import { subjectOf } from "./subjectOf.ts";

/** All that is needed to prepare one study, in any thread. */
export interface CaseJob {
  readonly caseId: string;
  readonly key: string;
  readonly data: string;
  readonly out: string;
  /** Relative to data, as in a LabelledStudy. */
  readonly path: string;
  readonly pictures: readonly string[] | null;
  /** What the study is read from, where the label file names it by its UID; then the path is that. */
  readonly sources?: readonly StudySource[];
  /** The series to read; null: the one that would be chosen. */
  readonly seriesUid: string | null;
  /** Only these slices are kept; null: all that the recipe keeps. */
  readonly labelledSlices: readonly { readonly slice: string; readonly line: number }[] | null;
  /** Whether slices without a label are kept beside those with one. */
  readonly keepsAll?: boolean;
  /** Where the study and its slices are labelled, for messages. */
  readonly source: { readonly labelFile: string; readonly line: number; readonly sliceLabelFile: string };
  /** Whether a study that cannot be used is thrown as an error, instead of returned. */
  readonly isFaultThrown: boolean;
  readonly recipe: SliceRecipe;
  /** Settings of the reading that differ from the defaults. */
  readonly intake: Partial<IntakeSettings>;
  /** Of all its files. */
  readonly bytes: number;
}

/** null where the case is prepared; else why the study cannot be used. */
export type CaseOutcome = { readonly code: string; readonly message: string } | null;

/** Studies are prepared side by side already: one decoding thread each. */
const inOneThread = { decodeWorkers: 1 };

/**
 * Prepares a study and writes it into the dataset; returns why not, where the study itself is at fault.
 * @throws InputError LABELS_SLICE_UNKNOWN, LABELS_DUPLICATE; with isFaultThrown, the study's fault with its row; as writeFileWhole.
 */
export async function prepareCase(job: CaseJob): Promise<CaseOutcome> {
  const result = await prepareSlices(job).catch((error: unknown) => {
    if (!(error instanceof InputError) || error.code.startsWith("LABELS_")) throw error;
    if (!job.isFaultThrown) return { code: error.code, message: error.message };
    const { labelFile, line } = job.source;
    throw new InputError(error.code, `${labelFile} line ${line}: ${error.message}`, { cause: error });
  });
  if ("code" in result) return result;
  await writePreparedCase(job.out, result.prepared, result.pixels, result);
  return null;
}

async function prepareSlices(job: CaseJob): Promise<{ prepared: PreparedCase; pixels: Uint8Array } & BesidePixels> {
  const read = await readCase(job);
  const labelled = await findLabelledSlices(job, read.images);
  const wanted = job.keepsAll === true ? null : labelled;
  const recipe = wanted === null ? job.recipe : { ...job.recipe, maxSlices: null };
  const byPlane = read.images.kind === "volume" ? attributesByPlane(read.images.volume) : null;
  const seen: { whole: WholePlanes | null } = { whole: null };
  const made = await prepareStudyImages(read.images, recipe, {
    onThin: (thin) => {
      seen.whole = wholePlanes(thin);
    },
    ...(byPlane && { onPlane: byPlane.add }),
  });
  const readWarnings = await read.warnings();
  const { slices, warnings } = keepLabelled(made.slices, wanted, job.recipe.maxSlices);
  if (slices.length === 0) {
    throw new InputError(
      "NO_SLICES_LEFT",
      `The recipe keeps none of the ${countSlices(read.images)} slices${wanted === null ? "" : " that carry a label"}. Check that the study shows lungs, or lower the recipe's minLungAreaMm2.`,
    );
  }
  const pixels = concatenated(slices.map((slice) => slice.pixels));
  const lungs = made.mask === null ? null : concatenated(slices.flatMap((slice) => slice.lungs ?? []));
  const attributes =
    read.images.kind === "volume" ? (byPlane?.found(made.mask) ?? {}) : studyAttributes(read.images, null);
  const prepared: PreparedCase = {
    format: "groundglass-case/1",
    caseId: job.caseId,
    key: job.key,
    kind: read.images.kind,
    studyUid: read.studyUid,
    ...(read.images.kind === "volume" ? { seriesUid: read.images.volume.series.seriesUid } : {}),
    hasLungs: lungs !== null,
    ...(seen.whole === null ? {} : { wholePlanesMm: seen.whole.heightsMm }),
    patientDigest: read.subjectId === subjectOf(read.studyUid) ? null : read.subjectId,
    storedPx: job.recipe.storedPx,
    slices: slices.map(({ pixels: _, lungs: __, ...slice }) => slice),
    labelledSlices: labelled,
    pixelsSha256: sha256Hex(pixels),
    lungsMl: typeof attributes.lungsMl === "number" ? attributes.lungsMl : null,
    attributes,
    warnings: unique([...readWarnings, ...weighFindings(made.warnings, job.intake.findings), ...warnings]),
  };
  return { prepared, pixels, lungs, wholePlanes: seen.whole?.pixels ?? null };
}

async function readCase(job: CaseJob): Promise<StudyOpening> {
  const { data, path, pictures, sources, seriesUid } = job;
  const intake = { ...job.intake, ...inOneThread };
  const series = seriesUid === null ? {} : { seriesUid };
  if (sources) return openStudy(data, { intake, ...series, studyUid: path, sources });
  if (pictures === null) return openStudy(join(data, path), { intake, ...series });
  const readings: StudyReading[] = [];
  for (const picture of pictures) readings.push(await readStudy(join(data, picture), { intake }));
  const images = readings.flatMap(({ images }): readonly Picture[] =>
    images.kind === "pictures" ? images.pictures : [],
  );
  const studyUid = `file:${sha256Hex(readings.map((reading) => reading.studyUid).join("\n")).slice(0, 32)}`;
  return {
    studyUid,
    subjectId: subjectOf(studyUid),
    images: { kind: "pictures", pictures: images },
    seriesChoice: null,
    warnings: async () => readings.flatMap(({ warnings }) => warnings),
  };
}

async function findLabelledSlices(job: CaseJob, images: StudyPlanes): Promise<Record<string, number> | null> {
  if (job.labelledSlices === null) return null;
  const names = images.kind === "volume" ? images.volume.sliceNames : images.pictures.map(({ name }) => name);
  const found = new Map<number, number>();
  const indices: Record<string, number> = {};
  for (const { slice, line } of job.labelledSlices) {
    const index = await findSlice(job, names, slice);
    if (index < 0) {
      throw new InputError(
        "LABELS_SLICE_UNKNOWN",
        `${job.source.sliceLabelFile} line ${line}: the study has no slice "${slice}"; it has ${names.length}. Expected a SOP Instance UID, a file name, or an index from the feet counted from 0, of the series that was read.`,
      );
    }
    const before = found.get(index);
    if (before !== undefined) {
      throw new InputError(
        "LABELS_DUPLICATE",
        `${job.source.sliceLabelFile} line ${line}: this slice is labelled on line ${before} already, by another of its names. Remove one of the two rows.`,
      );
    }
    found.set(index, line);
    indices[slice] = index;
  }
  return indices;
}

/** −1 where the study has no such slice, or several of this name. */
async function findSlice(job: CaseJob, names: readonly string[], slice: string): Promise<number> {
  const byName = names.indexOf(slice);
  if (byName >= 0) return names.lastIndexOf(slice) === byName ? byName : -1;
  if (/^\d+$/.test(slice)) return Number(slice) < names.length ? Number(slice) : -1;
  if (slice !== basename(slice) || /^[\d.]+$/.test(slice)) return -1;
  const file = await readBytes(fileNamed(slice, job)).catch(() => null);
  const uid = file && parseInstance(file)?.sopInstanceUid;
  return uid ? names.indexOf(uid) : -1;
}

function fileNamed(name: string, { data, path, sources }: CaseJob): string {
  if (!sources) return join(data, path, name);
  return sources.find((source) => source.inside === undefined && basename(source.path) === name)?.diskPath ?? "";
}

function keepLabelled(
  slices: readonly SliceImage[],
  labelled: Readonly<Record<string, number>> | null,
  maxSlices: number | null,
): { slices: readonly SliceImage[]; warnings: Warning[] } {
  if (labelled === null) return { slices, warnings: [] };
  const indices = new Set(Object.values(labelled));
  const kept = slices.filter(({ sliceIndex }) => indices.has(sliceIndex));
  const lost = indices.size - kept.length;
  const warnings =
    lost === 0
      ? []
      : [
          {
            code: "LABELLED_SLICES_LEFT_OUT",
            message: `${lost} of ${indices.size} labelled slices show too little lung for the recipe and were left out.`,
          },
        ];
  if (maxSlices === null || kept.length <= maxSlices) return { slices: kept, warnings };
  const spaced = Array.from({ length: maxSlices }, (_, i) => Math.floor(((i + 0.5) * kept.length) / maxSlices));
  return { slices: spaced.map((place) => kept[place] as SliceImage), warnings };
}

function countSlices(images: StudyPlanes): number {
  return images.kind === "volume" ? images.volume.shape[0] : images.pictures.length;
}

/** Planes of one size one after the other; those that lie so in memory already are not copied. */
function unique(warnings: readonly Warning[]): Warning[] {
  return [...new Map(warnings.map((warning) => [`${warning.code} ${warning.message}`, warning])).values()];
}
