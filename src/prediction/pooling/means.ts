/** Probabilities of a study's images: [images, classes], at least one image. */
export type Rows = readonly (readonly number[])[];

/** The index of the largest probability, the first of equal ones. */
export function mostProbable(probabilities: ArrayLike<number>): number {
  let first = 0;
  for (let k = 1; k < probabilities.length; k++) {
    if (probabilities[k] > probabilities[first]) first = k;
  }
  return first;
}

/** The share of the images whose most probable class each is. */
export function classFractions(rows: Rows): number[] {
  const counts = new Array<number>(rows[0].length).fill(0);
  for (const row of rows) {
    const first = mostProbable(row);
    counts[first] = counts[first] + 1;
  }
  return counts.map((count) => count / rows.length);
}

/** The mean of the images' probabilities. */
export function meanOf(rows: Rows): number[] {
  const sums = new Array<number>(rows[0].length).fill(0);
  for (const row of rows) for (const [k, probability] of row.entries()) sums[k] = sums[k] + probability;
  return sums.map((sum) => sum / rows.length);
}

/**
 * The mean over the images that are least like the last class, the one without disease: this share of them, at least one.
 * With two classes, the mean of the first class's largest probabilities. share: 0 … 1.
 * @source Li and Vasconcelos 2015, Multiple instance learning for soft bags via top instances.
 */
export function topMean(rows: Rows, share: number): number[] {
  const last = rows[0].length - 1;
  return meanOf([...rows].sort((a, b) => a[last] - b[last]).slice(0, imagesOfTop(rows.length, share)));
}

/** How many images that share stands for. */
export function imagesOfTop(images: number, share: number): number {
  return Math.min(images, Math.max(1, Math.round(share * images)));
}

/** Logits as probabilities that sum to 1. */
export function softmaxOf(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
