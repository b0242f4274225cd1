import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { isThere, readJson } from "../base/files.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import type { AskingOptions } from "../classifier/openAsked.ts";
import { findStudies } from "../intake/findStudies.ts";
import type { IntakeSettings } from "../intake/intakeSettings.ts";
import { placeInTime } from "../intake/placeInTime.ts";
import { readStudy } from "../intake/readStudy.ts";
import { isolateLungs } from "../lungs/isolateLungs.ts";
import { defaultLungs } from "../lungs/lungSettings.ts";
import { type CoronalMap, coronalMap } from "../scope/coronalMap.ts";
import { measureScope } from "../scope/measureScope.ts";
import { compareInTime } from "./compareInTime.ts";
import { type DiagnosedStudy, diagnose } from "./diagnose.ts";
import { type Diagnosis, diagnosisSchema } from "./diagnosis.ts";
import type { FollowedStudy, FollowUp } from "./followUp.ts";
import { type LevelPicture, levelPictures } from "./levelPictures.ts";

export interface FollowOptions extends AskingOptions {
  /** Folder of the classifier to ask; left out, only the scope is measured. */
  readonly classifier?: string | undefined;
  /** Days since the first study, in the order in which the studies are given or, below one folder, of their paths. */
  readonly days?: readonly number[] | undefined;
  readonly intake?: Partial<IntakeSettings> | undefined;
  /** One of the paths, a study that was diagnosed with followedLevels just now and need not be looked at again. */
  readonly diagnosed?: { readonly path: string; readonly diagnosed: DiagnosedStudy } | undefined;
  readonly clock: () => number;
  readonly progress?: Progress | undefined;
}

/** What there is to look at of a study that is followed; nothing of one that was diagnosed before. */
export interface FollowedPictures {
  readonly map: CoronalMap | null;
  /** From the lowest to the highest of followedLevels. */
  readonly levels: readonly LevelPicture[];
}

/** Heights of the lungs at which studies are shown side by side. */
export const followedLevels = [0.2, 0.4, 0.6, 0.8] as const;

/**
 * A subject's studies in the order of time: how much of the lungs is diseased in each, what changed, and by how much more than the
 * error of measuring.
 *
 * paths: one folder that holds the subject's studies, or several studies; a folder with a diagnosis.json is taken as it was
 * diagnosed, and then the days must be given. The pictures are in the order of the studies.
 * @throws InputError FOLLOW_STUDIES_FEW, FOLLOW_DAYS_UNKNOWN, FOLLOW_DAYS_COUNT, FOLLOW_SUBJECTS_DIFFER, FOLLOW_WITHOUT_SCOPE; as
 * findStudies, readStudy and diagnose.
 */
export async function follow(
  paths: readonly string[],
  options: FollowOptions,
): Promise<{ followUp: FollowUp; pictures: FollowedPictures[] }> {
  const { progress = noProgress } = options;
  const sources = (await Promise.all(paths.map((path) => sourcesIn(path, options)))).flat();
  if (sources.length < 2) {
    throw new InputError(
      "FOLLOW_STUDIES_FEW",
      `${sources.length === 1 ? "One study was" : "No studies were"} found, expected two or more of one subject. Name the subject's folder, or all of its studies.`,
    );
  }
  const { days, order } = await placed(sources, options);
  const followed: FollowedStudy[] = [];
  const pictures: FollowedPictures[] = [];
  const classesOf = new Set<string>();
  for (const [done, index] of order.entries()) {
    progress({ stage: "following", done, total: order.length });
    const looked = await look(sources[index], options);
    if (looked.classes !== null) classesOf.add(JSON.stringify(looked.classes));
    followed.push({ ...looked.study, daysAfterFirst: days[index] });
    pictures.push(looked.pictures);
  }
  progress({ stage: "following", done: order.length, total: order.length });
  const [only] = classesOf.size === 1 ? classesOf : [];
  return { followUp: compareInTime(followed, only === undefined ? null : (JSON.parse(only) as string[])), pictures };
}

/** A study to read, or one that was diagnosed. */
type Source =
  | { readonly kind: "study"; readonly path: string; readonly studyUid?: string }
  | { readonly kind: "diagnosed"; readonly file: string };

