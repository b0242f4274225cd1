/**
 * What mirrored slices and an ensemble of networks gain and cost, on the studies that none of the runs learned from.
 *
 *   npm run trial:ensemble -- DATASET RUN RUN…
 *
 * The runs are of one data set and split, such as those of a plan with several seeds. The first run's rule and calibration decide
 * throughout, as `predict --with` and `--mirror` do.
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
import type { Estimate } from "../src/statistics/estimate.ts";
import { calibrationError } from "../src/statistics/reliability.ts";
import { resampleSubjects } from "../src/statistics/resampling.ts";

const { positionals } = parseArgs({ allowPositionals: true });
const [dataset, first, ...others] = positionals;
if (first === undefined) throw new Error("Name a prepared data set and one or more runs of it");

const out = mkdtempSync(join(tmpdir(), "groundglass-ensemble-"));
const { classifier } = await readClassifier(runPaths(first).classifier);
const ways: readonly { readonly name: string; readonly mirror: boolean; readonly others: readonly string[] }[] = [
  { name: "one network", mirror: false, others: [] },
  { name: "mirrored", mirror: true, others: [] },
  ...(others.length === 0
    ? []
    : [
        { name: `${others.length + 1} networks`, mirror: false, others },
        { name: `${others.length + 1} networks, mirrored`, mirror: true, others },
      ]),
];
const items: Items[] = [];
console.log(
  "| asked | right | AUC | log loss | ECE | minus one network | only this, only one right | p | CPU of a slice |",
);
console.log("|---|---|---|---|---|---|---|---|---|");
for (const { name, ...options } of ways) {
  const before = process.cpuUsage();
  const path = join(out, "predictions.json");
  const { predictions } = await predictDataset(first, dataset, { ...options, out: path, knownSubjects: "leaveOut" });
  const { user, system } = process.cpuUsage(before);
  const slices = predictions.studies.reduce((sum, study) => sum + study.slices.length, 0);
  const found = studiesOf(predictions, classifier);
  items.push(found);
  console.log(`| ${name} | ${cells(found).join(" | ")} | ${((user + system) / 1000 / slices).toFixed(0)} ms |`);
}
rmSync(out, { recursive: true });
const [{ truth, subjects }] = items;
console.log(`\n${truth.length} studies of ${subjects} subjects; intervals over subjects.`);

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
