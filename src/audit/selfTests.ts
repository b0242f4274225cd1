import type { Progress } from "../base/progress.ts";
import { createRandom } from "../base/random.ts";
import type { Finding, SelfTest } from "./audit.ts";
import { foldsBySubject, type LabelledItems, labelShuffler } from "./labelledItems.ts";
import { neighbourAreas, type SliceRow } from "./neighbourAreas.ts";
import { permutationP } from "./permutationP.ts";
import { quickFeatures, quickWidth } from "./quickFeatures.ts";
import type { CaseImages } from "./readImages.ts";
import { areasOf, type RidgeModel, ridgeModel } from "./ridgeTest.ts";
import { spaced } from "./spaced.ts";

const slicesOfItem = 8;
/** Slices that neighbours are sought among, at most. */
const mostSlices = 2000;
const folds = 5;
const shuffles = 200;
const mostPermutations = 999;
/** Features of slices come as their mean and their spread over the slices. */
const width = 2 * quickWidth;

/** What the self tests have gathered, and the tests. */
export interface SelfTester {
  add(item: number, images: CaseImages, slices: readonly number[]): void;
  run(progress: Progress): { readonly tests: SelfTest[]; readonly findings: Finding[] };
}

/** Tests of a quick model (a ridge regression on coarse features of the images) on the user's own data. */
export function createSelfTester(items: LabelledItems, seed: number): SelfTester {
  const whole = new Float64Array(items.count * width);
  const blanked = new Float64Array(items.count * width);
  const rows: SliceRow[] = [];
  let hasLungs = true;
  const perItem = Math.max(2, Math.min(slicesOfItem, Math.floor(mostSlices / Math.max(1, items.count))));
  return {
    add(item, { pixels, lungs, px }, slices) {
      hasLungs &&= lungs !== null;
      const size = px * px;
      const chosen = spaced(slices.length, perItem).map((k) => slices[k] as number);
      const of = (hide: boolean) =>
        chosen.map((slice) => {
          const part = (all: Uint8Array) => all.subarray(slice * size, (slice + 1) * size);
          return quickFeatures(part(pixels), px, hide && lungs !== null ? part(lungs) : null);
        });
      const seen = of(false);
      whole.set(meanAndSpread(seen), item * width);
      if (lungs !== null) blanked.set(meanAndSpread(of(true)), item * width);
      for (const features of seen) {
        rows.push({ features, subject: items.subject[item] as number, label: items.label[item] as number });
      }
    },
    run(progress) {
      const random = createRandom(seed).fork("self tests");
      const fold = foldsBySubject(items, folds, random.fork("folds"));
      const modelOf = (features: Float64Array) =>
        ridgeModel(features, width, { fold, weight: items.weight, penalty: 0.5 });
      const model = modelOf(whole);
      const observed = meanArea(items, items.label, model);
      const shuffle = labelShuffler(items, random.fork("shuffles"));
      const byChance: number[] = [];
      for (let i = 0; i < shuffles; i++) {
        byChance.push(meanArea(items, shuffle(), model));
        progress({ stage: "self tests", done: (0.6 * i) / shuffles, total: 1 });
      }
      const range = middle(byChance);
      const tests: SelfTest[] = [asItIs(observed, range), shuffled(byChance, range)];
      if (hasLungs) tests.push(lungsBlanked(meanArea(items, items.label, modelOf(blanked)), observed, range));
      progress({ stage: "self tests", done: 0.8, total: 1 });
      const split = splitWithoutRegard(rows, items);
      if (split !== null) tests.push(split);
      progress({ stage: "self tests", done: 1, total: 1 });
      const findings = hasLungs ? blankedFinding(items, modelOf(blanked), random.fork("blanked")) : [];
      return { tests, findings: [...findings, ...chanceFinding(byChance, range)] };
    },
  };
}

function asItIs(auc: number, range: readonly [number, number]): SelfTest {
  const message =
    auc > range[1]
      ? `A quick model on coarse features of the images reaches an area of ${auc.toFixed(2)}, cross-validated by subject: there is something to learn. A network should do better.`
      : `A quick model on coarse features of the images reaches an area of ${auc.toFixed(2)}, no more than chance gives (up to ${range[1].toFixed(2)}): what there is to learn is finer, or absent.`;
  return { name: "as it is", auc: rounded(auc), range: null, message };
}

