/**
 * Whether a study head, which learns from studies' labels alone, does better than the 5 % rule where less than 5 % of a study's slices
 * show its disease.
 *
 *   npm run trial:study-head -- --pretrained resnet18.safetensors
 *
 * Drawn chests with one spot of COVID-19 in less than 5 % of their slices with lung, and normal ones, by the same network, which learned
 * from other drawn chests with usual disease and is frozen: only its last layer learns, from each slice's study label; then the rules
 * and the head decide. All is left in .bench/study-head; a second call goes on.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { readJson } from "../src/base/files.ts";
import { createRandom } from "../src/base/random.ts";
import { readClassifier } from "../src/classifier/classifier.ts";
import { runPaths } from "../src/classifier/run.ts";
import { compareAccuracy } from "../src/evaluation/compareAccuracy.ts";
import { firstClassShares } from "../src/evaluation/compareRules.ts";
import { type Items, studiesOf } from "../src/evaluation/items.ts";
import { testPaired } from "../src/evaluation/pairedTest.ts";
import { rocTable } from "../src/evaluation/rocTable.ts";
import { type StudyTruth, studyTruthSchema } from "../src/phantom/truth.ts";
import { type PredictionSet, readPredictionSet } from "../src/prediction/predictionSet.ts";
import type { StudyDecision } from "../src/prediction/studyFinding.ts";
import { paperStudyRule } from "../src/prediction/studyRule.ts";
import { readStudyRules } from "../src/prediction/studyRules.ts";
import type { Estimate } from "../src/statistics/estimate.ts";
import { resampleSubjects } from "../src/statistics/resampling.ts";
import { drawTrialSet, groundglass } from "./trialSet.ts";

const { values } = parseArgs({
  options: { pretrained: { type: "string" }, subjects: { type: "string", default: "150" } },
});

const folder = join(".bench", "study-head");
const at = (name: string) => join(folder, name);
const labels = ["COVID-19", "normal"];
/** Of the slices with lung. */
const mostDiseased = 0.05;
const small = ["--input-px", "112"];

const usual = drawTrialSet();
await writeLabels(usual, at("usual.csv"), { isKept: () => true });
groundglass(["prepare", usual, "--labels", at("usual.csv"), "-o", at("usual"), ...small, "--max-slices", "9"]);
const start = values.pretrained === undefined ? [] : ["--pretrained", values.pretrained];
groundglass(["train", at("usual"), "-o", at("network"), "--epochs", "4", "--learning-rate", "3e-4", ...start]);

const spots = at("spots");
const drawing = ["--seed", "21", "--matrix", "256", "--slice-spacing", "5", "--spot", "0.1"];
groundglass(["phantom", spots, "--subjects", values.subjects, ...drawing]);
const shares: number[] = [];
await writeLabels(spots, at("spots.csv"), {
  isKept: (share) => {
    const isKept = share < mostDiseased;
    if (isKept && share > 0) shares.push(share);
    return isKept;
  },
  hasSplit: true,
});
groundglass(["prepare", spots, "--labels", at("spots.csv"), "-o", at("dataset"), ...small]);
const frozen = [
  ...["--pretrained", join(runPaths(at("network")).classifier, "weights.safetensors"), "--train", "head"],
  ...["--epochs", "3", "--learning-rate", "1e-3", "--augment", "none", "--slices-per-study", "16"],
  // Whole slices of drawn people look alike: no two are of one person.
  ...["--accept-audit", "AUDIT_LEAK_IMAGES"],
];
groundglass(["train", at("dataset"), "-o", at("rules"), ...frozen]);
groundglass(["train", at("dataset"), "-o", at("head"), ...frozen, "--study-head", "attention"]);
await report();

/** Labels of COVID-19 and normal; of what is kept by the share of its slices with lung that show disease. */
async function writeLabels(
  data: string,
  path: string,
  { isKept, hasSplit = false }: { readonly isKept: (share: number) => boolean; readonly hasSplit?: boolean },
): Promise<void> {
  const lines = [`path,subject,study,label${hasSplit ? ",split" : ""}`];
  const setOf = new Map<string, string>();
  const random = createRandom(1);
  for (const name of (await readdir(join(data, "truth"))).filter((file) => file.endsWith(".json")).sort()) {
    const truth = await readJson(join(data, "truth", name), studyTruthSchema);
    if (!labels.includes(truth.label) || !isKept(hasSplit ? await diseasedShare(data, truth) : 0)) continue;
    const { path: study, subject, label } = truth;
    const drawn = random.fork(subject).uniform();
    setOf.set(subject, drawn < 0.45 ? "train" : drawn < 0.6 ? "validation" : "test");
    lines.push(`${study},${subject},${truth.name},${label}${hasSplit ? `,${setOf.get(subject)}` : ""}`);
  }
  await writeFile(path, `${lines.join("\n")}\n`);
}

