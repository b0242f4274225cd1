import type { Random } from "../base/random.ts";
import { areaOfCells, type Prediction } from "./attributeTest.ts";
import { foldsBySubject, type LabelledItems, labelShuffler } from "./labelledItems.ts";
import { permutationP } from "./permutationP.ts";

const folds = 5;
const mostPermutations = 1999;

/** A linear model of fixed features, made ready so that any labels are fitted and tried at little cost. */
export interface RidgeModel {
  /** Cross-validated scores of items for the class of which member is 1 (else 0). [items] */
  scores(member: Float64Array): Float64Array;
}

/**
 * A ridge regression from features to membership in a class, cross-validated in given folds. What does not hang on the labels
 * is solved once: features are standardised, and each fold's normal matrix is inverted.
 *
 * features: [items, width], row-major; fold: of each item; weight: of each item; penalty: added to each standardised
 * feature's sum of squares, as a share of the items.
 * @source Hastie, Tibshirani and Friedman 2009, sections 3.4.1 and 4.2 (indicator regression).
 */
export function ridgeModel(
  features: Float64Array,
  width: number,
  options: { readonly fold: Int32Array; readonly weight: Float64Array; readonly penalty?: number },
): RidgeModel {
  const { fold, weight, penalty = 0.1 } = options;
  const items = fold.length;
  const x = standardised(features, width, weight);
  const foldCount = fold.reduce((most, one) => Math.max(most, one), 0) + 1;
  const total = weight.reduce((sum, one) => sum + one, 0);
  const products = Array.from({ length: foldCount }, () => new Float64Array(width * width));
  const weights = new Float64Array(foldCount);
  for (let i = 0; i < items; i++) {
    const own = products[fold[i] as number] as Float64Array;
    weights[fold[i] as number] = (weights[fold[i] as number] as number) + (weight[i] as number);
    for (let a = 0; a < width; a++) {
      const scaled = (weight[i] as number) * (x[i * width + a] as number);
      if (scaled === 0) continue;
      for (let b = 0; b < width; b++)
        own[a * width + b] = (own[a * width + b] as number) + scaled * (x[i * width + b] as number);
    }
  }
  const inverses = products.map((_, f) => {
    const sum = new Float64Array(width * width);
    for (const [g, product] of products.entries()) {
      if (g === f) continue;
      for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + (product[k] as number);
    }
    for (let a = 0; a < width; a++) sum[a * width + a] = (sum[a * width + a] as number) + penalty * total;
    return inverse(sum, width);
  });
  const sums = Array.from({ length: foldCount }, () => new Float64Array(width));
  for (let i = 0; i < items; i++) {
    const own = sums[fold[i] as number] as Float64Array;
    for (let a = 0; a < width; a++) own[a] = (own[a] as number) + (weight[i] as number) * (x[i * width + a] as number);
  }
  return {
    scores(member) {
      const right = Array.from({ length: foldCount }, () => new Float64Array(width));
      const members = new Float64Array(foldCount);
      for (let i = 0; i < items; i++) {
        const own = right[fold[i] as number] as Float64Array;
        const scaled = (weight[i] as number) * (member[i] as number);
        if (scaled === 0) continue;
        members[fold[i] as number] = (members[fold[i] as number] as number) + scaled;
        for (let a = 0; a < width; a++) own[a] = (own[a] as number) + scaled * (x[i * width + a] as number);
      }
      const coefficients = inverses.map((matrix, f) => {
        let [membersOfOthers, weightOfOthers] = [0, 0];
        const target = new Float64Array(width);
        for (let g = 0; g < foldCount; g++) {
          if (g === f) continue;
          membersOfOthers += members[g] as number;
          weightOfOthers += weights[g] as number;
        }
        const share = weightOfOthers === 0 ? 0 : membersOfOthers / weightOfOthers;
        for (let g = 0; g < foldCount; g++) {
          if (g === f) continue;
          for (let a = 0; a < width; a++)
            target[a] = (target[a] as number) + (right[g]?.[a] ?? 0) - share * (sums[g]?.[a] ?? 0);
        }
        return multiplied(matrix, target);
      });
      return Float64Array.from({ length: items }, (_, i) => {
        const own = coefficients[fold[i] as number] as Float64Array;
        let score = 0;
        for (let a = 0; a < width; a++) score += (own[a] as number) * (x[i * width + a] as number);
        return score;
      });
    },
  };
}

/** How well features predict the label; as testAttribute, with a ridge regression in place of the counts. */
export function testFeatures(items: LabelledItems, features: Float64Array, width: number, random: Random): Prediction {
  const fold = foldsBySubject(items, folds, random.fork("folds"));
  const model = ridgeModel(features, width, { fold, weight: items.weight });
  const observed = bestArea(items, items.label, model);
  const shuffle = labelShuffler(items, random.fork("labels"));
  return { ...observed, p: permutationP(observed.auc, () => bestArea(items, shuffle(), model).auc, mostPermutations) };
}

/** The area of each class under a model's cross-validated scores. */
export function areasOf(items: LabelledItems, label: Int32Array, model: RidgeModel): number[] {
  const classes = items.classes.length === 2 ? [0] : items.classes.map((_, k) => k);
  return classes.map((k) => {
    const member = Float64Array.from(label, (one) => (one === k ? 1 : 0));
    const scores = model.scores(member);
    return areaOfCells(
      Array.from(scores, (score, i) => {
        const weight = items.weight[i] as number;
        return { score, positive: member[i] === 1 ? weight : 0, negative: member[i] === 1 ? 0 : weight };
      }),
    );
  });
}

function bestArea(items: LabelledItems, label: Int32Array, model: RidgeModel): { class: number; auc: number } {
  const areas = areasOf(items, label, model);
  const auc = Math.max(...areas);
  return { class: areas.indexOf(auc), auc };
}

/** Features less their mean, in standard deviations; one that never changes is 0. */
function standardised(features: Float64Array, width: number, weight: Float64Array): Float64Array {
  const x = features.slice();
  const items = weight.length;
  const total = weight.reduce((sum, one) => sum + one, 0);
  for (let a = 0; a < width; a++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < items; i++) sum += (weight[i] as number) * (x[i * width + a] as number);
    const mean = sum / total;
    for (let i = 0; i < items; i++) squares += (weight[i] as number) * ((x[i * width + a] as number) - mean) ** 2;
    const deviation = Math.sqrt(squares / total);
    for (let i = 0; i < items; i++) {
      const at = i * width + a;
      x[at] = deviation < 1e-9 ? 0 : ((x[at] as number) - mean) / deviation;
    }
  }
  return x;
}

/** Of a symmetric positive definite matrix, by Gauss and Jordan. */
function inverse(matrix: Float64Array, size: number): Float64Array {
  const a = matrix.slice();
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) result[i * size + i] = 1;
  for (let k = 0; k < size; k++) {
    const pivot = a[k * size + k] as number;
    for (let j = 0; j < size; j++) {
      a[k * size + j] = (a[k * size + j] as number) / pivot;
      result[k * size + j] = (result[k * size + j] as number) / pivot;
    }
    for (let i = 0; i < size; i++) {
      const factor = a[i * size + k] as number;
      if (i === k || factor === 0) continue;
      for (let j = 0; j < size; j++) {
        a[i * size + j] = (a[i * size + j] as number) - factor * (a[k * size + j] as number);
        result[i * size + j] = (result[i * size + j] as number) - factor * (result[k * size + j] as number);
      }
    }
  }
  return result;
}

function multiplied(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return Float64Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += (matrix[i * size + j] as number) * (vector[j] as number);
    return sum;
  });
}
