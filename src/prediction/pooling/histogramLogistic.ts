import { z } from "zod";
import { type Rows, softmaxOf } from "./means.ts";

/** A logistic regression on the histograms of a study's images. */
export interface HistogramLogistic {
  /** Bins of equal width between 0 and 1, for each class. */
  readonly bins: number;
  /** [classes, classes · bins] */
  readonly weights: readonly (readonly number[])[];
  readonly intercepts: readonly number[];
}

export const histogramLogisticShape = {
  bins: z.int().min(2),
  weights: z.array(z.array(z.number())),
  intercepts: z.array(z.number()),
};

/** Of each class in turn, the share of the images whose probability of it lies in each bin: [classes · bins]. */
export function histogramOf(rows: Rows, bins: number): number[] {
  const classes = rows[0].length;
  const shares = new Array<number>(classes * bins).fill(0);
  for (const row of rows) {
    for (let k = 0; k < classes; k++) {
      const bin = k * bins + Math.min(bins - 1, Math.floor(row[k] * bins));
      shares[bin] = shares[bin] + 1 / rows.length;
    }
  }
  return shares;
}

/** The study's probabilities from its histograms. */
export function histogramLogistic(rows: Rows, { bins, weights, intercepts }: HistogramLogistic): number[] {
  const shares = histogramOf(rows, bins);
  return softmaxOf(
    intercepts.map((intercept, k) => shares.reduce((sum, share, i) => sum + share * weights[k][i], intercept)),
  );
}
