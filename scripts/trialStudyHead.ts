/**
 * Whether a study head, which learns from studies' labels alone, does better than the 5 % rule where less than 5 % of a study's slices
 * show its disease.
 *
 *   npm run trial:study-head -- --pretrained resnet18.safetensors
 *
 * A network learns from the labels of slices of drawn chests with usual disease. Other drawn chests have one small spot of COVID-19, or none; of
 * them only the studies' labels are used, by every way to decide: the rules on what that network says of their slices; the rules on
 * what it says after it learned from every slice under its study's label; and the head on its features. All is left in
 * .bench/study-head; a second call goes on.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isThere } from "../src/base/files.ts";
import type { Progress } from "../src/base/progress.ts";
import { readClassifier, readClassifierWeights } from "../src/classifier/classifier.ts";
import { runPaths } from "../src/classifier/run.ts";
import { trainClassifier } from "../src/classifier/trainClassifier.ts";
import { compareAccuracy } from "../src/evaluation/compareAccuracy.ts";
import { firstClassShares } from "../src/evaluation/compareRules.ts";
import { type Items, studiesOf } from "../src/evaluation/items.ts";
import { testPaired } from "../src/evaluation/pairedTest.ts";
import { rocTable } from "../src/evaluation/rocTable.ts";
import { fitStudyRules } from "../src/prediction/fitting/fitStudyRules.ts";
import { knownStudies } from "../src/prediction/fitting/knownStudies.ts";
import { type PredictionSet, readPredictionSet } from "../src/prediction/predictionSet.ts";
import type { StudyDecision } from "../src/prediction/studyFinding.ts";
import { paperStudyRule } from "../src/prediction/studyRule.ts";
import type { Estimate } from "../src/statistics/estimate.ts";
import { resampleSubjects } from "../src/statistics/resampling.ts";
import { readBestWeights } from "../src/training/checkpoint.ts";
import { askLastLayers } from "./askLastLayers.ts";
import { readDiseasedSlices, spotLabels, writeSliceLabels, writeSpotLabels } from "./spotStudies.ts";
import { groundglass } from "./trialSet.ts";

const { values } = parseArgs({
  options: { pretrained: { type: "string" }, subjects: { type: "string", default: "600" } },
});

const folder = join(".bench", "study-head");
const at = (name: string) => join(folder, name);
const classes = ["--classes", spotLabels.join(",")];
const drawing = ["--matrix", "128"];
const small = ["--input-px", "112"];

await makeNetwork();
await learnFromStudies();
await report();

/** A network that learned from the labels of slices what usual disease looks like in one. */
async function makeNetwork(): Promise<void> {
  const [data, labels, slices] = [at("elsewhere"), at("elsewhere.csv"), at("elsewhere-slices.csv")];
  groundglass(["phantom", data, "--subjects", "150", "--seed", "11", ...drawing, "--slice-spacing", "8"]);
  await writeSliceLabels(data, { labels, slices });
  const labelled = ["--labels", labels, "--slice-labels", slices, ...classes];
  groundglass(["prepare", data, ...labelled, "-o", at("elsewhere-set"), ...small]);
  const start = values.pretrained === undefined ? [] : ["--pretrained", values.pretrained];
  const settings = ["--epochs", "5", "--learning-rate", "3e-4", "--slices-per-study", "12"];
  groundglass(["train", at("elsewhere-set"), "-o", at("network"), ...settings, ...start]);
}

