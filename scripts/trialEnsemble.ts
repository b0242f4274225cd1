/**
 * What mirrored slices and an ensemble of networks gain and cost, on the studies that none of the runs learned from.
 *
 *   npm run trial:ensemble -- DATASET RUN RUN…
 *   npm run trial:ensemble -- --set validation RUN RUN…
 *
 * The runs are of one data set and split, such as those of a plan with several seeds. The first run's rule and calibration decide
 * throughout, as `predict --with` and `--mirror` do. With --set, what the runs said of their validation or test set is taken from their
 * folders: nothing is asked again, nothing mirrored. The validation picked each run's epoch, so all networks look better there.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readClassifier } from "../src/classifier/classifier.ts";
import { predictDataset } from "../src/classifier/predictDataset.ts";
import { runPaths } from "../src/classifier/run.ts";
import { compareAccuracy } from "../src/evaluation/compareAccuracy.ts";
import { firstClassShares } from "../src/evaluation/compareRules.ts";
import { type Items, studiesOf } from "../src/evaluation/items.ts";
import { testPaired } from "../src/evaluation/pairedTest.ts";
import { rocTable } from "../src/evaluation/rocTable.ts";
import { readPredictionSet } from "../src/prediction/predictionSet.ts";
import type { Estimate } from "../src/statistics/estimate.ts";
import { calibrationError } from "../src/statistics/reliability.ts";
import { resampleSubjects } from "../src/statistics/resampling.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { set: { type: "string" } } });
const items: Items[] = [];
console.log(
  "| asked | right | AUC | log loss | ECE | minus the first network | only this, only the first right | p | CPU of a slice |",
);
console.log("|---|---|---|---|---|---|---|---|---|");
if (values.set === "validation" || values.set === "test") await takeFrom(positionals, values.set);
else await askAnew(positionals);
const [{ truth, subjects }] = items;
console.log(`\n${truth.length} studies of ${subjects} subjects; intervals over subjects.`);

/** Asks the runs about the studies that none of them learned from. */
async function askAnew([dataset, first, ...others]: readonly string[]): Promise<void> {
  if (first === undefined) throw new Error("Name a prepared data set and one or more runs of it");
  const out = mkdtempSync(join(tmpdir(), "groundglass-ensemble-"));
  const { classifier } = await readClassifier(runPaths(first).classifier);
  const all = `${others.length + 1} networks`;
  const ways = [
    { name: "one network", mirror: false, others: [] },
    { name: "mirrored", mirror: true, others: [] },
    ...(others.length === 0
      ? []
      : [
          { name: all, mirror: false, others },
          { name: `${all}, mirrored`, mirror: true, others },
        ]),
  ];
  for (const { name, ...options } of ways) {
    const before = process.cpuUsage();
    const path = join(out, "predictions.json");
    const { predictions } = await predictDataset(first, dataset, { ...options, out: path, knownSubjects: "leaveOut" });
    const { user, system } = process.cpuUsage(before);
    const slices = predictions.studies.reduce((sum, study) => sum + study.slices.length, 0);
    tell(name, studiesOf(predictions, classifier), `${((user + system) / 1000 / slices).toFixed(0)} ms`);
  }
  rmSync(out, { recursive: true });
}

/** Takes what the runs said of one of their sets: each alone, then the mean of all. */
async function takeFrom(runs: readonly string[], set: "validation" | "test"): Promise<void> {
  if (runs.length < 2) throw new Error("Name two or more runs of one data set and split");
  const { classifier } = await readClassifier(runPaths(runs[0]).classifier);
  const sets = await Promise.all(runs.map((run) => readPredictionSet(runPaths(run).predictions(set))));
  for (const [i, one] of sets.entries()) {
    tell(
      `network ${i + 1}`,
      studiesOf(one, i === 0 ? classifier : (await readClassifier(runPaths(runs[i]).classifier)).classifier),
      "once",
    );
  }
  const studies = sets[0].studies.map((study, s) => ({
    ...study,
    slices: study.slices.map((slice, i) => {
      const said = sets.map((one) => {
        if (one.studies[s].caseId !== study.caseId) throw new Error("The runs are of different splits");
        return one.studies[s].slices[i].probabilities;
      });
      return {
        ...slice,
        probabilities: slice.probabilities.map((_, k) => said.reduce((sum, row) => sum + row[k], 0) / said.length),
      };
    }),
  }));
  tell(`all ${runs.length}`, studiesOf({ ...sets[0], studies }, classifier), `${runs.length} times`);
}

function tell(name: string, found: Items, cost: string): void {
  items.push(found);
  console.log(`| ${name} | ${cells(found).join(" | ")} | ${cost} |`);
}

function cells(found: Items): string[] {
  const [alone] = items;
  const resampling = resampleSubjects(found.subjects, { resamples: 2000, seed: 1 });
  const { overallAccuracy } = firstClassShares(found, resampling);
  const probabilities = Array.from(found.truth, (_, i) => found.scores.map((scores) => scores[i]));
  const loss = probabilities.reduce((sum, row, i) => sum - Math.log(Math.max(row[found.truth[i]], 1e-6)), 0);
  const isTrue = probabilities.flatMap((row, i) => row.map((_, k) => Number(k === found.truth[i])));
  const row = [
    told(overallAccuracy, percent),
    told(rocTable(found, resampling, "studies").macroAuc, (area) => area.toFixed(3)),
    (loss / probabilities.length).toFixed(3),
    calibrationError(probabilities.flat(), isTrue).toFixed(3),
  ];
  if (found === alone) return [...row, "", "", ""];
  const { onlyFirst, onlySecond, p } = testPaired(found, alone);
  const difference = compareAccuracy(found, alone, resampling);
  return [...row, told(difference, percent), `${onlyFirst}, ${onlySecond}`, p === null ? "–" : p.toPrecision(2)];
}

function told({ value, low, high }: Estimate, write: (value: number) => string): string {
  if (value === null) return "–";
  return low === null || high === null ? write(value) : `${write(value)} (${write(low)} to ${write(high)})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
