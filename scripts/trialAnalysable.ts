/**
 * What a classifier trained on drawn chests answers for, of drawn chests that were made odd and of real studies: the share
 * refused, why, and accuracy against the share answered.
 *
 *   npm run trial:analysable -- --pretrained resnet18.safetensors
 *
 * With --run a run is taken as it is; else it is made in .bench/evidence.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InputError } from "../src/base/errors.ts";
import { readClassifier } from "../src/classifier/classifier.ts";
import { runPaths } from "../src/classifier/run.ts";
import { diagnose } from "../src/diagnosis/diagnose.ts";
import { answeredOf } from "../src/evaluation/answered.ts";
import type { StudyCall } from "../src/evaluation/items.ts";
import { planPhantoms, type StudyPlan } from "../src/phantom/planPhantoms.ts";
import type { StudyPrediction } from "../src/prediction/predictionSet.ts";
import type { Estimate } from "../src/statistics/estimate.ts";
import { wilsonInterval } from "../src/statistics/wilson.ts";
import { type OddKind, type OddName, oddKinds, writeOddStudy } from "./oddStudies.ts";
import { makeTrialRun } from "./trialSet.ts";

const { values } = parseArgs({
  options: {
    run: { type: "string" },
    pretrained: { type: "string" },
    subjects: { type: "string", default: "12" },
    clean: { type: "string", default: "45" },
    seed: { type: "string", default: "2026" },
    real: { type: "string", default: "../shared/data/ct-studies" },
  },
});

/** What came of one study. */
interface Trial {
  readonly subject: string;
  readonly truth: string;
  readonly finding: string | null;
  readonly probability: number;
  readonly reasons: readonly string[];
  readonly novelty: number | null;
}

const run = values.run ?? makeTrialRun(values.pretrained).run;
const folder = runPaths(run).classifier;
const { classifier } = await readClassifier(folder);
const limit = classifier.analysable?.novelty ?? null;
console.log(
  `Classifier ${classifier.classifierId}: limit ${limit?.limit.toFixed(2)}, asked ${limit?.askedRate}, promised ${limit?.promisedRate.toFixed(3)}, from ${limit?.fittedOn.studies} studies of ${limit?.fittedOn.subjects} validation subjects.`,
);
const out = mkdtempSync(join(tmpdir(), "groundglass-odd-"));
const mixed: Trial[] = [];
console.log("\n| studies | made how | n | refused | why | right of the answered | right of the refused |");
console.log("|---|---|---|---|---|---|---|");
try {
  for (const kind of oddKinds) {
    const plans = plansOf(kind.name === "clean" ? values.clean : values.subjects);
    const trials: Trial[] = [];
    for (const plan of plans) trials.push(await tryOdd(plan, kind));
    row(kind, trials);
    mixed.push(...trials.slice(0, plansOf(values.subjects).length));
  }
} finally {
  rmSync(out, { recursive: true });
}
if (existsSync(values.real)) {
  for (const name of readdirSync(values.real, { withFileTypes: true }).filter((one) => one.isDirectory())) {
    const { reasons, novelty, finding } = await look(join(values.real, name.name), { subject: name.name, truth: "" });
    console.log(
      `| ${name.name} | real | 1 | ${reasons.length === 0 ? "no" : "yes"} | ${reasons.join(", ") || "–"}; ${novelty?.toFixed(2)} | (would say ${finding}) | |`,
    );
  }
} else console.log(`${values.real} is not there: no real studies were tried.`);
curve();

function plansOf(subjects: string): StudyPlan[] {
  return planPhantoms({ subjects: Number(subjects), seed: Number(values.seed), matrix: 256, sliceSpacingMm: 10 });
}

async function tryOdd(plan: StudyPlan, kind: OddKind & { readonly name: OddName }): Promise<Trial> {
  const own = join(out, kind.name.replaceAll(" ", "-"), plan.name);
  const path = await writeOddStudy(own, plan, kind.name);
  // What is no chest any more has no right answer.
  const trial = await look(path, { subject: String(plan.subject), truth: kind.isStillChest ? plan.label : "none" });
  rmSync(own, { recursive: true });
  return trial;
}

async function look(path: string, known: { readonly subject: string; readonly truth: string }): Promise<Trial> {
  const options = { clock: () => performance.now(), answerAnyway: true, heat: false };
  try {
    const { diagnosis } = await diagnose(path, folder, options);
    const { finding, probabilities, answerability } = diagnosis;
    const reasons = answerability.reasons.map(({ code }) => code);
    return { ...known, finding, probability: Math.max(...probabilities), reasons, novelty: answerability.novelty };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { ...known, finding: null, probability: 0, reasons: [error.code], novelty: null };
  }
}

function row({ name, what, isStillChest }: OddKind, trials: readonly Trial[]): void {
  const refused = trials.filter(({ reasons }) => reasons.length > 0);
  const answered = trials.filter(({ reasons }) => reasons.length === 0);
  const codes = [...new Set(refused.flatMap(({ reasons }) => reasons))].sort();
  const why = codes.map((code) => `${code} ${refused.filter(({ reasons }) => reasons.includes(code)).length}`);
  const right = (some: readonly Trial[]) =>
    isStillChest ? `${some.filter(({ finding, truth }) => finding === truth).length} of ${some.length}` : "–";
  console.log(
    `| ${name} | ${what} | ${trials.length} | ${share(refused.length, trials.length)} | ${why.join(", ") || "–"} | ${right(answered)} | ${right(refused)} |`,
  );
}

function share(count: number, n: number): string {
  const { low, high } = wilsonInterval(count / n, n);
  return `${count}, ${((100 * count) / n).toFixed(0)} % (${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)})`;
}

/** Accuracy against the share answered over all kinds, as many studies of each; to answer for what is no chest is wrong. */
function curve(): void {
  const studies = mixed.map(
    ({ subject, truth, reasons, novelty }, i): StudyPrediction => ({
      caseId: `${i}`,
      studyUid: `${i}`,
      subjectId: subject,
      truth,
      slices: [{ sliceIndex: 0, probabilities: [], truth: null }],
      // What could not be looked at is the farthest.
      answerability: { reasons, novelty: novelty ?? Number.MAX_VALUE },
    }),
  );
  const calls = mixed.map(
    ({ subject, truth, finding, probability }, i): StudyCall => ({
      caseId: `${i}`,
      studyUid: `${i}`,
      subjectId: subject,
      truth,
      finding: finding ?? "nothing",
      probabilities: [probability],
    }),
  );
  const set = {
    format: "groundglass-predictions/1",
    set: "test",
    level: "study",
    studies,
    classes: classifier.classes,
    classifierId: "",
  } as const;
  const found = answeredOf(set, calls, { resamples: 2000, seed: 1 });
  if (found === null) return;
  console.log(
    `\nAll kinds together, ${mixed.length} studies: answered ${told(found.share)}; right of the answered ${told(found.accuracy)}, right of all ${told(found.curves[0].points[0].accuracy)}.`,
  );
  console.log("\n| share answered | least unlike first | surest first |\n|---|---|---|");
  for (const [i, point] of found.curves[0].points.entries()) {
    console.log(
      `| ${(100 * point.share).toFixed(0)} % | ${told(point.accuracy)} | ${told(found.curves[1].points[i].accuracy)} |`,
    );
  }
}

function told({ value, low, high }: Estimate): string {
  if (value === null) return "–";
  const percent = (one: number | null) => (one === null ? "–" : (100 * one).toFixed(1));
  return `${percent(value)} % (${percent(low)}–${percent(high)})`;
}
