/** A multinomial logistic regression: class k's logit of x is intercepts[k] + weights[k] · x. */
export interface LogisticModel {
  /** [classes, features] */
  readonly weights: readonly (readonly number[])[];
  readonly intercepts: readonly number[];
}

/**
 * The model that minimises ½‖weights‖² + Σ −log P(label), by Newton's method; intercepts are not held back.
 *
 * features: [items, features], on a scale of about 1; labels: 0 … classes − 1.
 * @source Hastie, Tibshirani and Friedman 2009, section 4.4; the objective of scikit-learn's LogisticRegression with C = 1.
 */
export function fitLogistic(
  features: readonly (readonly number[])[],
  labels: readonly number[],
  classes: number,
): LogisticModel {
  const width = (features[0]?.length ?? 0) + 1;
  const size = classes * width;
  let parameters = new Float64Array(size);
  let loss = objective(parameters, features, labels, classes, width);
  for (let iteration = 0; iteration < 100; iteration++) {
    const { gradient, hessian } = derivatives(parameters, features, labels, classes, width);
    const step = solve(hessian, gradient, size);
    let [scale, next] = [1, parameters];
    let nextLoss = Number.POSITIVE_INFINITY;
    for (; scale > 1e-8 && !(nextLoss <= loss); scale /= 2) {
      next = parameters.map((value, i) => value - scale * step[i]);
      nextLoss = objective(next, features, labels, classes, width);
    }
    const gained = loss - nextLoss;
    if (!(gained >= 0)) break;
    parameters = next;
    loss = nextLoss;
    if (gained < 1e-13 * (1 + loss)) break;
  }
  const rows = Array.from({ length: classes }, (_, k) => [...parameters.subarray(k * width, (k + 1) * width)]);
  return { weights: rows.map((row) => row.slice(0, -1)), intercepts: rows.map((row) => row[width - 1]) };
}

/** The probability of each class, summing to 1. */
export function predictLogistic(model: LogisticModel, features: readonly number[]): number[] {
  return softmax(model.intercepts.map((intercept, k) => intercept + dot(model.weights[k], features)));
}

function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function dot(a: ArrayLike<number>, b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += a[i] * b[i];
  return sum;
}

function probabilitiesAt(parameters: Float64Array, row: readonly number[], classes: number, width: number): number[] {
  return softmax(
    Array.from({ length: classes }, (_, k) => {
      const at = k * width;
      return dot(parameters.subarray(at, at + width - 1), row) + parameters[at + width - 1];
    }),
  );
}

function objective(
  parameters: Float64Array,
  features: readonly (readonly number[])[],
  labels: readonly number[],
  classes: number,
  width: number,
): number {
  let loss = 0;
  for (let i = 0; i < parameters.length; i++) if (i % width < width - 1) loss += parameters[i] ** 2 / 2;
  for (const [i, row] of features.entries()) {
    loss -= Math.log(Math.max(1e-300, probabilitiesAt(parameters, row, classes, width)[labels[i]]));
  }
  return loss;
}

/** Gradient [classes × width] and Hessian [classes × width, classes × width] of the objective. */
function derivatives(
  parameters: Float64Array,
  features: readonly (readonly number[])[],
  labels: readonly number[],
  classes: number,
  width: number,
): { gradient: Float64Array; hessian: Float64Array } {
  const size = classes * width;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const isWeight = i % width < width - 1;
    gradient[i] = isWeight ? parameters[i] : 0;
    // All intercepts may rise together without any effect; a trace of curvature keeps the system solvable.
    hessian[i * size + i] = isWeight ? 1 : 1e-9;
  }
  for (const [item, row] of features.entries()) {
    const p = probabilitiesAt(parameters, row, classes, width);
    const extended = [...row, 1];
    for (let a = 0; a < classes; a++) {
      const error = p[a] - (labels[item] === a ? 1 : 0);
      for (let i = 0; i < width; i++) gradient[a * width + i] += error * extended[i];
      for (let b = 0; b < classes; b++) {
        const curvature = p[a] * ((a === b ? 1 : 0) - p[b]);
        for (let i = 0; i < width; i++) {
          const at = (a * width + i) * size + b * width;
          for (let j = 0; j < width; j++) hessian[at + j] += curvature * extended[i] * extended[j];
        }
      }
    }
  }
  return { gradient, hessian };
}

/** The solution of a small linear system, by Gauss's elimination with pivots. matrix: [size, size]. */
function solve(matrix: Float64Array, right: Float64Array, size: number): Float64Array {
  const a = matrix.slice();
  const x = right.slice();
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(a[row * size + column]) > Math.abs(a[pivot * size + column])) pivot = row;
    }
    if (pivot !== column) {
      for (let j = 0; j < size; j++) {
        [a[column * size + j], a[pivot * size + j]] = [a[pivot * size + j], a[column * size + j]];
      }
      [x[column], x[pivot]] = [x[pivot], x[column]];
    }
    for (let row = column + 1; row < size; row++) {
      const factor = a[row * size + column] / a[column * size + column];
      if (factor === 0) continue;
      for (let j = column; j < size; j++) a[row * size + j] -= factor * a[column * size + j];
      x[row] -= factor * x[column];
    }
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let j = row + 1; j < size; j++) x[row] -= a[row * size + j] * x[j];
    x[row] /= a[row * size + row];
  }
  return x;
}
