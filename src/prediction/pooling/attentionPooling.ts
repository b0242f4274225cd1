import { z } from "zod";
import { type Rows, softmaxOf } from "./means.ts";

/**
 * Attention over a study's images. An image's vector h is its logits: the logarithms of its probabilities, less their
 * mean. Its attention is softmax over the images of attend · tanh(look h + lookBias); the study's logits are decide z + decideBias,
 * where z is the mean of the vectors weighted by attention.
 */
export interface AttentionModel {
  /** [hidden, classes] */
  readonly look: readonly (readonly number[])[];
  /** [hidden] */
  readonly lookBias: readonly number[];
  /** [hidden] */
  readonly attend: readonly number[];
  /** [classes, classes] */
  readonly decide: readonly (readonly number[])[];
  /** [classes] */
  readonly decideBias: readonly number[];
}

export const attentionShape = {
  look: z.array(z.array(z.number())),
  lookBias: z.array(z.number()),
  attend: z.array(z.number()),
  decide: z.array(z.array(z.number())),
  decideBias: z.array(z.number()),
};

/** Probabilities below this count as this, so that one image that is wholly sure does not outweigh all others. */
const leastProbability = 1e-3;

/** The logits of an image, summing to 0. */
export function imageLogits(row: readonly number[]): number[] {
  const logs = row.map((probability) => Math.log(Math.max(probability, leastProbability)));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return logs.map((log) => log - mean);
}

/** The attention that each image gets, summing to 1. */
export function attentionOf(rows: Rows, model: AttentionModel): number[] {
  return softmaxOf(
    rows.map((row) => {
      const vector = imageLogits(row);
      return model.attend.reduce((sum, weight, j) => {
        const seen = vector.reduce((total, logit, k) => total + logit * model.look[j][k], model.lookBias[j]);
        return sum + weight * Math.tanh(seen);
      }, 0);
    }),
  );
}

/**
 * The study's probabilities by attention pooling.
 * @source Ilse et al. 2018, Attention-based deep multiple instance learning, eqs. 7 and 8.
 */
export function attentionPooling(rows: Rows, model: AttentionModel): number[] {
  const attention = attentionOf(rows, model);
  const pooled = model.decideBias.map(() => 0);
  for (const [i, row] of rows.entries()) {
    for (const [k, logit] of imageLogits(row).entries()) pooled[k] = pooled[k] + attention[i] * logit;
  }
  return softmaxOf(
    model.decideBias.map((bias, c) => pooled.reduce((sum, logit, k) => sum + logit * model.decide[c][k], bias)),
  );
}