/** The new studies, of whose slices no label is used: what each way to decide learns from them. */
async function learnFromStudies(): Promise<void> {
  const spot = ["--slice-spacing", "6", "--spot", "0.07"];
  groundglass(["phantom", at("spots"), "--subjects", values.subjects, "--seed", "21", ...drawing, ...spot]);
  await writeSpotLabels(at("spots"), at("spots.csv"));
  groundglass(["prepare", at("spots"), "--labels", at("spots.csv"), ...classes, "-o", at("dataset"), ...small]);
  // Not by the command line, whose audit takes minutes to compare all slices of all: no two of these are of one person.
  const training = {
    ...{ pretrained: join(runPaths(at("network")).classifier, "weights.safetensors"), freeze: "layer4" },
    ...{ epochs: 3, learningRate: 1e-3, augmentation: "none", slicesPerStudy: 16, progress: tellStages() },
  };
  await trainClassifier(at("dataset"), { ...training, out: at("head"), studyHead: "attention" });
  if (await isThere(predictionsOf("learned")("test"))) return;
  const learned = await readBestWeights(runPaths(at("head")).checkpoints);
  if (learned === undefined) throw new Error(`No weights in ${at("head")}`);
  const network = runPaths(at("network")).classifier;
  const asItIs = await readClassifierWeights(network, (await readClassifier(network)).classifier);
  await askLastLayers(network, at("dataset"), [
    { state: asItIs, fileOf: predictionsOf("as-it-is") },
    { state: learned.state, fileOf: predictionsOf("learned") },
  ]);
}

function predictionsOf(name: string): (set: "validation" | "test") => string {
  return (set) => at(`${name}-${set}.json`);
}

/** Says each stage once, and lines as they come. */
function tellStages(): Progress {
  let last = "";
  return ({ stage, line }) => {
    if (stage !== last) process.stderr.write(`${stage}\n`);
    if (line !== undefined) process.stderr.write(`${line}\n`);
    last = stage;
  };
}

interface Way {
  readonly name: string;
  readonly test: PredictionSet;
  readonly decision: StudyDecision;
}

async function report(): Promise<void> {
  const head = await headsWay();
  const learned = await waysOf("last layer learned", predictionsOf("learned"));
  const untouched = await waysOf("as it is", predictionsOf("as-it-is"));
  const ways = [...learned, ...untouched, head];
  const items = ways.map(({ test, decision }) => studiesOf(test, decision));
  const last = items[items.length - 1];
  const resampling = resampleSubjects(last.subjects, { resamples: 2000, seed: 1 });
  await describeStudies(head.test, last);
  console.log(
    "| decided by | right | sensitivity | specificity | AUC | head minus this | only head, only this right | p |",
  );
  console.log("|---|---|---|---|---|---|---|---|");
  for (const [i, { name }] of ways.entries())
    console.log(`| ${name} | ${cells(items[i], last, resampling).join(" | ")} |`);
  await withoutLarger(ways);
  await pointsAtDisease(head.test);
}

/** The same of the studies that show disease in less than 5 % of the slices that the recipe leaves to the network. */
async function withoutLarger(ways: readonly Way[]): Promise<void> {
  const shown = await readDiseasedSlices(at("spots"));
  const isSmall = ({ studyUid, slices }: PredictionSet["studies"][number]) =>
    slices.filter(({ sliceIndex }) => shown.get(studyUid)?.has(sliceIndex)).length < 0.05 * slices.length;
  const items = ways.map(({ test, decision }) =>
    studiesOf({ ...test, studies: test.studies.filter(isSmall) }, decision),
  );
  const head = items[items.length - 1];
  const right = ({ truth, predicted }: Items) => truth.filter((one, i) => predicted[i] === one).length;
  console.log(
    `\nOf ${head.truth.length} with less than 5 % of those slices diseased, the head calls ${right(head)} right.`,
  );
  for (const [i, { name }] of ways.entries()) {
    if (!name.startsWith("the paper")) continue;
    const { onlyFirst, onlySecond, p } = testPaired(head, items[i]);
    console.log(
      `${name}: ${right(items[i])}; only head ${onlyFirst}, only this ${onlySecond}, p = ${p?.toPrecision(2)}.`,
    );
  }
}

