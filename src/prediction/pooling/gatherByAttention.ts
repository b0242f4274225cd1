import { type Rows, softmaxOf } from "./means.ts";

/** The smallest probability that a network's float32 holds in full. */
const leastProbability = 2 ** -126;

/**
 * The study's probabilities by a study head: the softmax of its images' logits, weighted by attention. Logarithms of
 * probabilities stand for the logits, from which they differ by one number for each image.
 *
 * attention: of each image, summing to 1.
 * @throws Error if it is not of these images.
 * @source Ilse et al. 2018, eq. 7; the linear layer behind the sum is taken to each image before it.
 */
export function gatherByAttention(rows: Rows, attention: readonly number[] | undefined): number[] {
  if (attention?.length !== rows.length) {
    throw new Error(
      `A study head needs the attention to each of ${rows.length} images, not to ${attention?.length ?? 0}`,
    );
  }
  return softmaxOf(
    rows[0].map((_, k) =>
      rows.reduce((sum, row, i) => sum + attention[i] * Math.log(Math.max(row[k], leastProbability)), 0),
    ),
  );
}
