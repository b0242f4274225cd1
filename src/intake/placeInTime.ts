import { studyMoment } from "../dicom/studyMoment.ts";
import { type IntakeSettings, intakeSettingsOf } from "./intakeSettings.ts";
import { listFiles } from "./listFiles.ts";
import { parseLimitsOf, scanFiles } from "./scanFiles.ts";
import { studiesIn } from "./studyUid.ts";

/** A study to place: a path as readStudy takes it, and its UID where several lie under the path. */
export interface StudyToPlace {
  readonly path: string;
  readonly studyUid?: string;
}

/** How studies follow one another. No date is in it, only what lies between. */
export interface PlacesInTime {
  /** Whole days since the earliest of the studies, in the order in which they were given; null where a study has no date. */
  readonly days: readonly (number | null)[];
  /** The studies' indices in the order of time, those of one day by the hour; those without a date last. */
  readonly order: readonly number[];
  /** How many different Patient IDs the studies have; a study without one does not count. */
  readonly subjects: number;
}

const headBytes = 64 * 2 ** 10;

/**
 * How a subject's studies lie in time, by DICOM's Study Date and Time. The dates themselves go no further than here.
 * @throws InputError as listFiles and scanFiles.
 */
export async function placeInTime(
  studies: readonly StudyToPlace[],
  options: { readonly intake?: Partial<IntakeSettings> | undefined } = {},
): Promise<PlacesInTime> {
  const settings = intakeSettingsOf(options.intake);
  const moments: (number | null)[] = [];
  const patients = new Set<string>();
  for (const { path, studyUid } of studies) {
    const { files } = await listFiles(path, settings);
    const { instances } = await scanFiles(files, settings);
    const own = studyUid === undefined ? instances : (studiesIn(instances).get(studyUid) ?? []);
    const [first] = own;
    moments.push(first ? studyMoment(await first.file.head(headBytes), parseLimitsOf(settings)) : null);
    const patient = own.find(({ instance }) => instance.patientIdSha256)?.instance.patientIdSha256;
    if (patient !== undefined) patients.add(patient);
  }
  const known = moments.filter((moment) => moment !== null);
  const firstDay = Math.floor(Math.min(...known));
  const latest = Number.POSITIVE_INFINITY;
  return {
    days: moments.map((moment) => (moment === null ? null : Math.floor(moment) - firstDay)),
    order: moments.map((_, i) => i).sort((a, b) => compared(moments[a] ?? latest, moments[b] ?? latest) || a - b),
    subjects: patients.size,
  };
}

const compared = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);
