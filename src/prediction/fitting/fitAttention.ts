import { createRandom } from "../../base/random.ts";
import { type AttentionModel, imageLogits } from "../pooling/attentionPooling.ts";
import type { KnownStudy } from "./knownStudies.ts";

const hidden = 4;
const steps = 100;
const learningRate = 0.1;
/** More images of a study say little more about how its images are spread, and cost time. */
const mostImages = 32;

/** Where each part of the model lies in one array of parameters. */
function layoutOf(classes: number) {
  const lookBias = hidden * classes;
  const attend = lookBias + hidden;
  const decide = attend + hidden;
  const decideBias = decide + classes * classes;
  return { look: 0, lookBias, attend, decide, decideBias, size: decideBias + classes };
}

/** A study as the fit sees it: the logits of at most 32 evenly spaced images, [images, classes], row-major. */
export interface Bag {
  readonly truth: number;
  readonly images: number;
  readonly logits: Float64Array;
}

export function bagOf({ truth, rows }: KnownStudy): Bag {
  const images = Math.min(rows.length, mostImages);
  const chosen = Array.from({ length: images }, (_, i) => rows[Math.floor(((i + 0.5) * rows.length) / images)]);
  return { truth, images, logits: Float64Array.from(chosen.flatMap(imageLogits)) };
}

/**
 * The attention model that minimises Σ −log P(truth) + ½ penalty · (‖look‖² + ‖attend‖² + ‖decide − 1‖²), by 100 steps of
 * Adam over all studies from first weights drawn from the seed. A high penalty leaves the mean of the images' logits.
 * @source Ilse et al. 2018; Kingma and Ba 2015.
 */
export function fitAttention(
  studies: readonly KnownStudy[],
  options: { readonly classes: number; readonly penalty: number; readonly seed: number },
): AttentionModel {
  const { classes, penalty, seed } = options;
  const at = layoutOf(classes);
  const bags = studies.map(bagOf);
  const random = createRandom(seed).fork("attention");
  const parameters = new Float64Array(at.size);
  for (let i = 0; i < at.lookBias; i++) parameters[i] = 0.3 * random.normal();
  for (let i = at.attend; i < at.decide; i++) parameters[i] = 0.3 * random.normal();
  for (let k = 0; k < classes; k++) parameters[at.decide + k * classes + k] = 1;
  const first = new Float64Array(at.size);
  const second = new Float64Array(at.size);
  for (let step = 1; step <= steps; step++) {
    const { gradient } = attentionLoss(parameters, bags, { classes, penalty });
    for (let i = 0; i < at.size; i++) {
      first[i] = 0.9 * first[i] + 0.1 * gradient[i];
      second[i] = 0.999 * second[i] + 0.001 * gradient[i] ** 2;
      const mean = first[i] / (1 - 0.9 ** step);
      const spread = Math.sqrt(second[i] / (1 - 0.999 ** step));
      parameters[i] -= (learningRate * mean) / (spread + 1e-8);
    }
  }
  const rowsFrom = (start: number, rows: number) =>
    Array.from({ length: rows }, (_, r) => kept(parameters.subarray(start + r * classes, start + (r + 1) * classes)));
  return {
    look: rowsFrom(at.look, hidden),
    lookBias: kept(parameters.subarray(at.lookBias, at.attend)),
    attend: kept(parameters.subarray(at.attend, at.decide)),
    decide: rowsFrom(at.decide, classes),
    decideBias: kept(parameters.subarray(at.decideBias)),
  };
}

/** The penalised loss and its derivative by each parameter, which lie as in `layoutOf`. */
export function attentionLoss(
  parameters: Float64Array,
  bags: readonly Bag[],
  { classes, penalty }: { readonly classes: number; readonly penalty: number },
): { loss: number; gradient: Float64Array } {
  const at = layoutOf(classes);
  const gradient = new Float64Array(at.size);
  let loss = 0;
  const hold = (i: number, target: number) => {
    loss += (penalty / 2) * (parameters[i] - target) ** 2;
    gradient[i] += penalty * (parameters[i] - target);
  };
  for (let i = 0; i < at.lookBias; i++) hold(i, 0);
  for (let i = at.attend; i < at.decide; i++) hold(i, 0);
  for (let i = 0; i < classes ** 2; i++) hold(at.decide + i, i % (classes + 1) === 0 ? 1 : 0);
  for (const bag of bags) loss += addBag(bag, parameters, gradient, classes);
  return { loss, gradient };
}

/** Adds one study's derivatives to the gradient; returns its −log P(truth). */
function addBag(bag: Bag, parameters: Float64Array, gradient: Float64Array, classes: number): number {
  const { truth, images, logits } = bag;
  const at = layoutOf(classes);
  const seen = new Float64Array(images * hidden);
  const attention = new Float64Array(images);
  for (let i = 0; i < images; i++) {
    let score = 0;
    for (let j = 0; j < hidden; j++) {
      let sum = parameters[at.lookBias + j];
      for (let k = 0; k < classes; k++) sum += parameters[j * classes + k] * logits[i * classes + k];
      seen[i * hidden + j] = Math.tanh(sum);
      score += parameters[at.attend + j] * seen[i * hidden + j];
    }
    attention[i] = score;
  }
  toShares(attention);
  const pooled = new Float64Array(classes);
  for (let i = 0; i < images; i++) {
    for (let k = 0; k < classes; k++) pooled[k] += attention[i] * logits[i * classes + k];
  }
  const errors = new Float64Array(classes);
  for (let c = 0; c < classes; c++) {
    errors[c] = parameters[at.decideBias + c];
    for (let k = 0; k < classes; k++) errors[c] += parameters[at.decide + c * classes + k] * pooled[k];
  }
  toShares(errors);
  const loss = -Math.log(Math.max(errors[truth], Number.MIN_VALUE));
  errors[truth] -= 1;

  const dPooled = new Float64Array(classes);
  for (let c = 0; c < classes; c++) {
    gradient[at.decideBias + c] += errors[c];
    for (let k = 0; k < classes; k++) {
      gradient[at.decide + c * classes + k] += errors[c] * pooled[k];
      dPooled[k] += errors[c] * parameters[at.decide + c * classes + k];
    }
  }
  const along = (vectors: Float64Array, start: number) => {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += dPooled[k] * vectors[start + k];
    return sum;
  };
  const middle = along(pooled, 0);
  for (let i = 0; i < images; i++) {
    const dScore = attention[i] * (along(logits, i * classes) - middle);
    for (let j = 0; j < hidden; j++) {
      const tanh = seen[i * hidden + j];
      gradient[at.attend + j] += dScore * tanh;
      const dSum = dScore * parameters[at.attend + j] * (1 - tanh * tanh);
      gradient[at.lookBias + j] += dSum;
      for (let k = 0; k < classes; k++) gradient[j * classes + k] += dSum * logits[i * classes + k];
    }
  }
  return loss;
}

/** Softmax in place. */
function toShares(scores: Float64Array): void {
  const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i] - largest);
    sum += scores[i];
  }
  for (let i = 0; i < scores.length; i++) scores[i] /= sum;
}

/** Six digits of each number: the rule is what its file says. */
function kept(values: Float64Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(6)));
}
