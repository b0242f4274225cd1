import { noProgress, type Progress } from "../base/progress.ts";
import { researchUseNotice, version } from "../base/version.ts";
import { readClassifier } from "../classifier/classifier.ts";
import type { IntakeSettings } from "../intake/intakeSettings.ts";
import { readStudy } from "../intake/readStudy.ts";
import { weighFindings } from "../intake/weighFindings.ts";
import { openPredictor } from "../prediction/predictSlices.ts";
import { studyFinding } from "../prediction/studyFinding.ts";
import { prepareStudyImages } from "../slices/prepareStudyImages.ts";
import type { SliceImage } from "../slices/sliceImage.ts";
import { studyAttributes } from "../slices/studyAttributes.ts";
import type { Warning } from "../study/warning.ts";
import type { DiagnosedSlice, Diagnosis } from "./diagnosis.ts";
import { explainRule } from "./explainRule.ts";
import { drawKeyPictures, type KeyPicture } from "./keyPictures.ts";
import { chooseKeySlices } from "./keySlices.ts";
import { outsideTrainingRange } from "./trainingRange.ts";

export interface DiagnoseOptions {
  /** Milliseconds that only rise, such as `() => performance.now()`; for the timings. */
  readonly clock: () => number;
  /** Read this series instead of choosing one. */
  readonly seriesUid?: string | undefined;
  /** Settings of the reading that differ from the defaults. */
  readonly intake?: Partial<IntakeSettings> | undefined;
  /** Threads of the engine; all cores where it is left out. */
  readonly threads?: number | undefined;
  readonly progress?: Progress | undefined;
}

/**
 * What a classifier says of one study: read it, prepare its slices by the classifier's own recipe, ask the network about
 * each, apply the study rule; and pictures of the slices that show the finding best.
 *
 * study: a path as readStudy takes it; classifierFolder: as readClassifier does.
 * @throws InputError NO_LUNG_SLICES if no slice is left to look at; as readStudy and readClassifier.
 */
export async function diagnose(
  study: string,
  classifierFolder: string,
  options: DiagnoseOptions,
): Promise<{ diagnosis: Diagnosis; pictures: KeyPicture[] }> {
  const { clock, seriesUid, intake = {}, threads, progress = noProgress } = options;
  const tell = (done: number) => progress({ stage: "diagnosing", done, total: 4 });
  const marks = [clock()];
  const finished = () => {
    marks.push(clock());
    tell(marks.length - 1);
  };

  const { classifier, onnx } = await readClassifier(classifierFolder);
  const { classes, recipe, studyRule, ranges } = classifier;
  finished();
  const reading = await readStudy(study, { intake, ...(seriesUid === undefined ? {} : { seriesUid }) });
  const { images, seriesChoice } = reading;
  finished();
  const prepared = await prepareStudyImages(images, recipe);
  finished();
  const predictor = await openPredictor(onnx, recipe, classes, { threads });
  let slices: DiagnosedSlice[];
  try {
    const pixels = prepared.slices.map((slice) => slice.pixels);
    slices = describeSlices(prepared.slices, await predictor.predict(pixels), classes.length);
  } finally {
    await predictor.close();
  }
  finished();

  const found = studyFinding(
    classifier,
    slices.map((slice) => slice.probabilities),
  );
  const keySlices = chooseKeySlices(slices, classes.indexOf(found.finding));
  const attributes = studyAttributes(images, prepared.mask);
  const pictures = drawKeyPictures(
    images,
    prepared.mask,
    keySlices.map((slice) => slice.sliceIndex),
  );
  const [started, opened, read, made, predicted] = marks;
  const diagnosis: Diagnosis = {
    format: "groundglass-diagnosis/1",
    groundglassVersion: version,
    study: {
      studyUid: reading.studyUid,
      seriesUid: seriesChoice?.read.seriesUid ?? null,
      reason: seriesChoice?.reason ?? null,
      slices: images.kind === "volume" ? images.volume.shape[0] : images.pictures.length,
      slicesSeen: slices.length,
      attributes,
    },
    classes,
    finding: found.finding,
    explanation: explainRule(classifier, found, slices),
    probabilities: found.probabilities,
    isCalibrated: found.isCalibrated,
    fractions: found.fractions,
    studyRule,
    operatingPoint: classifier.operatingPoint,
    keySlices,
    slices,
    lungs: prepared.mask && { rightMl: prepared.mask.rightMl, leftMl: prepared.mask.leftMl },
    warnings: unique([
      ...reading.warnings,
      ...weighFindings(prepared.warnings, intake.findings),
      ...outsideTrainingRange(attributes, ranges),
    ]),
    classifier: {
      classifierId: classifier.classifierId,
      network: classifier.network.name,
      groundglassVersion: classifier.provenance.groundglassVersion,
      intendedUse: classifier.intendedUse,
    },
    timingsMs: {
      opening: opened - started,
      reading: read - opened,
      preparing: made - read,
      predicting: predicted - made,
      total: clock() - started,
    },
    notice: researchUseNotice,
  };
  return { diagnosis, pictures };
}

/** probabilities: [slices, classes], row-major, kept to the seven digits that float32 holds. */
function describeSlices(slices: readonly SliceImage[], probabilities: Float32Array, classes: number): DiagnosedSlice[] {
  return slices.map(({ sliceIndex, name, positionMm }, i) => ({
    sliceIndex,
    name,
    positionMm,
    probabilities: Array.from(probabilities.subarray(i * classes, (i + 1) * classes), (p) => Number(p.toPrecision(7))),
  }));
}

function unique(warnings: readonly Warning[]): Warning[] {
  const seen = new Map(warnings.map(({ code, message }) => [`${code} ${message}`, { code, message }]));
  return [...seen.values()];
}
