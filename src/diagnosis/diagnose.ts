import { InputError } from "../base/errors.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { researchUseNotice, version } from "../base/version.ts";
import { isChain, readChain } from "../chain/chain.ts";
import { type Classifier, readClassifier } from "../classifier/classifier.ts";
import { type AskingOptions, openAsked } from "../classifier/openAsked.ts";
import type { IntakeSettings } from "../intake/intakeSettings.ts";
import { readStudy } from "../intake/readStudy.ts";
import { weighFindings } from "../intake/weighFindings.ts";
import { meanDistance } from "../prediction/predictStudies.ts";
import { type CoronalMap, coronalMap } from "../scope/coronalMap.ts";
import { measureScope } from "../scope/measureScope.ts";
import { type PreparedStudy, prepareStudyImages } from "../slices/prepareStudyImages.ts";
import { studyAttributes } from "../slices/studyAttributes.ts";
import type { StudyImages } from "../study/volume.ts";
import type { Warning } from "../study/warning.ts";
import { findingOf, noFinding, type StudyWord, weighAnswer } from "./answering.ts";
import { decisionsByZone } from "./decisionsByZone.ts";
import { describeSlices } from "./diagnosedSlices.ts";
import { type DiagnosedSlice, type Diagnosis, shownClass } from "./diagnosis.ts";
import { diagnoseFurther } from "./furtherStages.ts";
import { heatOfSlices, type SliceHeat } from "./heatOfSlices.ts";
import { drawKeyPictures, type KeyPicture } from "./keyPictures.ts";
import { evenSlices, keySlicesShown } from "./keySlices.ts";
import { type LevelPicture, levelPictures } from "./levelPictures.ts";
import { outsideTrainingRange } from "./trainingRange.ts";

export interface DiagnoseOptions extends AskingOptions {
  /** Milliseconds that only rise, such as `() => performance.now()`; for the timings. */
  readonly clock: () => number;
  /** Read this series instead of choosing one. */
  readonly seriesUid?: string | undefined;
  /** Read this study, where several lie under the path. */
  readonly studyUid?: string | undefined;
  /** Settings of the reading that differ from the defaults. */
  readonly intake?: Partial<IntakeSettings> | undefined;
  /** Give the finding of a study that is not analysable, with the reasons against it. */
  readonly answerAnyway?: boolean | undefined;
  /** Whether to draw heat maps of the key slices; true where it is left out. */
  readonly heat?: boolean | undefined;
  /** Draw the slices at these heights of the lungs too, from 0, their lowest end, to 1. */
  readonly levels?: readonly number[] | undefined;
  readonly progress?: Progress | undefined;
}

/** A diagnosis with what there is to look at. */
export interface DiagnosedStudy {
  readonly diagnosis: Diagnosis;
  readonly pictures: KeyPicture[];
  /** By the name of a further stage of a chain: its own key slices. */
  readonly stagePictures: ReadonlyMap<string, KeyPicture[]>;
  /** The lungs from the front with what is diseased; null where the scope is. */
  readonly map: CoronalMap | null;
  readonly levelPictures: readonly LevelPicture[];
}

/**
 * What a classifier says of one study: read it, prepare its slices by the classifier's own recipe, ask the network about
 * each, apply the study rule; and pictures of the slices that show the finding best, with where the network saw it. A study
 * that the classifier cannot answer for is "not analysable", with reasons, and nothing is said of its probabilities.
 *
 * study: a path as readStudy takes it; classifierFolder: as readClassifier does. Heat maps are of the classifier's own network in
 * float32, however it is asked.
 * @throws InputError NO_LUNG_SLICES if no slice is left to look at and an answer must be given; ENSEMBLE_OF_CHAIN; as readStudy,
 * readClassifier and openAsked.
 */
