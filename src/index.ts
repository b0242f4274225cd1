/**
 * Groundglass: chest-CT study classifiers by deep transfer learning. Each verb of the command line is one function here,
 * and so are the steps inside.
 *
 * @example
 * await prepareDataset("data", { labels: "data/labels.csv", out: "dataset" });
 * await trainClassifier("dataset", { out: "run" });
 * const evaluation = await evaluateRun("run");
 */
export { InputError, UnavailableError } from "./base/errors.ts";
export type { Progress, ProgressUpdate } from "./base/progress.ts";
export { researchUseNotice, version } from "./base/version.ts";
export { type ChainSummary, type TrainChainOptions, trainChain } from "./chain/trainChain.ts";
export { type Classifier, readClassifier, readClassifierWeights } from "./classifier/classifier.ts";
export { type Plan, readPlan } from "./classifier/plan.ts";
export { type PredictDatasetOptions, predictDataset } from "./classifier/predictDataset.ts";
export { type RunSummary, type TrainClassifierOptions, trainClassifier } from "./classifier/trainClassifier.ts";
export { type PlanSummary, type TrainPlanOptions, trainPlan } from "./classifier/trainPlan.ts";
export type { Case, Dataset } from "./dataset/dataset.ts";
export { type PrepareOptions, prepareDataset } from "./dataset/prepareDataset.ts";
export { readDataset } from "./dataset/readDataset.ts";
export { makeDisjointFolds, makeSplits, type Splits } from "./dataset/splits.ts";
export { diagnose } from "./diagnosis/diagnose.ts";
export { diagnoseWithPrior } from "./diagnosis/diagnoseWithPrior.ts";
export { type Diagnosis, diagnosisSchema } from "./diagnosis/diagnosis.ts";
export { type FollowOptions, follow } from "./diagnosis/follow.ts";
export { type FollowUp, followUpSchema } from "./diagnosis/followUp.ts";
export { checkFigures, type PrintedFigure } from "./evaluation/checkFigures.ts";
export type { Comparison } from "./evaluation/comparison.ts";
export { evaluate } from "./evaluation/evaluate.ts";
export type { Evaluation } from "./evaluation/evaluation.ts";
export { findStudies } from "./intake/findStudies.ts";
export { type ReadStudyOptions, readStudy, type StudyReading } from "./intake/readStudy.ts";
export { isolateLungs } from "./lungs/isolateLungs.ts";
export type { LungMask } from "./lungs/lungMask.ts";
export { chen2021Lungs, defaultLungs, type LungSettings } from "./lungs/lungSettings.ts";
export type { WeightsReport } from "./network/loadPretrained.ts";
export { addWeights } from "./network/weights/addWeights.ts";
export { checkWeights } from "./network/weights/checkWeights.ts";
export { pullWeights } from "./network/weights/pullWeights.ts";
export { type CachedWeights, listWeights, weightsFolder } from "./network/weights/weightsCache.ts";
export { drawPhantoms, type PhantomSet } from "./phantom/drawPhantoms.ts";
export { type Calibration, calibrate } from "./prediction/calibration.ts";
export { type DecisionFit, type DecisionWish, fitDecision } from "./prediction/fitting/fitDecision.ts";
export { heatMaps } from "./prediction/heatMap.ts";
export { type OperatingPoint, parseOperatingCriterion } from "./prediction/operatingPoint.ts";
export type { PredictionSet, StudyPrediction } from "./prediction/predictionSet.ts";
export { ensembleOf, openPredictor, type Predictor, type SeenImages } from "./prediction/predictSlices.ts";
export { type StudyDecision, studyFinding } from "./prediction/studyFinding.ts";
export { applyStudyRule, type StudyRule } from "./prediction/studyRule.ts";
export { readStudyRules, type StudyRules } from "./prediction/studyRules.ts";
export { type CompareRunsOptions, compareRuns } from "./report/compareRuns.ts";
export { type DiagnoseStudyOptions, diagnoseStudy } from "./report/diagnoseStudy.ts";
export { type EvaluateChainOptions, evaluateChain } from "./report/evaluateChain.ts";
export { type EvaluateRunOptions, evaluateRun } from "./report/evaluateRun.ts";
export { type FollowSubjectOptions, followSubject } from "./report/followSubject.ts";
export { type InspectOptions, inspectData } from "./report/inspection/inspectData.ts";
export type { InspectedStudy, Inspection } from "./report/inspection/inspection.ts";
export { publishedSchemas } from "./report/publishedSchemas.ts";
export { type MeasuredScope, measureScope } from "./scope/measureScope.ts";
export { type Scope, scopeSchema, zoneOf } from "./scope/scope.ts";
export { type ScopeSettings, scopeDefaults } from "./scope/scopeSettings.ts";
export { prepareStudyImages } from "./slices/prepareStudyImages.ts";
export type { SliceImage } from "./slices/sliceImage.ts";
export { chen2021Recipe, defaultRecipe, type SliceRecipe } from "./slices/sliceRecipe.ts";
export { brier } from "./statistics/brier.ts";
export { isotonicFit, temperatureFit } from "./statistics/calibration.ts";
export { clopperPearsonInterval } from "./statistics/clopperPearson.ts";
export { decisionCurve } from "./statistics/decisionCurve.ts";
export { delongAuc, delongTest, delongUnpairedTest } from "./statistics/delong.ts";
export { bootstrapEstimate, type Estimate, shareOfSubjects } from "./statistics/estimate.ts";
export { fisherExact } from "./statistics/exactTests.ts";
export { holm } from "./statistics/holm.ts";
export { cohenKappa, fleissKappa } from "./statistics/kappa.ts";
export { clusteredMcnemar, mcnemarExact } from "./statistics/mcnemar.ts";
export { mrmcOfScores, obuchowskiRockette } from "./statistics/mrmc.ts";
export { obuchowskiAuc, obuchowskiTest } from "./statistics/obuchowski.ts";
export { partialAuc } from "./statistics/partialAuc.ts";
export { permutationAuc, permutationOfAreas, permutationOfShares, permutationTest } from "./statistics/permutation.ts";
export { isPossibleShare, nearestShares } from "./statistics/possibleShare.ts";
export { precisionRecall } from "./statistics/precisionRecall.ts";
export { predictiveValueEstimates, predictiveValues } from "./statistics/predictiveValues.ts";
export { calibrationError, reliabilityBins } from "./statistics/reliability.ts";
export { resampleSubjects } from "./statistics/resampling.ts";
export { rocCurve } from "./statistics/roc.ts";
export { halfWidthFor, sampleSizeNote, trialsFor } from "./statistics/sampleSize.ts";
export { ratioStatistic, type Statistic } from "./statistics/statistic.ts";
export { wilsonInterval } from "./statistics/wilson.ts";
export {
  type Geometry,
  type Picture,
  positionMm,
  type SeriesRef,
  type StudyImages,
  type Volume,
} from "./study/volume.ts";
export type { Warning } from "./study/warning.ts";
export type { WindowLevel } from "./study/windowLevel.ts";