async function headsWay(): Promise<Way> {
  const { classifier } = await readClassifier(runPaths(at("head")).classifier);
  const { calibration, operatingPoint, studyRule } = classifier;
  const test = await readPredictionSet(runPaths(at("head")).predictions("test"));
  return { name: "**study head**", test, decision: { calibration, operatingPoint, studyRule } };
}

/** The paper's rule as it is, and every kind of rule fitted on validation. */
async function waysOf(name: string, fileOf: (set: "validation" | "test") => string): Promise<Way[]> {
  const [validation, test] = [await readPredictionSet(fileOf("validation")), await readPredictionSet(fileOf("test"))];
  const { classes } = validation;
  const known = knownStudies(validation.studies, classes);
  const fit = fitStudyRules(known, { rule: "auto", threshold: null }, { classes, seed: 1 });
  if (fit === null) throw new Error("No validation study has a label");
  const plain = { calibration: null, operatingPoint: null };
  const way = (rule: string, studyRule: StudyDecision["studyRule"]): Way => {
    return { name: `${rule}, ${name}`, test, decision: { ...plain, studyRule } };
  };
  return [
    way("the paper's 5 % rule", paperStudyRule(classes)),
    ...fit.rules.rules.map(({ rule }) => way(`${rule.kind}${rule.kind === fit.rules.chosen ? " (auto's)" : ""}`, rule)),
  ];
}

/** How much of the test studies' slices, as the network sees them, shows disease. */
async function describeStudies(test: PredictionSet, { subjects, truth }: Items): Promise<void> {
  const shown = await readDiseasedSlices(at("spots"));
  const shares = test.studies.flatMap(({ truth, studyUid, slices }) =>
    truth === "normal"
      ? []
      : [slices.filter(({ sliceIndex }) => shown.get(studyUid)?.has(sliceIndex)).length / slices.length],
  );
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const slices = test.studies.reduce((sum, study) => sum + study.slices.length, 0) / test.studies.length;
  console.log(
    `Test: ${truth.length} studies of ${subjects} subjects with ${slices.toFixed(0)} slices each, ${shares.length} with disease, in ${percent(mean)} of the slices on average, at most ${percent(Math.max(...shares))}.\n`,
  );
}

function cells(items: Items, head: Items, resampling: ReturnType<typeof resampleSubjects>): string[] {
  const { overallAccuracy, sensitivity, specificity } = firstClassShares(items, resampling);
  const [{ auc }] = rocTable(items, resampling, "studies").rows;
  const row = [overallAccuracy, sensitivity, specificity].map((one) => told(one, percent));
  row.push(told(auc, (value) => value.toFixed(3)));
  if (items === head) return [...row, "", "", ""];
  const { onlyFirst, onlySecond, p } = testPaired(head, items);
  const difference = compareAccuracy(head, items, resampling);
  return [...row, told(difference, percent), `${onlyFirst}, ${onlySecond}`, p === null ? "–" : p.toPrecision(2)];
}

/** How often the slice with the most attention shows the disease. */
async function pointsAtDisease(test: PredictionSet): Promise<void> {
  const shown = await readDiseasedSlices(at("spots"));
  let [hits, all, byChance] = [0, 0, 0];
  for (const { slices, truth, studyUid } of test.studies) {
    if (truth === "normal") continue;
    const isShown = ({ sliceIndex }: (typeof slices)[number]) => shown.get(studyUid)?.has(sliceIndex) ?? false;
    const most = slices.reduce((best, slice) => ((slice.attention ?? 0) > (best.attention ?? 0) ? slice : best));
    hits += Number(isShown(most));
    byChance += slices.filter(isShown).length / slices.length;
    all += 1;
  }
  console.log(
    `\nThe slice with the most attention shows the disease in ${hits} of ${all} diseased studies; a slice drawn at random would in ${byChance.toFixed(1)}.`,
  );
}

function told({ value, low, high }: Estimate, write: (value: number) => string): string {
  if (value === null) return "–";
  return low === null || high === null ? write(value) : `${write(value)} (${write(low)} to ${write(high)})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