export async function diagnose(
  study: string,
  classifierFolder: string,
  options: DiagnoseOptions,
): Promise<DiagnosedStudy> {
  const { clock, seriesUid, studyUid, intake = {}, threads, answerAnyway = false, heat: isHeatAsked = true } = options;
  const { progress = noProgress } = options;
  const tell = (done: number) => progress({ stage: "diagnosing", done, total: 6 });
  const marks = [clock()];
  const finished = () => {
    marks.push(clock());
    tell(marks.length - 1);
  };

  const chain = (await isChain(classifierFolder)) ? await readChain(classifierFolder) : null;
  const folder = chain?.stages[0].folder ?? classifierFolder;
  if (chain !== null && (options.mirror === true || (options.others ?? []).length > 0)) {
    throw new InputError(
      "ENSEMBLE_OF_CHAIN",
      `${classifierFolder} is a chain, which is asked as it is. Leave --mirror and --with out, or name one classifier.`,
    );
  }
  const { density, ...first } = chain?.stages[0] ?? (await readClassifier(folder));
  const { classifier } = first;
  const { classes, recipe, studyRule, ranges } = classifier;
  finished();
  const reading = await readStudy(study, {
    intake,
    ...(seriesUid !== undefined && { seriesUid }),
    ...(studyUid !== undefined && { studyUid }),
  });
  const { images, seriesChoice } = reading;
  finished();
  const prepared = await prepareStudyImages(images, recipe);
  const preparedWarnings = weighFindings(prepared.warnings, intake.findings);
  finished();
  const { predictor, asked } = await openAsked(folder, first, options);
  let slices: DiagnosedSlice[];
  let distance: number | null = null;
  try {
    const seen = await predictor.look(prepared.slices.map((slice) => slice.pixels));
    slices = describeSlices(prepared.slices, seen, classes.length);
    if (density !== null && seen.features !== null) distance = meanDistance(density, seen.features);
  } finally {
    await predictor.close();
  }
  finished();

  const attributes = studyAttributes(images, prepared.mask);
  const warnings = [...reading.warnings, ...preparedWarnings];
  const traits = { slices: slices.length, warnings, distance, attributes };
  const answering = weighAnswer(classifier, traits, answerAnyway);
  const found = answering.isAnswered
    ? findingOf(classifier, slices)
    : { ...noFinding(answering), keySlices: evenSlices(images, keySlicesShown) };
  const heats =
    answering.isAnswered && isHeatAsked
      ? await heatOfKeySlices(folder, classifier, { images, prepared, found, threads })
      : null;
  const further =
    chain !== null && answering.isAnswered
      ? await diagnoseFurther(chain, images, { ...options, first: slices, heat: isHeatAsked })
      : { stages: [], pictures: new Map<string, KeyPicture[]>() };
  const chained = chain && { chainId: chain.chain.chainId, stages: further.stages };
  finished();
  const { mask } = prepared;
  const measured = mask === null || images.kind === "pictures" ? null : measureScope(images.volume, mask);
  finished();
  const shown = found.keySlices.map(({ sliceIndex }) => sliceIndex);
  const pictures = drawKeyPictures(images, prepared.mask, shown, heats ?? []);
  const [started, opened, read, made, predicted, explained, scoped] = marks;
  const areasMm2 = prepared.slices.map(({ lungAreaMm2 }) => lungAreaMm2);
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
    answerability: answering,
    explanation: found.explanation,
    probabilities: found.probabilities,
    isCalibrated: found.isCalibrated,
    fractions: found.fractions,
    studyRule,
    operatingPoint: classifier.operatingPoint,
    keySlices: found.keySlices,
    heat: heats?.map(({ sliceIndex, hottestMm, shareInLungs }) => ({ sliceIndex, hottestMm, shareInLungs })) ?? null,
    slices: answering.isAnswered
      ? slices
      : slices.map(({ attention: _, ...slice }) => ({ ...slice, probabilities: [] })),
    lungs: prepared.mask && { rightMl: prepared.mask.rightMl, leftMl: prepared.mask.leftMl },
    scope: measured?.scope ?? null,
    decisionsByZone:
      mask === null || !answering.isAnswered || classifier.network.labels === "several"
        ? null
        : decisionsByZone(slices, areasMm2, { mask, classes }),
    change: null,
    chain: chained,
    warnings: unique([...warnings, ...outsideTrainingRange(attributes, ranges)]),
    classifier: {
      classifierId: classifier.classifierId,
      network: classifier.network.name,
      groundglassVersion: classifier.provenance.groundglassVersion,
      intendedUse: classifier.intendedUse,
      ...asked,
    },
    timingsMs: {
      opening: opened - started,
      reading: read - opened,
      preparing: made - read,
      predicting: predicted - made,
      explaining: explained - predicted,
      measuring: scoped - explained,
      total: clock() - started,
    },
    notice: researchUseNotice,
  };
  const drawn =
    mask === null || measured === null || images.kind === "pictures"
      ? []
      : levelPictures(images.volume, { mask, measured }, options.levels ?? []);
  const map = measured && coronalMap(measured);
  return { diagnosis, pictures, stagePictures: further.pictures, map, levelPictures: drawn };
}

/** Heat of the slices that show the finding best; null where it cannot be had. */
async function heatOfKeySlices(
  folder: string,
  classifier: Classifier,
  study: {
    readonly images: StudyImages;
    readonly prepared: PreparedStudy;
    readonly found: StudyWord;
    readonly threads: number | undefined;
  },
): Promise<SliceHeat[] | null> {
  const { images, prepared, found, threads } = study;
  const shown = found.keySlices.flatMap(
    ({ sliceIndex }) => prepared.slices.find((slice) => slice.sliceIndex === sliceIndex) ?? [],
  );
  const classIndex = shownClass(classifier.classes, found);
  const sought = { images, mask: prepared.mask, classIndices: shown.map(() => classIndex) };
  return heatOfSlices({ folder, classifier }, shown, sought, { threads });
}

function unique(warnings: readonly Warning[]): Warning[] {
  const seen = new Map(warnings.map(({ code, message }) => [`${code} ${message}`, { code, message }]));
  return [...seen.values()];
}
