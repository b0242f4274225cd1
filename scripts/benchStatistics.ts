/**
 * How long the statistics take, and the same tasks by scikit-learn and pROC where they are installed.
 *
 *   npm run bench:statistics            a table
 *   npm run bench:statistics -- --json  {"rows":[{"name","ours","peer","ratio"}]}, in seconds; ratio = peer / ours
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "../src/base/random.ts";
import { evaluateInThreads } from "../src/evaluation/evaluate.ts";
import type { PredictionSet } from "../src/prediction/predictionSet.ts";
import { paperStudyRule } from "../src/prediction/studyRule.ts";
import { aucStatistic, rankItems } from "../src/statistics/auc.ts";
import { isotonicFit } from "../src/statistics/calibration.ts";
import { delongTest } from "../src/statistics/delong.ts";
import { permutationAuc } from "../src/statistics/permutation.ts";
import { precisionRecall } from "../src/statistics/precisionRecall.ts";
import { resampleSubjects } from "../src/statistics/resampling.ts";
import { resampledValues } from "../src/statistics/statistic.ts";

interface Row {
  readonly name: string;
  readonly ours: number;
  readonly peer: number | null;
  readonly ratio: number | null;
}

const [subjects, slicesEach, resamples] = [5000, 20, 2000];
const n = subjects * slicesEach;
const classes = ["COVID-19", "other pneumonia", "normal"];
const random = createRandom(1);
const pythonHead = `
import time
import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import average_precision_score, roc_auc_score
a, b, y = (np.fromfile(name) for name in ("a", "b", "positive"))
rng = np.random.default_rng(1)
start = time.perf_counter()`;
const pythonTail = "\nprint(time.perf_counter() - start)\n";
const rHead = [
  "suppressMessages(library(pROC))",
  `read <- function(name) readBin(name, 'double', ${n})`,
  "a <- read('a'); b <- read('b'); y <- read('positive')",
  "start <- proc.time()[['elapsed']]; ",
].join("; ");

const made = makeSet();
const folder = mkdtempSync(join(tmpdir(), "groundglass-bench-"));
try {
  const rows = await measure();
  console.log(process.argv.includes("--json") ? JSON.stringify({ rows }) : tableOf(rows));
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(): Promise<Row[]> {
  const scores = Float64Array.from(made.studies, () => 0);
  const [a, b, positive] = [new Float64Array(n), new Float64Array(n), new Uint8Array(n)];
  const cluster = Int32Array.from(a, (_, i) => Math.floor(i / slicesEach));
  for (const [s, study] of made.studies.entries()) {
    for (const [i, slice] of study.slices.entries()) {
      a[s * slicesEach + i] = slice.probabilities[0] ?? 0;
      b[s * slicesEach + i] = 1 - (slice.probabilities[2] ?? 0);
      positive[s * slicesEach + i] = study.truth === classes[0] ? 1 : 0;
    }
    scores[s] = a[s * slicesEach];
  }
  writeFileSync(join(folder, "a"), a);
  writeFileSync(join(folder, "b"), b);
  writeFileSync(join(folder, "positive"), Float64Array.from(positive));
  const python = (body: string) => peer("/usr/bin/python3", ["-c", `${pythonHead}${body}${pythonTail}`]);
  const pROC = (body: string) => peer("Rscript", ["-e", `${rHead}${body}; cat(proc.time()[["elapsed"]] - start)`]);
  const firstOfEach = positive.filter((_, i) => i % slicesEach === 0);
  const decision = { studyRule: paperStudyRule(classes), calibration: null, operatingPoint: null };

  return [
    row(
      `evaluate() whole, BCa: ${n} slices, ${subjects} subjects, ${resamples} resamples, 2 threads`,
      await secondsOf(() => evaluateInThreads(made, decision, { seed: 1, resamples, threads: 2 })),
      null,
    ),
    row(
      `AUC of one class in 100 subject resamples, ${n} slices (scikit-learn)`,
      await secondsOf(() => {
        const resampling = resampleSubjects(subjects, { resamples: 100, seed: 1 });
        resampledValues(aucStatistic(rankItems(a, positive, cluster, subjects)), resampling);
      }),
      python(`
for _ in range(100):
    drawn = np.bincount(rng.integers(0, ${subjects}, ${subjects}), minlength=${subjects})
    roc_auc_score(y, a, sample_weight=np.repeat(drawn, ${slicesEach}))`),
    ),
    row(
      `DeLong's paired test, ${n} slices (pROC)`,
      await secondsOf(() => delongTest(a, b, positive)),
      pROC("roc.test(roc(y, a, direction='<', quiet=TRUE), roc(y, b, direction='<', quiet=TRUE), method='delong')"),
    ),
    row(
      `average precision, ${n} slices (scikit-learn)`,
      await secondsOf(() => precisionRecall(a, positive)),
      python("\naverage_precision_score(y, a)"),
    ),
    row(
      `isotonic fit, ${n} slices (scikit-learn)`,
      await secondsOf(() => isotonicFit(a, positive)),
      python("\nIsotonicRegression().fit(a, y)"),
    ),
    row(
      `AUC of ${subjects} studies with p by 2000 permutations (scikit-learn)`,
      await secondsOf(() => permutationAuc(scores, firstOfEach, { seed: 1, permutations: 2000 })),
      python(`
small, labels = a[::${slicesEach}], y[::${slicesEach}].copy()
for _ in range(2000):
    rng.shuffle(labels)
    roc_auc_score(labels, small)`),
    ),
  ];
}

/** Studies whose slices share a leaning, so that a subject's slices are alike. */
function makeSet(): PredictionSet {
  return {
    format: "groundglass-predictions/1",
    set: "test",
    level: "study",
    classes,
    classifierId: "0123456789ab",
    studies: Array.from({ length: subjects }, (_, s) => {
      const truth = classes[s % 3] as string;
      const shared = classes.map((name) => (name === truth ? 1.2 : 0) + random.normal());
      return {
        caseId: `case-${s}`,
        studyUid: `2.25.${s}`,
        subjectId: `subject-${s}`,
        truth,
        slices: Array.from({ length: slicesEach }, (_, sliceIndex) => {
          const powers = shared.map((logit) => Math.exp(logit + random.normal()));
          const sum = powers.reduce((total, power) => total + power, 0);
          return { sliceIndex, truth, probabilities: powers.map((power) => power / sum) };
        }),
      };
    }),
  };
}

async function secondsOf(task: () => unknown): Promise<number> {
  const start = performance.now();
  await task();
  return (performance.now() - start) / 1000;
}

/** Seconds that another program reports for the same task; null where it is not installed. */
function peer(program: string, args: readonly string[]): number | null {
  try {
    const said = execFileSync(program, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return Number(said.trim().split("\n").at(-1));
  } catch {
    return null;
  }
}

function row(name: string, ours: number, other: number | null): Row {
  return { name, ours, peer: other, ratio: other === null ? null : other / ours };
}

function tableOf(rows: readonly Row[]): string {
  const seconds = (value: number | null) => (value === null ? "–" : value.toFixed(3)).padStart(9);
  const width = Math.max(...rows.map(({ name }) => name.length));
  const head = `${"seconds".padEnd(width)}${"ours".padStart(9)}${"peer".padStart(9)}${"ratio".padStart(9)}`;
  const lines = rows.map(
    ({ name, ours, peer, ratio }) =>
      `${name.padEnd(width)}${seconds(ours)}${seconds(peer)}${(ratio === null ? "–" : ratio.toFixed(1)).padStart(9)}`,
  );
  return [head, ...lines].join("\n");
}