/** Of the slices that show lung, the share that shows a lesion, if only in one voxel. */
async function diseasedShare(data: string, { shape, masks }: StudyTruth): Promise<number> {
  const read = async (file: string) => gunzipSync(await readFile(join(data, file)));
  const [lungs, lesions] = [await read(masks.lungs), await read(masks.lesions)];
  const area = shape[1] * shape[2];
  const count = (mask: Uint8Array) =>
    Array.from({ length: shape[0] }, (_, z) => mask.subarray(z * area, (z + 1) * area)).filter((slice) =>
      slice.some((code) => code > 0),
    ).length;
  return count(lesions) / count(lungs);
}

async function report(): Promise<void> {
  const own = async (run: string) => {
    const { classifier } = await readClassifier(runPaths(at(run)).classifier);
    return { classifier, test: await readPredictionSet(runPaths(at(run)).predictions("test")) };
  };
  const [ruled, headed] = [await own("rules"), await own("head")];
  const plain = { calibration: null, operatingPoint: null };
  const rules = await readStudyRules(runPaths(at("rules")).studyRules);
  const ways: [string, PredictionSet, StudyDecision][] = [
    ["the paper's 5 % rule", ruled.test, { ...plain, studyRule: paperStudyRule(ruled.classifier.classes) }],
    ...rules.rules.map(({ rule }): [string, PredictionSet, StudyDecision] => [
      `${rule.kind}, fitted on validation`,
      ruled.test,
      { ...plain, studyRule: rule },
    ]),
    ["**study head**", headed.test, { ...plain, studyRule: headed.classifier.studyRule }],
  ];
  const items = ways.map(([, set, decision]) => studiesOf(set, decision));
  const head = items[items.length - 1];
  const resampling = resampleSubjects(head.subjects, { resamples: 2000, seed: 1 });
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const diseased = head.truth.filter((truth) => truth === 0).length;
  console.log(
    `Disease in ${percent(mean)} of the slices with lung on average, at most ${percent(Math.max(...shares))}. Test: ${head.truth.length} studies of ${head.subjects} subjects, ${diseased} with disease.\n`,
  );
  console.log(
    "| decided by | right | sensitivity | specificity | AUC | head minus this | only head, only this right | p |",
  );
  console.log("|---|---|---|---|---|---|---|---|");
  for (const [i, [name]] of ways.entries())
    console.log(`| ${name} | ${cells(items[i], head, resampling).join(" | ")} |`);
  console.log(`\nauto took: ${rules.chosen}. ${rules.choice}`);
  await pointsAtDisease(headed.test);
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
  let [hits, all, byChance] = [0, 0, 0];
  for (const { slices, truth, attributes: _, ...study } of test.studies) {
    if (truth !== "COVID-19") continue;
    const labelsPath = join(spots, "slice-labels.csv");
    const name = (await nameOfStudy(study.studyUid)) ?? "";
    const uids = new Set(
      (await readFile(labelsPath, "utf8"))
        .split("\n")
        .filter((line) => line.startsWith(`${name},`))
        .map((line) => line.split(",")[1]),
    );
    const { slices: drawn } = await readJson(join(spots, "truth", `${name}.json`), studyTruthSchema);
    const isShown = (sliceIndex: number) => uids.has(drawn[sliceIndex].uid);
    const most = slices.reduce((best, slice) => ((slice.attention ?? 0) > (best.attention ?? 0) ? slice : best));
    hits += Number(isShown(most.sliceIndex));
    byChance += slices.filter(({ sliceIndex }) => isShown(sliceIndex)).length / slices.length;
    all += 1;
  }
  console.log(
    `\nThe slice with the most attention shows the disease in ${hits} of ${all} diseased studies; a slice drawn at random would in ${byChance.toFixed(1)}.`,
  );
}

async function nameOfStudy(studyUid: string): Promise<string | undefined> {
  for (const name of await readdir(join(spots, "truth"))) {
    if (!name.endsWith(".json")) continue;
    const truth = await readJson(join(spots, "truth", name), studyTruthSchema);
    if (truth.studyUid === studyUid) return truth.name;
  }
  return undefined;
}

function told({ value, low, high }: Estimate, write: (value: number) => string): string {
  if (value === null) return "–";
  return low === null || high === null ? write(value) : `${write(value)} (${write(low)} to ${write(high)})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