async function sourcesIn(path: string, { intake, diagnosed: one }: FollowOptions): Promise<Source[]> {
  if (path === one?.path) {
    const { studyUid, seriesUid } = one.diagnosed.diagnosis.study;
    return [{ kind: "study", path, ...(seriesUid !== null && { studyUid }) }];
  }
  const diagnosed = path.endsWith("diagnosis.json") ? path : join(path, "diagnosis.json");
  if (await isThere(diagnosed)) return [{ kind: "diagnosed", file: diagnosed }];
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  if (!isFolder) return [{ kind: "study", path }];
  const found = await findStudies(path, intake === undefined ? {} : { intake });
  return found.map(({ path: below, studyUid, kind }) => ({
    kind: "study",
    path: join(path, below),
    ...(kind === "dicom" && { studyUid }),
  }));
}

async function placed(
  sources: readonly Source[],
  { days: given, intake }: FollowOptions,
): Promise<{ days: readonly number[]; order: readonly number[] }> {
  const studies = sources.filter((source) => source.kind === "study");
  const { days, order, subjects } = await placeInTime(studies, { intake });
  if (subjects > 1) {
    throw new InputError(
      "FOLLOW_SUBJECTS_DIFFER",
      `The studies have ${subjects} different Patient IDs, expected one. Name studies of one subject; where one person has several IDs, de-identify them to the same one first.`,
    );
  }
  if (given !== undefined) {
    if (given.length !== sources.length) {
      throw new InputError(
        "FOLLOW_DAYS_COUNT",
        `${given.length} days are given for ${sources.length} studies. Give one number for each study, in the same order.`,
      );
    }
    const first = Math.min(...given);
    const inOrder = given.map((_, i) => i).sort((a, b) => given[a] - given[b] || a - b);
    return { days: given.map((day) => day - first), order: inOrder };
  }
  const known = days.filter((day) => day !== null);
  if (studies.length < sources.length || known.length < sources.length) {
    throw new InputError(
      "FOLLOW_DAYS_UNKNOWN",
      `${sources.length - known.length} of ${sources.length} studies do not say when they were made (NIfTI, pictures and diagnosis.json hold no date). Give the days with --days; its --help shows how.`,
    );
  }
  return { days: known, order };
}

interface Looked {
  readonly study: Omit<FollowedStudy, "daysAfterFirst">;
  readonly classes: readonly string[] | null;
  readonly pictures: FollowedPictures;
}

async function look(source: Source, options: FollowOptions): Promise<Looked> {
  const { classifier, diagnosed: one, intake } = options;
  if (source.kind === "diagnosed") {
    const diagnosis = await readJson(source.file, diagnosisSchema);
    return lookedOf(diagnosis, { map: null, levels: [] });
  }
  const { path, studyUid } = source;
  if (path === one?.path) return lookedOf(one.diagnosed.diagnosis, picturesOf(one.diagnosed));
  if (classifier !== undefined) {
    const { progress: _, ...asking } = options;
    const diagnosed = await diagnose(path, classifier, { ...asking, studyUid, heat: false, levels: followedLevels });
    return lookedOf(diagnosed.diagnosis, picturesOf(diagnosed));
  }
  const reading = await readStudy(path, { ...(intake && { intake }), ...(studyUid !== undefined && { studyUid }) });
  if (reading.images.kind === "pictures") throw withoutScope(reading.studyUid);
  const { volume } = reading.images;
  const mask = isolateLungs(volume, defaultLungs);
  const measured = measureScope(volume, mask);
  return {
    study: {
      studyUid: reading.studyUid,
      slices: volume.shape[0],
      scope: measured.scope,
      finding: null,
      probabilities: null,
      fractions: null,
      warnings: [...reading.warnings, ...mask.warnings].map(({ code, message }) => ({ code, message })),
    },
    classes: null,
    pictures: { map: coronalMap(measured), levels: levelPictures(volume, { mask, measured }, followedLevels) },
  };
}

const picturesOf = ({ map, levelPictures: levels }: DiagnosedStudy): FollowedPictures => ({ map, levels });

function lookedOf(diagnosis: Diagnosis, pictures: FollowedPictures): Looked {
  const { study, scope, finding, probabilities, fractions, warnings, classes } = diagnosis;
  if (scope === null) throw withoutScope(study.studyUid);
  const isAnswered = probabilities.length > 0;
  return {
    study: {
      studyUid: study.studyUid,
      slices: study.slices,
      scope,
      finding,
      probabilities: isAnswered ? probabilities : null,
      fractions: isAnswered ? fractions : null,
      warnings,
    },
    classes,
    pictures,
  };
}

function withoutScope(studyUid: string): InputError {
  return new InputError(
    "FOLLOW_WITHOUT_SCOPE",
    `Study ${studyUid} has no scope: pictures and recipes without lungs have none, nor has a diagnosis of an earlier version. Follow studies in Hounsfield units, or diagnose again.`,
  );
}
