import type { PredictionSet } from "../prediction/predictionSet.ts";
import type { StudyDecision } from "../prediction/studyFinding.ts";
import { areaOf, aucStatistic, rankItems } from "../statistics/auc.ts";
import { aucEstimate, type Estimate, noEstimate } from "../statistics/estimate.ts";
import { quantile, type Resampling, resampleSubjects } from "../statistics/resampling.ts";
import { drawsOf } from "../statistics/statistic.ts";
import { adjustAll } from "./adjustAll.ts";
import { agreementOf } from "./agreement.ts";
import { compareAccuracy } from "./compareAccuracy.ts";
import { firstClassShares } from "./compareRules.ts";
import { callStudies, type Items, itemsOfCalls } from "./items.ts";
import { mrmcOf } from "./mrmcOf.ts";
import { testPaired } from "./pairedTest.ts";
import type { ReaderResults } from "./readerSchema.ts";
import type { ReaderTable } from "./readers.ts";

/** A caller of the common studies. */
export interface Caller {
  readonly name: string;
  readonly items: Items;
  /** In the class decided first, one for each study; null where not all were asked. */
  readonly confidences: Float64Array | null;
}

/**
 * Readers and the classifier on the studies that all readers called: each one's figures with 95 % intervals over subjects,
 * each reader against the classifier by McNemar's test with Holm's correction, agreement, and, with confidences, areas over
 * readers and cases.
 */
export function readerResults(
  set: PredictionSet,
  decision: StudyDecision,
  options: { readonly readers: ReaderTable; readonly resamples: number; readonly seed: number },
): ReaderResults {
  const { readers: table } = options;
  const { classes } = set;
  const callsOf = table.readers.map(
    (name) => new Map(table.calls.filter((call) => call.reader === name).map((call) => [call.caseId, call])),
  );
  const all = callStudies(set, decision);
  const called = all.filter(({ caseId }) => callsOf.some((calls) => calls.has(caseId)));
  const common = all.filter(({ caseId }) => callsOf.every((calls) => calls.has(caseId)));
  const own = itemsOfCalls(classes, common);
  const known = new Set(all.map(({ caseId }) => caseId));
  const elsewhere = new Set(table.calls.map(({ caseId }) => caseId).filter((caseId) => !known.has(caseId)));
  const resampling = resampleSubjects(own.subjects, options);

  const classifier: Caller = { name: "Classifier", items: own, confidences: own.scores[0] };
  const readers = table.readers.map((name, r): Caller => {
    const calls = common.flatMap(({ caseId }) => callsOf[r].get(caseId) ?? []);
    const confidences = calls.flatMap(({ confidence }) => confidence ?? []);
    const predicted = Int32Array.from(calls, ({ call }) => classes.indexOf(call));
    return {
      name,
      items: { ...own, predicted },
      confidences: confidences.length === calls.length ? Float64Array.from(confidences) : null,
    };
  });
  const tests = readers.map(({ items }) => testPaired(items, own));
  const adjusted = adjustAll(tests.map((test) => test.p));
  return {
    file: table.file,
    studies: common.length,
    subjects: own.subjects,
    leftOut: called.length - common.length,
    unknown: table.unknown + elsewhere.size,
    rows: [classifier, ...readers].map((caller, i) => ({
      name: caller.name,
      isClassifier: i === 0,
      ...firstClassShares(caller.items, resampling),
      auc: areaOfCaller(caller, resampling),
      seconds: i === 0 ? null : secondsOf([...callsOf[i - 1].values()].flatMap(({ seconds }) => seconds ?? [])),
    })),
    comparisons: readers.map(({ name, items }, r) => ({
      reader: name,
      difference: compareAccuracy(items, own, resampling),
      test: { ...tests[r], adjustedP: adjusted[r] },
    })),
    agreement: agreementOf([classifier, ...readers], resampling),
    mrmc: mrmcOf(classifier, readers),
  };
}

function secondsOf(seconds: readonly number[]): ReaderResults["rows"][number]["seconds"] {
  if (seconds.length === 0) return null;
  const sorted = Float64Array.from(seconds).sort();
  return {
    n: sorted.length,
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
  };
}

/** The area of the confidences in the class decided first; null without confidences. */
function areaOfCaller({ items, confidences }: Caller, resampling: Resampling): Estimate | null {
  if (confidences === null) return null;
  const n = items.truth.length;
  const positive = Uint8Array.from(items.truth, (truth) => Number(truth === 0));
  const ranking = rankItems(confidences, positive, items.subjectOf, items.subjects);
  const value = areaOf(ranking);
  if (Number.isNaN(value)) return noEstimate("studies of one kind only", n, items.subjects);
  const withAny = (counts: Float64Array) => counts.reduce((sum, count) => sum + Number(count > 0), 0);
  const on = {
    n,
    subjects: items.subjects,
    positives: withAny(ranking.positives),
    negatives: withAny(ranking.negatives),
  };
  return aucEstimate(value, on, drawsOf(aucStatistic(ranking), resampling));
}
