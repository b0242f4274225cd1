import type { SeriesRef, StudyImages } from "../study/volume.ts";
import { allOf, eachSlab, planesOf, type StudyPlanes, type VolumePlanes, wholeVolume } from "../study/volumePlanes.ts";
import type { Warning } from "../study/warning.ts";
import { checkVolume, planeCheck } from "./checkVolume.ts";
import type { OtherSeries } from "./chooseSeries.ts";
import { type FoundStudy, findImages } from "./findImages.ts";
import { type IntakeSettings, intakeSettingsOf } from "./intakeSettings.ts";
import type { StudySource } from "./studySource.ts";
import { weighFindings } from "./weighFindings.ts";

/** A study as read. Holds no name, birth date or ID of the patient. */
export interface StudyReading {
  /** DICOM's Study Instance UID, or "file:" and a hash for other files. */
  readonly studyUid: string;
  /** "subject-" and the first 12 hexadecimal digits of the SHA-256 of the Patient ID, or of the study's UID without one. */
  readonly subjectId: string;
  readonly images: StudyImages;
  /** Which series of a DICOM study was read, and why; null for other files. */
  readonly seriesChoice: {
    readonly read: SeriesRef;
    readonly reason: string;
    readonly others: readonly OtherSeries[];
  } | null;
  /** All of them, the volume's own included. */
  readonly warnings: readonly Warning[];
}

export interface ReadStudyOptions {
  /** Read this series, instead of the one that would be chosen. */
  readonly seriesUid?: string;
  /** Read this study, where several lie under the path. */
  readonly studyUid?: string;
  /** Look at nothing else than these files under the path, as findStudies gives them. */
  readonly sources?: readonly StudySource[];
  /** Settings that differ from the defaults. */
  readonly intake?: Partial<IntakeSettings>;
}

/**
 * One study, read from a folder of any nesting, a zip archive, a DICOM, NIfTI, PNG or JPEG file or a folder of pictures.
 *
 * Files are told by their content. DICOM goes before NIfTI, NIfTI before pictures.
 * @throws InputError NO_IMAGES, NO_CT, NO_AXIAL_SERIES, STUDY_SEVERAL, STUDY_UNKNOWN, SERIES_UNKNOWN, SERIES_UNREADABLE,
 * FILE_MISSING, FILE_TRUNCATED, KERNELS_MIXED; those of scanFiles, planVolume, niftiVolume and readPicture; and the code of
 * any finding that the settings refuse: without settings, SLICE_GAP.
 */
export async function readStudy(path: string, options: ReadStudyOptions = {}): Promise<StudyReading> {
  const settings = intakeSettingsOf(options.intake);
  return readWhole(await findWeighed(path, options, settings), settings);
}

/** A study whose planes may still have to be read. */
export interface StudyOpening extends Omit<StudyReading, "images" | "warnings"> {
  readonly images: StudyPlanes;
  /**
   * All warnings, once all planes have been seen: those that nobody has asked for are read now.
   * @throws the code of any warning that the settings refuse, and what reading throws.
   */
  warnings(): Promise<readonly Warning[]>;
}

export interface OpenStudyOptions extends ReadStudyOptions {
  /** Larger volumes are not read whole. By default 400 slices of 512², as many as are looked at where all are needed together. */
  readonly mostVoxelsWhole?: number;
}

/**
 * As readStudy, but the planes of a long DICOM series, each a file of its own, are read when they are asked for.
 *
 * @throws as readStudy; of a long series, what is wrong with a plane when it is read.
 */
export async function openStudy(path: string, options: OpenStudyOptions = {}): Promise<StudyOpening> {
  const { mostVoxelsWhole = 400 * 512 ** 2 } = options;
  const settings = intakeSettingsOf(options.intake);
  const found = await findWeighed(path, options, settings);
  const { images } = found;
  if (images.kind === "volume" && images.volume.isPlanewise && voxelsOf(images.volume) > mostVoxelsWhole) {
    const { planes, seen } = checkedPlanes(images.volume, settings);
    const warnings = async () => [...found.warnings, ...weighFindings(await seen(), settings.findings)];
    return { ...found, images: { kind: "volume", volume: planes }, warnings };
  }
  const reading = await readWhole(found, settings);
  return { ...reading, images: planesOfImages(reading.images), warnings: async () => reading.warnings };
}

const voxelsOf = ({ shape }: VolumePlanes) => shape[0] * shape[1] * shape[2];

function planesOfImages(images: StudyImages): StudyPlanes {
  return images.kind === "volume" ? { kind: "volume", volume: planesOf(images.volume) } : images;
}

/** Planes that are checked when they are read for the first time; what was not read before is read for seen(). */
function checkedPlanes(
  planes: VolumePlanes,
  settings: IntakeSettings,
): { readonly planes: VolumePlanes; readonly seen: () => Promise<Warning[]> } {
  const check = planeCheck(planes, settings);
  const area = planes.shape[1] * planes.shape[2];
  const checked: VolumePlanes = {
    ...planes,
    async read(indices) {
      const voxels = await planes.read(indices);
      for (const [i, z] of indices.entries()) check.add(z, voxels.subarray(i * area, (i + 1) * area));
      return voxels;
    },
  };
  const seen = async () => {
    const unseen = allOf(planes).filter((z) => !check.hasSeen(z));
    await eachSlab(checked, unseen, () => {});
    return check.warnings();
  };
  return { planes: checked, seen };
}

/** What the files say of themselves is weighed before their pixels are read. */
async function findWeighed(path: string, options: ReadStudyOptions, settings: IntakeSettings): Promise<FoundStudy> {
  const found = await findImages(path, options, settings);
  return { ...found, warnings: weighFindings(found.warnings, settings.findings) };
}

async function readWhole(found: FoundStudy, settings: IntakeSettings): Promise<StudyReading> {
  const { images, warnings } = found;
  if (images.kind === "pictures") return { ...found, images };
  const { isPlanewise: _, ...planes } = images.volume;
  const volume = await wholeVolume(planes);
  const seen = weighFindings(checkVolume(volume, settings), settings.findings);
  return { ...found, images: { kind: "volume", volume }, warnings: [...warnings, ...seen] };
}
