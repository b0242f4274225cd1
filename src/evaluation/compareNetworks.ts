import { version } from "../base/version.ts";
import type { PredictionSet } from "../prediction/predictionSet.ts";
import type { StudyDecision } from "../prediction/studyFinding.ts";
import { resampleSubjects } from "../statistics/resampling.ts";
import { adjustAll } from "./adjustAll.ts";
import { type CalibrationTable, calibrationTable } from "./calibrationTable.ts";
import { compareCalibration } from "./compareCalibration.ts";
import { compareSubgroups } from "./compareSubgroups.ts";
import { compareTwo } from "./compareTwo.ts";
import type { Comparison, LevelComparison } from "./comparison.ts";
import { classTable } from "./confusion.ts";
import { type Items, toItems } from "./items.ts";
import { imageRows, joinRows, type KeyedRow, pairItems, studyRows } from "./keyedItems.ts";
import { rocTable } from "./rocTable.ts";
import { chooseSideBySide, type SliceName } from "./sideBySide.ts";
import type { Traits } from "./traits.ts";

/** A finished run as the comparison sees it. */
export interface ComparedRun {
  readonly run: string;
  /** Such as resnet18. */
  readonly architecture: string;
  readonly isPretrained: boolean;
  /** What else tells it from other networks of the runs, "" if nothing does. */
  readonly variant: string;
  readonly fold: number;
  readonly seed: number;
  readonly bestEpoch: number;
  readonly validationAccuracy: number;
  readonly decision: StudyDecision;
  readonly test: PredictionSet;
  /** The label file's other columns, by case. */
  readonly columns: ReadonlyMap<string, Traits>;
}

export interface CompareOptions {
  readonly resamples: number;
  readonly seed: number;
  /** Images to show side by side; the hardest ones without. */
  readonly slices?: readonly SliceName[] | undefined;
}

/** Several runs of one architecture, pretraining and variant. */
export interface ComparedNetwork {
  readonly network: string;
  readonly architecture: string;
  readonly isPretrained: boolean;
  readonly variant: string;
  readonly runs: readonly ComparedRun[];
}

/**
 * Runs on the same data set side by side: each network's tables over the test sets of all its folds, each run on its own,
 * each two networks over the same items, with Holm's correction.
 */
export function compareNetworks(runs: readonly ComparedRun[], options: CompareOptions): Comparison {
  const [{ test: first }] = runs;
  const networks = groupRuns(runs);
  const areImages = first.level === "slice";
  const callsOf = (run: ComparedRun) => studyRows(run.test, run.decision);
  return {
    format: "groundglass-comparison/1",
    groundglassVersion: version,
    classes: first.classes,
    level: first.level,
    set: first.set === "validation" ? "validation" : "test",
    runs: networks.flatMap(({ network, runs }) =>
      runs.map(({ run, fold, seed, bestEpoch, validationAccuracy, test }) => ({
        run,
        network,
        fold,
        seed,
        classifierId: test.classifierId,
        bestEpoch,
        validationAccuracy,
        subjects: new Set(test.studies.map((study) => study.subjectId)).size,
      })),
    ),
    chosen: chooseOnValidation(networks),
    intervals: { confidence: 0.95, unit: "subject", resamples: options.resamples, seed: options.seed },
    images: compareLevel(networks, {
      ...options,
      what: "images",
      rowsOf: (run) => imageRows(run.test),
      statedOf: (run) => imageRows(run.test, run.decision.calibration?.slices),
    }),
    studies: areImages
      ? null
      : compareLevel(networks, { ...options, what: "studies", rowsOf: callsOf, statedOf: callsOf }),
    subgroups: compareSubgroups(
      networks.map(({ network, runs: own }) => ({
        network,
        rows: joinRows(own.map((run) => (areImages ? imageRows(run.test) : callsOf(run)))),
      })),
      { ...options, classes: first.classes, traits: traitsOf(runs), what: areImages ? "images" : "studies" },
    ),
    sideBySide: chooseSideBySide(networks, options.slices),
  };
}

