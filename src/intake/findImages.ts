import { InputError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import type { Picture } from "../study/volume.ts";
import { planesOf } from "../study/volumePlanes.ts";
import type { Warning } from "../study/warning.ts";
import { type ChosenSeries, chestRank, chooseSeries, isCtImage } from "./chooseSeries.ts";
import type { IntakeFile } from "./intakeFile.ts";
import type { IntakeSettings } from "./intakeSettings.ts";
import { listFiles } from "./listFiles.ts";
import { niftiVolume } from "./niftiVolume.ts";
import { type PlannedVolume, planVolume } from "./planVolume.ts";
import { type ReadPicture, readPicture } from "./readPicture.ts";
import type { ReadStudyOptions, StudyReading } from "./readStudy.ts";
import { type Scan, type ScannedInstance, scanFiles } from "./scanFiles.ts";
import { filesInside, filesOfSources } from "./studySource.ts";
import { fileStudyUid, studiesIn } from "./studyUid.ts";

/** A study as found by its headers; of DICOM, no pixels are read yet. */
export interface FoundStudy extends Omit<StudyReading, "images"> {
  readonly images:
    | { readonly kind: "volume"; readonly volume: PlannedVolume }
    | { readonly kind: "pictures"; readonly pictures: readonly Picture[] };
}

/** What readStudy reads, as far as the headers of its files tell; its errors but those of the pixels. */
export async function findImages(
  path: string,
  options: ReadStudyOptions,
  settings: IntakeSettings,
): Promise<FoundStudy> {
  const { sources } = options;
  const { files, warnings } = sources
    ? { files: await filesOfSources(sources, settings), warnings: [] }
    : await listFiles(path, settings);
  const scan = await scanFiles(files, settings, { inside: sources && filesInside(sources) });
  if (scan.instances.length + scan.broken.length > 0) return readDicom(scan, settings, options, warnings);
  if (scan.niftis.length > 0) return readNifti(scan, settings, warnings);
  if (scan.pictures.length > 0) return readPictures(scan, settings, warnings);
  throw new InputError(
    "NO_IMAGES",
    `No images are at ${path} (files of other kinds: ${scan.others.length}). Expected DICOM, NIfTI, PNG or JPEG files, or a zip of them.`,
  );
}

async function readDicom(
  scan: Scan,
  settings: IntakeSettings,
  options: ReadStudyOptions,
  listed: readonly Warning[],
): Promise<FoundStudy> {
  const warnings = [...listed];
  const { studyUid, instances, otherStudies } = pickStudy(scan, options);
  const whole = instances.filter(({ instance }) => !instance.isCut);
  const chosen = chooseOrExplain(scan, instances, whole, settings, options.seriesUid);
  refuseBroken(scan, instances, chosen.stack.seriesUid);
  refuseMixedKernels(chosen);
  if (chosen.leftAside > 0) warnings.push(leftAside(chosen));
  if (chosen.kernels.length > 1) warnings.push(severalKernels(chosen));
  if (otherStudies > 0) {
    warnings.push({
      code: "OTHER_STUDIES",
      message: `${otherStudies} other studies without CT images lie under the path and were left aside.`,
    });
  }
  warnings.push(...ignoredFiles(scan, scan.others.length + scan.niftis.length + scan.pictures.length));
  warnings.push(...whatTheHeaderSays(chosen, settings));
  const volume = planVolume(chosen.stack, studyUid, settings);
  const patientId = instances.find(({ instance }) => instance.patientIdSha256)?.instance.patientIdSha256;
  return {
    studyUid,
    subjectId: subjectIdOf(patientId ?? sha256Hex(studyUid)),
    images: { kind: "volume", volume },
    seriesChoice: { read: volume.series, reason: chosen.reason, others: chosen.others },
    warnings: [...warnings, ...volume.warnings],
  };
}

interface PickedStudy {
  readonly studyUid: string;
  readonly instances: readonly ScannedInstance[];
  /** Studies without CT images. */
  readonly otherStudies: number;
}

/** The study asked for, or the only one with CT images. */
function pickStudy(scan: Scan, { studyUid, seriesUid }: ReadStudyOptions): PickedStudy {
  const studies = studiesIn(scan.instances);
  const pick = (uid: string, others: number): PickedStudy => ({
    studyUid: uid,
    instances: studies.get(uid) ?? [],
    otherStudies: others,
  });
  if (studyUid !== undefined) {
    if (studies.has(studyUid)) return pick(studyUid, 0);
    throw new InputError(
      "STUDY_UNKNOWN",
      `The study asked for is not among the ${studies.size} under the path. Check its UID.`,
    );
  }
  const uids = [...studies.keys()];
  const withSeries = uids.find((uid) => studies.get(uid)?.some(({ instance }) => instance.seriesUid === seriesUid));
  if (seriesUid !== undefined && withSeries !== undefined) return pick(withSeries, 0);
  const withCt = uids.filter((uid) => studies.get(uid)?.some(({ instance }) => isCtImage(instance)));
  if (withCt.length > 1) {
    throw new InputError(
      "STUDY_SEVERAL",
      `${withCt.length} studies with CT images lie under the path (${withCt.slice(0, 3).join(", ")}${withCt.length > 3 ? ", …" : ""}). Name the folder of one study, or its UID.`,
    );
  }
  const [only = uids[0] ?? ""] = withCt;
  return pick(only, Math.max(0, uids.length - 1));
}

/** Where a broken file may be why nothing can be read, that is the error. */
function chooseOrExplain(
  scan: Scan,
  instances: readonly ScannedInstance[],
  whole: readonly ScannedInstance[],
  settings: IntakeSettings,
  seriesUid: string | undefined,
): ChosenSeries {
  try {
    return chooseSeries(whole, settings, seriesUid);
  } catch (error) {
    refuseBroken(scan, instances);
    throw error;
  }
}

/**
 * A file that ends before its pixels belongs to the series, unless it says that it belongs to another or is no CT image.
 * seriesUid: undefined asks for a broken file of any series.
 */
function refuseBroken(scan: Scan, instances: readonly ScannedInstance[], seriesUid?: string): void {
  const cut = instances.find(
    ({ instance }) =>
      instance.isCut &&
      (isCtImage(instance) || (instance.sopClassUid === "" && instance.modality === "")) &&
      (seriesUid === undefined || instance.seriesUid === "" || instance.seriesUid === seriesUid),
  );
  const broken = cut?.file ?? scan.broken[0];
  if (!broken) return;
  throw new InputError(
    "FILE_TRUNCATED",
    `${broken.path} is no whole DICOM file: it was cut short or damaged. Copy or export the series again.`,
  );
}

/** Slices of two reconstructions in one stack would put another texture on every other slice. */
function refuseMixedKernels({ stack }: ChosenSeries): void {
  const kernels = [...new Set(stack.planes.map(({ scanned }) => scanned.instance.kernel ?? "none given"))].sort();
  if (kernels.length < 2) return;
  throw new InputError(
    "KERNELS_MIXED",
    `Series ${stack.seriesUid} holds slices of ${kernels.length} convolution kernels (${kernels.join(", ")}), expected one. Export each reconstruction as a series of its own.`,
  );
}

function severalKernels({ stack, kernels, reason }: ChosenSeries): Warning {
  const found = `The study has series of ${kernels.length} convolution kernels (${kernels.join(", ")})`;
  const read = stack.instance.kernel ?? "the one without a kernel";
  return { code: "KERNELS_SEVERAL", message: `${found}; ${read} was chosen: ${reason}.` };
}

function leftAside(chosen: ChosenSeries): Warning {
  const { stack } = chosen;
  const message = `${chosen.leftAside} images of series ${stack.seriesUid} differ in size, direction or acquisition from the ${stack.planes.length} that were read, or say not where they stand, and were left aside.`;
  return { code: "SERIES_MIXED", message };
}

/** Of the chosen series, by its attributes alone. */
function whatTheHeaderSays({ stack }: ChosenSeries, settings: IntakeSettings): Warning[] {
  const warnings: Warning[] = [];
  const { instance, normal, planes } = stack;
  if (chestRank(stack) === 2) {
    warnings.push({
      code: "BODY_PART",
      message:
        "The files name another part of the body than the chest (Body Part Examined). Check that this is a chest CT.",
    });
  }
  if (planes.some(({ scanned }) => scanned.instance.hasContrastMedium)) {
    warnings.push({
      code: "CONTRAST_MEDIUM",
      message: "The scan was made with contrast medium. Vessels and consolidation look otherwise without it.",
    });
  }
  if (stack.joined > 1) {
    warnings.push({
      code: "ACQUISITIONS_JOINED",
      message: `Series ${instance.seriesUid} shows the body in ${stack.joined} acquisitions one above the other; they were joined where they meet, and the overlap left aside.`,
    });
  }
  const degrees = (Math.acos(Math.min(1, normal[2])) * 180) / Math.PI;
  if (degrees > settings.obliqueDegrees) {
    warnings.push({
      code: "OBLIQUE",
      message: `The slices of series ${instance.seriesUid} lean by ${degrees.toFixed(1)}° from axial. They are looked at as they are.`,
    });
  }
  return warnings;
}

async function readNifti(scan: Scan, settings: IntakeSettings, listed: readonly Warning[]): Promise<FoundStudy> {
  const [file, ...more] = scan.niftis as [IntakeFile, ...IntakeFile[]];
  if (more.length > 0) {
    throw new InputError(
      "STUDY_SEVERAL",
      `${more.length + 1} NIfTI files lie under the path. Name one of them; a mask beside a volume is no study.`,
    );
  }
  const studyUid = await fileStudyUid([file]);
  const volume = niftiVolume(file, await file.whole(), studyUid, settings);
  return {
    studyUid,
    subjectId: subjectIdOf(sha256Hex(studyUid)),
    images: { kind: "volume", volume: { ...planesOf(volume), isPlanewise: false } },
    seriesChoice: null,
    warnings: [...listed, ...ignoredFiles(scan, scan.others.length + scan.pictures.length), ...volume.warnings],
  };
}

async function readPictures(scan: Scan, settings: IntakeSettings, listed: readonly Warning[]): Promise<FoundStudy> {
  if (scan.pictures.length > settings.maxSlices) {
    throw new InputError(
      "TOO_LARGE",
      `${scan.pictures.length} pictures lie under the path, more than intake.maxSlices (${settings.maxSlices}) allows. Name the folder of one study.`,
    );
  }
  const files = [...scan.pictures].sort((a, b) => naturalOrder.compare(a.path, b.path));
  const studyUid = await fileStudyUid(files);
  const warnings = [...listed, ...ignoredFiles(scan, scan.others.length)];
  const read: ReadPicture[] = [];
  for (let i = 0; i < files.length; i += 4) {
    read.push(...(await Promise.all(files.slice(i, i + 4).map((file) => readPicture(file, settings)))));
  }
  const dim = read.filter(({ isDim }) => isDim).length;
  if (dim > 0) {
    warnings.push({
      code: "PICTURES_DIM",
      message: `${dim} pictures of 16 bits use less than a quarter of their range and are dark and coarse in 8 bits. Window them first.`,
    });
  }
  return {
    studyUid,
    subjectId: subjectIdOf(sha256Hex(studyUid)),
    images: { kind: "pictures", pictures: read.map(({ picture }) => picture) },
    seriesChoice: null,
    warnings,
  };
}

const naturalOrder = new Intl.Collator("en", { numeric: true });

const subjectIdOf = (sha256: string) => `subject-${sha256.slice(0, 12)}`;

function ignoredFiles(scan: Scan, count: number): Warning[] {
  if (count === 0) return [];
  const first = [...scan.others, ...scan.niftis, ...scan.pictures][0]?.path;
  return [
    {
      code: "FILES_IGNORED",
      message: `${count} files under the path are not images of this study and were left aside (the first: ${first}).`,
    },
  ];
}
