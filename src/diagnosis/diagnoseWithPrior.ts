import { InputError } from "../base/errors.ts";
import { compareInTime } from "./compareInTime.ts";
import { type DiagnosedStudy, type DiagnoseOptions, diagnose } from "./diagnose.ts";
import { type FollowedPictures, follow, followedLevels } from "./follow.ts";
import type { FollowUp, SincePrior } from "./followUp.ts";

export interface DiagnoseWithPriorOptions extends DiagnoseOptions {
  /** An earlier study of the subject, a folder of several, of which the latest counts, or the folder of its diagnosis. */
  readonly prior: string;
  /** Days from the prior study to this one, where the files do not say when they were made. */
  readonly daysSincePrior?: number | undefined;
}

/** A diagnosed study whose `change` since the prior study is known, and both studies to look at side by side. */
export interface DiagnosedWithPrior extends DiagnosedStudy {
  /** The prior study and this one. */
  readonly followUp: FollowUp;
  readonly followed: readonly FollowedPictures[];
}

/**
 * Diagnoses a study and says what changed since an earlier one of the same subject, which the same classifier is asked about too.
 * @throws InputError PRIOR_NOT_EARLIER if this study is not the last of them; as diagnose and follow.
 */
export async function diagnoseWithPrior(
  study: string,
  classifierFolder: string,
  { prior, daysSincePrior, ...options }: DiagnoseWithPriorOptions,
): Promise<DiagnosedWithPrior> {
  const diagnosed = await diagnose(study, classifierFolder, { ...options, levels: followedLevels });
  const { studyUid } = diagnosed.diagnosis.study;
  // The series that was asked for is this study's; of the prior study the best one is chosen.
  const { seriesUid: _series, ...asked } = options;
  const { followUp, pictures } = await follow([prior, study], {
    ...asked,
    classifier: classifierFolder,
    days: daysSincePrior === undefined ? undefined : [0, daysSincePrior],
    diagnosed: { path: study, diagnosed },
  });
  const [before, now] = followUp.studies.slice(-2);
  if (now.studyUid !== studyUid || before.studyUid === studyUid) {
    throw new InputError(
      "PRIOR_NOT_EARLIER",
      before.studyUid === now.studyUid
        ? `The prior study and the study are the same, ${studyUid}. Name an earlier study of the subject with --prior.`
        : `The prior study was made after study ${studyUid}, expected before. Diagnose the later study, and name the earlier one with --prior.`,
    );
  }
  const pair = compareInTime([before, now], followUp.classes);
  const [change] = pair.changes;
  const { from: _, to: __, ...changed } = change;
  const sincePrior: SincePrior = {
    prior: { studyUid: before.studyUid, finding: before.finding, probabilities: before.probabilities },
    ...changed,
    summary: pair.summary,
  };
  return {
    ...diagnosed,
    diagnosis: { ...diagnosed.diagnosis, change: sincePrior },
    followUp: pair,
    followed: pictures.slice(-2),
  };
}