/** Networks in the order of their first runs; the runs of each by fold and seed. */
export function groupRuns(runs: readonly ComparedRun[]): ComparedNetwork[] {
  const groups = new Map<string, ComparedRun[]>();
  for (const run of runs) {
    const name = nameOf(run);
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  return [...groups].map(([network, own]) => {
    const [{ architecture, isPretrained, variant }] = own;
    const sorted = own.toSorted((a, b) => a.fold - b.fold || a.seed - b.seed || (a.run < b.run ? -1 : 1));
    return { network, architecture, isPretrained, variant, runs: sorted };
  });
}

function nameOf({ architecture, isPretrained, variant }: ComparedRun): string {
  const name = `${isPretrained ? "P" : "UP"}-${architecture.replace(/^resnet/, "ResNet")}`;
  return variant === "" ? name : `${name} (${variant})`;
}

function chooseOnValidation(networks: readonly ComparedNetwork[]): Comparison["chosen"] {
  const means = networks.map(({ runs }) => runs.reduce((sum, run) => sum + run.validationAccuracy, 0) / runs.length);
  const best = means.indexOf(Math.max(...means));
  const { network } = networks[best];
  const equal = networks.filter((_, i) => means[i] === means[best]).map((one) => one.network);
  const sentence =
    networks.length === 1
      ? "There is one network, so there was nothing to choose."
      : equal.length > 1
        ? `${equal.join(" and ")} did equally well on the validation images; nothing is chosen on a test set.`
        : `${network} did best on the validation images; nothing is chosen on a test set.`;
  return { network, validationAccuracy: means[best], sentence };
}

/** What is known of each case: how it was taken, and the label file's columns. */
function traitsOf(runs: readonly ComparedRun[]): Map<string, Traits> {
  return new Map(
    runs.flatMap(({ test, columns }) =>
      test.studies.map(({ caseId, attributes }) => [caseId, { ...attributes, ...columns.get(caseId) }] as const),
    ),
  );
}

type LevelOptions = CompareOptions & { readonly what: "images" | "studies" };

function compareLevel(
  networks: readonly ComparedNetwork[],
  options: LevelOptions & {
    readonly rowsOf: (run: ComparedRun) => readonly KeyedRow[];
    /** The same with the probabilities that the classifier states. */
    readonly statedOf: (run: ComparedRun) => readonly KeyedRow[];
  },
): LevelComparison {
  const { rowsOf, statedOf } = options;
  const { classes } = networks[0].runs[0].test;
  const stated = networks.map(({ runs }) => joinRows(runs.map(statedOf)));
  const rows = networks.map(({ runs }) => runs.map(rowsOf));
  const joined = rows.map(joinRows);
  const pairs = networks.flatMap((_, i) => networks.slice(i + 1).map((_, j) => orderPair(networks, i, i + 1 + j)));
  const tests = pairs.map(([a, b]) => compareTwo(classes, [joined[a], joined[b]], options));
  const adjusted = adjustAll(tests.map(({ test }) => test.p));
  const permuted = adjustAll(tests.map(({ permutation }) => permutation.p));
  const briers = pairs.map(([a, b]) => compareCalibration(...pairItems(classes, stated[a], stated[b]), options));
  const adjustedBriers = adjustAll(briers.map(({ p }) => p));
  const areas = adjustAll(tests.flatMap((test) => test.areas.map(({ p }) => p)));
  return {
    networks: networks.map(({ network, runs }, i) => ({
      network,
      ...tablesOf(toItems(classes, joined[i]), options),
      calibration: calibrationOf(toItems(classes, stated[i]), options),
      ...spreadOf(runs, rows[i], { ...options, classes }),
    })),
    comparisons: tests.map((test, t) => {
      const [a, b] = pairs[t].map((index) => networks[index]);
      return {
        first: a.network,
        second: b.network,
        isPretraining:
          a.architecture === b.architecture && a.variant === b.variant && a.isPretrained !== b.isPretrained,
        ...test,
        test: { ...test.test, adjustedP: adjusted[t] },
        permutation: { p: test.permutation.p, adjustedP: permuted[t] },
        areas: test.areas.map((area, k) => ({ ...area, adjustedP: areas[t * classes.length + k] })),
        brier: { ...briers[t], adjustedP: adjustedBriers[t] },
      };
    }),
  };
}

/** Of two networks that differ in pretraining, the pretrained one first. */
function orderPair(networks: readonly ComparedNetwork[], a: number, b: number): [number, number] {
  return networks[b].isPretrained && !networks[a].isPretrained ? [b, a] : [a, b];
}

function calibrationOf(items: Items, { what, ...options }: LevelOptions): CalibrationTable {
  return calibrationTable(items, resampleSubjects(items.subjects, options), what);
}

function tablesOf(items: Items, options: LevelOptions) {
  const resampling = resampleSubjects(items.subjects, options);
  return {
    table: classTable(items, resampling, options.what),
    roc: rocTable(items, resampling, options.what),
  };
}

type NetworkRuns = Pick<LevelComparison["networks"][number], "runs" | "spread">;

function spreadOf(
  runs: readonly ComparedRun[],
  rows: readonly (readonly KeyedRow[])[],
  options: LevelOptions & { readonly classes: readonly string[] },
): NetworkRuns {
  const each = runs.map(({ run, fold, seed }, r) => {
    const items = toItems(options.classes, rows[r]);
    const { table, roc } = tablesOf(items, options);
    return {
      run,
      fold,
      seed,
      n: items.truth.length,
      overallAccuracy: table.overallAccuracy,
      sensitivity: table.rows.map((row) => row.sensitivity),
      specificity: table.rows.map((row) => row.specificity),
      macroAuc: roc.macroAuc,
    };
  });
  return {
    runs: each,
    spread: {
      overallAccuracy: spread(each.map((one) => one.overallAccuracy.value)),
      macroAuc: spread(each.map((one) => one.macroAuc.value)),
    },
  };
}

function spread(values: readonly (number | null)[]): NetworkRuns["spread"]["macroAuc"] {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = known.length < 2 ? null : Math.sqrt(squares / (known.length - 1));
  return { mean, deviation, runs: known.length };
}
