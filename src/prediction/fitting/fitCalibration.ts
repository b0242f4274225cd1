import { isotonicFit, temperatureFit } from "../../statistics/calibration.ts";
import type { Calibration, CalibrationMap } from "../calibration.ts";
import type { PredictionSet } from "../predictionSet.ts";
import type { HeldOutStudy } from "./fitStudyRules.ts";

export type CalibrationKind = CalibrationMap["kind"];

/**
 * How many subjects a calibration must rest on at least: a temperature is one number, an isotonic curve needs many.
 * @source Niculescu-Mizil and Caruana 2005: isotonic regression overfits below about 1,000 items.
 */
export const fewestSubjects: Readonly<Record<CalibrationKind, number>> = { temperature: 10, isotonic: 300 };

/** A truth, who it is of, and what probabilities were stated. */
interface Stated {
  readonly subjectId: string;
  readonly truth: number;
  readonly probabilities: readonly number[];
}

/**
 * The calibration of images' and of studies' probabilities, fitted on the validation set.
 *
 * heldOut: the study rule's probabilities of validation studies left out of its fit, so that a rule which learned the
 * studies by heart does not seem calibrated. Too few subjects for an isotonic fit get a temperature, too few for that
 * nothing; the notes say so.
 */
export function fitCalibration(
  validation: PredictionSet,
  heldOut: readonly HeldOutStudy[],
  kind: CalibrationKind,
): Calibration {
  const { classes } = validation;
  const slices = validation.studies.flatMap((study) =>
    study.slices.flatMap(({ truth, probabilities }): Stated[] =>
      truth === null ? [] : [{ subjectId: study.subjectId, truth: classes.indexOf(truth), probabilities }],
    ),
  );
  const studies = heldOut.map(
    ({ study, probabilities }): Stated => ({ subjectId: study.subjectId, truth: study.truth, probabilities }),
  );
  const ofSlices = fitMap(slices, kind, classes, "images");
  const ofStudies = fitMap(studies, kind, classes, "studies");
  return {
    fittedOn: {
      set: "validation",
      subjects: new Set(validation.studies.map((study) => study.subjectId)).size,
      studies: studies.length,
      slices: slices.length,
    },
    slices: ofSlices.map,
    studies: validation.level === "study" ? ofStudies.map : null,
    notes: [...ofSlices.notes, ...(validation.level === "study" ? ofStudies.notes : [])],
  };
}

function fitMap(
  items: readonly Stated[],
  asked: CalibrationKind,
  classes: readonly string[],
  what: string,
): { map: CalibrationMap | null; notes: string[] } {
  const subjects = new Set(items.map((item) => item.subjectId)).size;
  const kind = subjects < fewestSubjects[asked] ? "temperature" : asked;
  const notes =
    kind === asked
      ? []
      : [`Of ${what}: ${subjects} validation subjects are too few for ${asked}, which needs ${fewestSubjects[asked]}.`];
  if (subjects < fewestSubjects[kind]) {
    const note = `Of ${what}: ${subjects} validation subjects are too few for ${kind}, which needs ${fewestSubjects[kind]}; not calibrated.`;
    return { map: null, notes: [note] };
  }
  const stated = items.map((item) => item.probabilities);
  if (kind === "temperature") {
    const temperature = temperatureFit(
      stated,
      items.map((item) => item.truth),
    );
    return { map: { kind, temperature: Number(temperature.toPrecision(6)) }, notes };
  }
  const curves = classes.map((_, k) => {
    const isClass = items.map((item) => (item.truth === k ? 1 : 0));
    return isotonicFit(
      stated.map((row) => row[k]),
      isClass,
    );
  });
  return { map: { kind, curves }, notes };
}
