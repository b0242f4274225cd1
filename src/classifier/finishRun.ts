import { basename } from "node:path";
import { InputError } from "../base/errors.ts";
import { isThere, writeJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import type { Progress, ProgressUpdate } from "../base/progress.ts";
import type { Case } from "../dataset/dataset.ts";
import { encodeSafetensors } from "../network/safetensors.ts";
import { fitDecision } from "../prediction/fitting/fitDecision.ts";
import { encodeDensity, type FeatureDensity } from "../prediction/novelty/featureDensity.ts";
import { type PredictionSet, readPredictionSet, writePredictionSet } from "../prediction/predictionSet.ts";
import { openPredictor } from "../prediction/predictSlices.ts";
import { predictStudies } from "../prediction/predictStudies.ts";
import type { StudyRules } from "../prediction/studyRules.ts";
import { readBestWeights } from "../training/checkpoint.ts";
import { bestEpoch, type EpochRecord } from "../training/history.ts";
import { attributeRanges } from "./attributeRanges.ts";
import {
  type Classifier,
  type ClassifierDecision,
  classifierIdOf,
  densityFile,
  type Provenance,
} from "./classifier.ts";
import { answeredFor, familiarity, fitAnswering } from "./familiarity.ts";
import { networkModel } from "./networkModel.ts";
import { type Run, runPaths } from "./run.ts";
import type { TrainingData } from "./trainingData.ts";
import { withStudyHead } from "./withStudyHead.ts";
import { writeClassifier } from "./writeClassifier.ts";

/** What training left, and whom to tell. */
export interface TrainedRun {
  readonly run: Run;
  readonly history: readonly EpochRecord[];
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the classifier of a trained run: trains its study head where one was asked for, learns from the training's features what is familiar, predicts validation and test
 * with the best epoch's weights, fits the study rule, calibration, operating point and what is analysable on validation,
 * writes the predictions and the classifier. Predictions that a stopped call left are taken over.
 * @throws InputError TRAINING_STOPPED; as fitDecision and writeFileWhole.
 */
export async function finishRun(out: string, data: TrainingData, trained: TrainedRun): Promise<Classifier> {
  const { run, history } = trained;
  const { classes, recipe, network, settings } = run;
  const paths = runPaths(out);
  const best = await readBestWeights(paths.checkpoints);
  if (best === undefined) throw new Error(`No best weights in ${paths.checkpoints}`);
  const state =
    run.decision.rule === "head"
      ? await withStudyHead(out, data, { run, state: best.state, tell: (update) => tell(trained, update) })
      : best.state;
  const weights = encodeSafetensors(state, { network: network.name });
  const onnx = networkModel(run, state);
  const idWith = ({ decision }: Fit) => classifierIdOf(sha256Hex(weights), recipe, decision);
  const predictor = await openPredictor(onnx, recipe, classes, { threads: settings.threads });

  const ranges = attributeRanges(data.training.map((one) => one.prepared.attributes));

  let density: FeatureDensity | null = null;
  const predicted = async (set: "validation" | "test", cases: readonly Case[], fitOf: FitOf) => {
    const standing = await findPredictions(paths.predictions(set));
    if (standing) {
      const fit = fitOf(standing);
      if (standing.classifierId === idWith(fit)) return fit;
    }
    const studies = await predictStudies(predictor, cases, {
      dataset: data.folder,
      density,
      progress: (update) => tell(trained, { ...update, stage: `predicting ${set}` }),
    });
    const { labels } = network;
    const several = labels === undefined ? {} : { labels };
    const without = {
      format: "groundglass-predictions/1",
      set,
      level: run.level,
      ...several,
      classes,
      studies,
    } as const;
    const fit = fitOf({ ...without, classifierId: "" });
    const answered = answeredFor(studies, cases, { analysable: fit.decision.analysable, ranges });
    await writePredictionSet(paths.predictions(set), { ...without, studies: answered, classifierId: idWith(fit) });
    return fit;
  };

  try {
    density = await familiarity(predictor, data, {
      seed: settings.seed,
      progress: (update) => tell(trained, update),
    });
    const wish = { ...run.decision, threshold: run.threshold, seed: settings.seed };
    const fit = await predicted("validation", data.validation, (validation) => {
      const { decision, rules } = fitDecision(validation, wish);
      return { decision: { ...decision, analysable: fitAnswering(data, validation, ranges) }, rules };
    });
    await predicted("test", data.test, () => fit);
    if (fit.rules !== null) await writeJson(paths.studyRules, fit.rules);
    return await writeClassifier(paths.classifier, {
      classes,
      recipe,
      network,
      ...fit.decision,
      ranges,
      provenance: provenanceOf(run, data, history),
      files: {
        "network.onnx": onnx,
        "weights.safetensors": weights,
        ...(density && { [densityFile]: encodeDensity(density) }),
      },
    });
  } finally {
    await predictor.close();
  }
}

/** What validation decided: the classifier's way to a finding, and how the study rules compare. */
interface Fit {
  readonly decision: ClassifierDecision;
  readonly rules: StudyRules | null;
}

type FitOf = (set: PredictionSet) => Fit;

async function findPredictions(path: string): Promise<PredictionSet | undefined> {
  if (!(await isThere(path))) return undefined;
  try {
    return await readPredictionSet(path);
  } catch (error) {
    if (error instanceof InputError) return undefined; // Edited or of another version: predicted again.
    throw error;
  }
}

function tell({ progress, signal }: TrainedRun, update: ProgressUpdate): void {
  progress(update);
  if (!signal?.aborted) return;
  throw new InputError(
    "TRAINING_STOPPED",
    "Stopped after training, while predicting. The same command goes on from there.",
  );
}

function provenanceOf(run: Run, data: TrainingData, history: readonly EpochRecord[]): Provenance {
  const best = bestEpoch(history);
  if (best === undefined) throw new Error("A trained run has at least one epoch");
  const { settings } = run;
  return {
    groundglassVersion: run.groundglassVersion,
    datasetSha256: run.dataset.sha256,
    trainedOn: {
      subjects: new Set(data.training.map((one) => one.subjectId)).size,
      studies: data.training.length,
      slices: data.training.reduce((sum, one) => sum + one.prepared.slices, 0),
    },
    settings: { ...settings, pretrained: settings.pretrained === null ? null : basename(settings.pretrained) },
    weights: run.weights,
    bestEpoch: best.epoch,
    validationAccuracy: best.validationAccuracy,
  };
}