function shuffled(byChance: readonly number[], range: readonly [number, number]): SelfTest {
  const mean = byChance.reduce((sum, one) => sum + one, 0) / byChance.length;
  const isChance = range[0] <= 0.5 && range[1] >= 0.5;
  const message = `With labels shuffled among subjects it falls to ${mean.toFixed(2)} (${range[0].toFixed(2)} to ${range[1].toFixed(2)})${isChance ? ", as it must: chance is 0.50" : ", which is not chance"}.`;
  return { name: "labels shuffled", auc: rounded(mean), range: [rounded(range[0]), rounded(range[1])], message };
}

function lungsBlanked(auc: number, observed: number, range: readonly [number, number]): SelfTest {
  const left = auc > range[1] ? "what is left predicts the label" : "nothing is left";
  const message = `With the lungs blanked it reaches ${auc.toFixed(2)} (with them ${observed.toFixed(2)}; by chance up to ${range[1].toFixed(2)}): ${left}. The outline of the lungs stays visible, and disease changes it a little.`;
  return { name: "lungs blanked", auc: rounded(auc), range: null, message };
}

function splitWithoutRegard(rows: readonly SliceRow[], { classes, subjects }: LabelledItems): SelfTest | null {
  if (rows.length <= subjects) return null;
  const { anyOther, otherSubjects } = neighbourAreas(rows, classes.length);
  const gain = anyOther - otherSubjects;
  const message = `On single slices, the nearest neighbours reach ${anyOther.toFixed(2)} where slices of the same subject may be among them, ${otherSubjects.toFixed(2)} where they may not: a split without regard to subjects would flatter by ${gain.toFixed(2)}.`;
  return { name: "slices split without regard to subjects", auc: rounded(anyOther), range: null, message };
}

/** From here on what is left without lungs is worth a word. */
const leastBlankedArea = 0.7;

function blankedFinding(items: LabelledItems, model: RidgeModel, random: ReturnType<typeof createRandom>): Finding[] {
  const auc = meanArea(items, items.label, model);
  if (auc < leastBlankedArea) return [];
  const shuffle = labelShuffler(items, random);
  const p = permutationP(auc, () => meanArea(items, shuffle(), model), mostPermutations);
  if (p > 0.01) return [];
  return [
    {
      code: "AUDIT_LUNGS_BLANKED",
      severity: "note",
      message: `With the lungs blanked, a quick model still reaches an area of ${auc.toFixed(2)} (chance: 0.50; p = ${p < 0.0015 ? "0.001" : p.toFixed(3)}). What is left is the outline of the lungs and what lies outside: a shortcut, unless the disease changes the outline.`,
      act: "Look at the attributes above; if none explains it, compare the heat maps of a trained network with the lungs.",
      caseIds: [],
    },
  ];
}

/** Shuffled labels that are predicted say that something in the tests or the data leaks. */
function chanceFinding(byChance: readonly number[], range: readonly [number, number]): Finding[] {
  if (range[0] <= 0.5 && range[1] >= 0.5) return [];
  const mean = byChance.reduce((sum, one) => sum + one, 0) / byChance.length;
  return [
    {
      code: "AUDIT_SHUFFLED_NOT_CHANCE",
      severity: "serious",
      message: `With labels shuffled among subjects a quick model reaches ${mean.toFixed(2)} on average (${range[0].toFixed(2)} to ${range[1].toFixed(2)}); it must be 0.50.`,
      act: "The subjects are too few or too unlike in their numbers of studies for a sound estimate. Add subjects.",
      caseIds: [],
    },
  ];
}

function meanArea(items: LabelledItems, label: Int32Array, model: RidgeModel): number {
  const areas = areasOf(items, label, model);
  return areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

function meanAndSpread(slices: readonly Float64Array[]): Float64Array {
  const result = new Float64Array(width);
  for (let k = 0; k < quickWidth; k++) {
    const values = slices.map((features) => features[k] as number);
    const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length);
    result[k] = mean;
    result[quickWidth + k] = Math.sqrt(variance);
  }
  return result;
}

function middle(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0.5;
  return [at(0.025), at(0.975)];
}

const rounded = (value: number) => Math.round(value * 10_000) / 10_000;
