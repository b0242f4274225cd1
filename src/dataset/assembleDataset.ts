import { version } from "../base/version.ts";
import { picturesRecipe, type SliceRecipe } from "../slices/sliceRecipe.ts";
import type { Warning } from "../study/warning.ts";
import { givenSplit } from "./checkLabels.ts";
import { type Case, type Dataset, labelsOf } from "./dataset.ts";
import { type LabelledStudy, type Labels, refuseSubjectsInTwoSplits } from "./labels.ts";
import type { CaseOutcome } from "./prepareCase.ts";
import { type PreparedCase, readPreparedCase } from "./preparedSlices.ts";
import { classTooSmall, makeSplits, type Splits, testedOnly } from "./splits.ts";
import { subjectOf } from "./subjectOf.ts";

/** A study of the label file and what came of preparing it. */
export interface PreparedStudy {
  readonly study: LabelledStudy;
  readonly caseId: string;
  readonly outcome: CaseOutcome;
}

interface Member {
  readonly study: LabelledStudy;
  readonly prepared: PreparedCase;
  readonly subjectId: string;
}

/**
 * The dataset and its splits, from the prepared cases in a folder.
 * @throws InputError SUBJECT_IN_TWO_SPLITS, CLASS_TOO_SMALL, PREPARED_DAMAGED.
 */
export async function assembleDataset(
  folder: string,
  studies: readonly PreparedStudy[],
  options: {
    readonly level: Labels["level"];
    readonly labels?: Labels["labels"];
    readonly classes: readonly string[];
    readonly recipe: SliceRecipe;
    readonly labelFile: string;
    readonly seed: number;
    readonly forPrediction?: boolean;
    readonly warnings: readonly Warning[];
  },
): Promise<{ dataset: Dataset; splits: Splits }> {
  const { level, labels, classes, recipe, labelFile, seed, warnings } = options;
  const members: Member[] = [];
  for (const { study, caseId, outcome } of studies) {
    if (outcome !== null) continue;
    const prepared = await readPreparedCase(folder, caseId);
    members.push({ study, prepared, subjectId: subjectIdOf(study, prepared) });
  }
  const subjects = new Map(members.map(({ study, subjectId }) => [study, subjectId]));
  const subjectOfStudy = (study: LabelledStudy) => subjects.get(study) ?? "";
  const used = members.map(({ study }) => study);
  refuseSubjectsInTwoSplits(labelFile, used, subjectOfStudy);
  const cases = members.map(caseOf);
  for (const name of options.forPrediction === true ? [] : classes) {
    const isThere = cases.some((one) => labelsOf(one).includes(name));
    if (!isThere) throw classTooSmall({ name, subjects: 0, needed: 1, isTraining: false }, `${labelFile}: `);
  }
  const splits =
    options.forPrediction === true
      ? testedOnly(cases)
      : makeSplits(cases, { seed, given: givenSplit(used, subjectOfStudy) });
  const arePictures = members.every(({ prepared }) => prepared.kind === "pictures");
  const dataset: Dataset = {
    format: "groundglass-dataset/1",
    groundglassVersion: version,
    level,
    ...(labels !== undefined && { labels }),
    classes,
    recipe: arePictures ? picturesRecipe(recipe) : recipe,
    warnings: [...warnings, ...datasetWarnings(members)],
    cases,
    excluded: studies.flatMap(({ study, outcome }) => (outcome === null ? [] : [{ path: study.path, ...outcome }])),
  };
  return { dataset, splits };
}

/** By the label file; else by the patient's ID in the study's files; else each study is a subject of its own. */
function subjectIdOf({ subject }: LabelledStudy, { patientDigest, studyUid }: PreparedCase): string {
  if (subject !== null) return subjectOf(subject);
  return patientDigest ?? subjectOf(studyUid);
}

function caseOf({ study, prepared, subjectId }: Member): Case {
  const { caseId, studyUid, slices, pixelsSha256, lungsMl, attributes, warnings } = prepared;
  const kept = new Set(slices.map(({ sliceIndex }) => sliceIndex));
  const labels = study.sliceLabels?.flatMap(({ slice, label }) => {
    const index = prepared.labelledSlices?.[slice];
    return index === undefined || !kept.has(index) ? [] : [[String(index), label] as const];
  });
  return {
    caseId,
    path: study.path,
    subjectId,
    studyUid,
    label: study.label,
    ...(labels === undefined ? {} : { sliceLabels: Object.fromEntries(labels) }),
    ...(Object.keys(study.columns ?? {}).length === 0 ? {} : { columns: study.columns }),
    prepared: { slices: slices.length, pixelsSha256, lungsMl, attributes, warnings },
  };
}

/** What threatens the dataset as a whole: leaks between subjects, and kinds of images that give a label away. */
function datasetWarnings(members: readonly Member[]): Warning[] {
  const warnings: Warning[] = [];
  const volumes = members.filter(({ prepared }) => prepared.kind === "volume").length;
  if (volumes > 0 && volumes < members.length) {
    warnings.push({
      code: "MIXED_IMAGES",
      message: `${volumes} studies are volumes in Hounsfield units, ${members.length - volumes} are pictures. A network may learn the difference instead of the disease; prepare them apart.`,
    });
  }
  const assumed = members.filter(
    ({ study, prepared }) => study.subject === null && prepared.patientDigest === null,
  ).length;
  if (assumed > 0) {
    warnings.push({
      code: "SUBJECTS_ASSUMED",
      message: `${assumed} studies name no subject, neither in the label file nor in their files; each counts as a subject of its own. If a person has several, name them in a column "subject": else a person can be in training and in test.`,
    });
  }
  const patients = countShared(members, ({ prepared }) => prepared.patientDigest);
  if (patients > 0) {
    warnings.push({
      code: "PATIENT_SHARED",
      message: `${patients} studies carry the same patient ID as a study of another subject of the label file. Either their IDs were replaced by one, or a person can be in training and in test.`,
    });
  }
  const images = countShared(members, ({ prepared }) => prepared.pixelsSha256);
  if (images > 0) {
    warnings.push({
      code: "IMAGES_SHARED",
      message: `${images} studies have exactly the images of a study of another subject. The same person can be in training and in test; remove one of each.`,
    });
  }
  return warnings;
}

/** How many members share a value with a member of another subject. */
function countShared(members: readonly Member[], pick: (member: Member) => string | null): number {
  const subjects = new Map<string, Set<string>>();
  for (const member of members) {
    const value = pick(member);
    if (value === null) continue;
    subjects.set(value, (subjects.get(value) ?? new Set()).add(member.subjectId));
  }
  return members.filter((member) => (subjects.get(pick(member) ?? "")?.size ?? 0) > 1).length;
}
