import type { Random } from "../base/random.ts";
import { foldsBySubject, type LabelledItems, labelShuffler } from "./labelledItems.ts";
import { permutationP } from "./permutationP.ts";

/** The value of an attribute for each item; undefined where it is not known. */
export type Values = readonly (string | number | undefined)[];

/** How well an attribute predicts the label. */
export interface Prediction {
  /** Index of the class that is told best from the others. */
  readonly class: number;
  /** Area under its ROC curve, cross-validated by subject. */
  readonly auc: number;
  readonly p: number;
}

const folds = 5;
const mostBins = 8;
/** A word of fewer subjects joins the others: it could only be learned by heart. */
const fewestOfWord = 3;
const smoothing = 0.5;
const mostPermutations = 4999;

/**
 * How well a single attribute predicts the label: how often each class has each of its values (numbers in eight bins of
 * equal size), learned on four fifths of the subjects and tried on the rest, in turn. The statistic is the area of the class that
 * is told best; labels permuted among subjects say how large it gets by chance.
 *
 * null where the attribute is the same for all.
 */
export function testAttribute(items: LabelledItems, values: Values, random: Random): Prediction | null {
  const { bin, bins } = binsOf(items, values);
  if (bins < 2) return null;
  const fold = foldsBySubject(items, folds, random.fork("folds"));
  const observed = bestArea(items, items.label, { bin, bins, fold });
  const shuffle = labelShuffler(items, random.fork("labels"));
  const p = permutationP(observed.auc, () => bestArea(items, shuffle(), { bin, bins, fold }).auc, mostPermutations);
  return { ...observed, p };
}

interface Binned {
  readonly bin: Int32Array;
  readonly bins: number;
  readonly fold: Int32Array;
}

function binsOf(items: LabelledItems, values: Values): { bin: Int32Array; bins: number } {
  const key = keyOfValue(items, values);
  const keys = [...new Set(values.map(key))];
  const index = new Map(keys.map((one, i) => [one, i]));
  return { bin: Int32Array.from(values, (value) => index.get(key(value)) ?? 0), bins: keys.length };
}

function keyOfValue(items: LabelledItems, values: Values): (value: string | number | undefined) => string {
  const known = values.filter((value) => value !== undefined);
  const numbers = known.filter((value) => typeof value === "number");
  if (numbers.length === known.length && new Set(numbers).size > mostBins) {
    const sorted = numbers.toSorted((a, b) => a - b);
    const limits = Array.from(
      { length: mostBins - 1 },
      (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / mostBins)],
    );
    return (value) =>
      value === undefined
        ? "none"
        : String(limits.filter((limit) => limit !== undefined && Number(value) >= limit).length);
  }
  const subjects = new Map<string, Set<number>>();
  for (const [i, value] of values.entries()) {
    const name = String(value);
    subjects.set(name, (subjects.get(name) ?? new Set()).add(items.subject[i] as number));
  }
  const isRare = (value: string) => (subjects.get(value)?.size ?? 0) < fewestOfWord;
  return (value) => (value === undefined ? "none" : isRare(String(value)) ? "rare" : `value ${value}`);
}

function bestArea(items: LabelledItems, label: Int32Array, binned: Binned): { class: number; auc: number } {
  const classes = items.classes.length;
  const { bin, bins, fold } = binned;
  const tally = new Float64Array(folds * bins * classes);
  for (let i = 0; i < items.count; i++) {
    const at = ((fold[i] as number) * bins + (bin[i] as number)) * classes + (label[i] as number);
    tally[at] = (tally[at] as number) + (items.weight[i] as number);
  }
  let best = { class: 0, auc: -1 };
  for (let k = 0; k < (classes === 2 ? 1 : classes); k++) {
    const auc = areaOfClass(tally, { k, bins, classes });
    if (auc > best.auc) best = { class: k, auc };
  }
  return best;
}

/** Cells of one fold and bin have one score: the logarithm of the likelihood ratio in the other folds. */
function areaOfClass(
  tally: Float64Array,
  of: { readonly k: number; readonly bins: number; readonly classes: number },
): number {
  const { k, bins, classes } = of;
  const own = new Float64Array(folds * bins);
  const rest = new Float64Array(folds * bins);
  for (let cell = 0; cell < folds * bins; cell++) {
    for (let c = 0; c < classes; c++) {
      const side = c === k ? own : rest;
      side[cell] = (side[cell] as number) + (tally[cell * classes + c] as number);
    }
  }
  const cells: { score: number; positive: number; negative: number }[] = [];
  for (let f = 0; f < folds; f++) {
    const others = (side: Float64Array, b: number) => {
      let sum = 0;
      for (let g = 0; g < folds; g++) if (g !== f) sum += side[g * bins + b] as number;
      return sum;
    };
    let [ownAll, restAll] = [0, 0];
    for (let b = 0; b < bins; b++) {
      ownAll += others(own, b);
      restAll += others(rest, b);
    }
    for (let b = 0; b < bins; b++) {
      const likely = (others(own, b) + smoothing) / (ownAll + smoothing * bins);
      const unlikely = (others(rest, b) + smoothing) / (restAll + smoothing * bins);
      const cell = f * bins + b;
      cells.push({ score: likely / unlikely, positive: own[cell] as number, negative: rest[cell] as number });
    }
  }
  return areaOfCells(cells);
}

/** The area under the ROC curve of weighted scores; ties count half. NaN-free: 0.5 where a side is empty. */
export function areaOfCells(
  cells: readonly { readonly score: number; readonly positive: number; readonly negative: number }[],
): number {
  const sorted = cells.toSorted((a, b) => a.score - b.score);
  let [won, passed, positives, at] = [0, 0, 0, 0];
  while (at < sorted.length) {
    const { score } = sorted[at] as (typeof sorted)[number];
    let [positive, negative] = [0, 0];
    for (; at < sorted.length && sorted[at]?.score === score; at++) {
      positive += sorted[at]?.positive ?? 0;
      negative += sorted[at]?.negative ?? 0;
    }
    won += positive * (passed + negative / 2);
    passed += negative;
    positives += positive;
  }
  return positives * passed === 0 ? 0.5 : won / (positives * passed);
}
